"""The command `firstline feed`: reads a log, moves its teams and cases in, and reports."""

import argparse
import asyncio
import contextlib
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import tokens
from desk.errors import PolicyError
from desk.people import Role
from embedded.address import local_url
from embedded.database import NotUsable, opened
from feed.log import Log, LogError, chosen, read_log
from feed.organisation import Groups, as_yaml, groups_of
from feed.progress import Beginning, Journal, ProgressError
from feed.report import Report, as_text, report_of
from feed.run import Feed, Ran, WrongDesk, categories_of, groups_known
from feed.sending import DeskAway, NotAdmitted, Sender, Stopped
from settings import Settings, SettingsError, desk_secret
from store.engine import reading
from store.import_organisation import import_organisation
from store.organisation import Organisation, load

DONE, REFUSED, WRONG, INTERRUPTED = 0, 1, 2, 130
IMPORTER = "adam@example.org"
OWN = "log-"
JOBS, MOST_JOBS = 16, 256
DAYS = 7
"""A token for a feed lives longer than any feed."""
END_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class FeedError(Exception):
    """What was asked for cannot be done; the message is for whoever asked."""


REFUSALS = (
    FeedError, LogError, NotAdmitted, NotUsable, PolicyError, ProgressError, SettingsError,
    WrongDesk,
)  # fmt: skip


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `feed` to the commands of `firstline`."""
    says = "move another desk's incident log (CSV, plain or gzipped) into the running desk"
    feed = commands.add_parser(
        "feed",
        help=says,
        description=says,
        epilog="It can be stopped at any moment; the same command goes on where it ended. "
        "docs/feeding-a-log.md says what each row becomes.",
    )
    feed.add_argument("file", type=Path, metavar="FILE")
    feed.add_argument(
        "--as", dest="who", default=IMPORTER, metavar="EMAIL",
        help=f"who imports; needs the role import ({IMPORTER})",
    )  # fmt: skip
    feed.add_argument("--jobs", type=_count, default=JOBS, help=f"cases at a time ({JOBS})")
    feed.add_argument("--cases", type=_count, metavar="N", help="the first N cases alone")
    feed.add_argument("--case", action="append", default=[], metavar="ID", help="this case alone")
    feed.add_argument("--json", type=Path, metavar="FILE", help="write the report there too")
    feed.add_argument("--url", help="the desk's address, if it is not on this machine")
    feed.set_defaults(command=main)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def main(settings: Settings, options: argparse.Namespace) -> int:
    """Feed a log: 0 done; 1 the desk was away; 2 the command was wrong; 130 interrupted."""
    try:
        log = read_log(options.file)
        part = chosen(log, options.cases, tuple(options.case))
        path = settings.home / "feed" / f"{log.digest[:16]}.jsonl"
        with Journal(path) as journal:
            return _feed(settings, options, part, journal)
    except REFUSALS as error:
        _say(str(error))
        return WRONG
    except DeskAway as error:
        _say(f"{error}. What was fed is kept: start the desk and repeat the command to go on")
        return REFUSED


def _feed(settings: Settings, options: argparse.Namespace, log: Log, journal: Journal) -> int:
    groups = groups_of(log.rows)
    token, importer = _prepared(settings, options.who, groups)
    url = options.url or local_url(settings)
    rows = sum(len(case.rows) for case in log.cases)
    _say(f"{len(log.cases):,} cases with {rows:,} rows of {len(groups):,} teams go to {url}")
    ran = asyncio.run(_run(url, token, importer, log, groups, journal, options.jobs))
    report = report_of(log, journal, ran.sent, ran.seconds)
    _tell(report, options.json)
    if ran.finished:
        return DONE
    _say("stopped: the same command goes on from here")
    return INTERRUPTED


def _prepared(settings: Settings, email: str, groups: Groups) -> tuple[str, str]:
    """A token of the importer, whom the desk's database knows, and now the log's groups too."""
    with opened(settings) as engine:
        with reading(engine) as connection:
            organisation = load(connection)
        person = organisation.person_by_email(email)
        if person is None or not person.active:
            raise FeedError(f"{email} is nobody who is active here: see `firstline import`")
        if Role.IMPORT not in person.roles:
            raise FeedError(f"{email} lacks the role import: give it in the organisation file")
        # Those that are there stay as they are: somebody may have given them people since.
        known = {group.id for group in organisation.groups}
        new = {team: group for team, group in groups.items() if group.id not in known}
        if new:
            text = as_yaml(new, _leads(organisation, person.email))
            import_organisation(engine, text, "the log's teams")
    token = tokens.sign(desk_secret(settings), person.id, DAYS, datetime.now(UTC))
    return token, person.email


def _leads(organisation: Organisation, importer: str) -> dict[int, str]:
    """Who stands for the log's groups of a line: the lead of the desk's own first group there."""
    leads = dict.fromkeys((1, 2, 3), importer)
    for group in sorted(organisation.groups, key=lambda group: group.id, reverse=True):
        lead = organisation.person(group.lead)
        if not group.id.startswith(OWN) and lead is not None and lead.active:
            leads[group.line] = lead.email
    return leads


async def _run(
    url: str, token: str, importer: str, log: Log, groups: Groups, journal: Journal, jobs: int
) -> Ran:
    # Not needed to read a command line, and slow to load.
    from tqdm import tqdm

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in END_SIGNALS:
        loop.add_signal_handler(sign, stop.set)
    jobs = min(jobs, MOST_JOBS)
    sender = Sender(url, token, jobs, stop)
    rows = sum(len(case.rows) for case in log.cases)
    before = sum(
        len(case.rows) if journal.of(case.id).done else journal.of(case.id).rows
        for case in log.cases
    )
    # `disable=None` shows the bar on a terminal alone.
    bar = tqdm(total=rows, initial=before, unit=" rows", disable=None, file=sys.stderr)
    try:
        with contextlib.closing(bar):
            began = Beginning(importer=importer, categories=await categories_of(sender))
            await groups_known(sender, groups)
            categories = journal.begin(began).categories
            return await Feed(log, groups, journal, sender).run(categories, jobs, stop, bar.update)
    except Stopped:
        return Ran(sender.sent, 0.0, False)
    finally:
        await sender.close()


def _tell(report: Report, file: Path | None) -> None:
    print(as_text(report))
    if file is None:
        return
    try:
        file.write_text(report.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise FeedError(f"the report could not be written to {file}: {error.strerror}") from error


def _say(line: str) -> None:
    print(f"firstline: {line}", file=sys.stderr, flush=True)
