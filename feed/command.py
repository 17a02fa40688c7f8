"""The command `firstline feed`: reads a log, moves its teams and cases in, and reports."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from desk.errors import PolicyError
from embedded.address import local_url
from embedded.database import NotUsable
from feed.log import Log, LogError, chosen, read_log
from feed.organisation import groups_of
from feed.preparing import NotPrepared, prepared
from feed.progress import Beginning, Journal, ProgressError
from feed.report import Report, as_text, report_of
from feed.run import Feed, Ran, WrongDesk
from feed.sending import PATIENCE, DeskAway, NotAdmitted, Sender
from settings import Settings, SettingsError

DONE, REFUSED, WRONG, INTERRUPTED = 0, 1, 2, 130
IMPORTER = "adam@example.org"
JOBS, MOST_JOBS = 16, 256
END_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class FeedError(Exception):
    """What was asked for cannot be done; the message is for whoever asked."""


REFUSALS = (
    FeedError, LogError, NotAdmitted, NotPrepared, NotUsable, PolicyError, ProgressError,
    SettingsError, WrongDesk,
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
    feed.add_argument("--jobs", type=_jobs, default=JOBS, help=f"cases at a time ({JOBS})")
    feed.add_argument("--cases", type=_count, metavar="N", help="the first N cases alone")
    feed.add_argument("--case", action="append", default=[], metavar="ID", help="this case alone")
    feed.add_argument("--json", type=Path, metavar="FILE", help="write the report there too")
    feed.add_argument(
        "--patience", type=_count, default=PATIENCE, metavar="SECONDS",
        help=f"how long a desk that does not answer is waited for ({PATIENCE})",
    )  # fmt: skip
    feed.add_argument("--url", help="the desk's address, if it is not on this machine")
    feed.set_defaults(command=main)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _jobs(text: str) -> int:
    return min(_count(text), MOST_JOBS)


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
    token, importer = prepared(settings, options.who, groups)
    url = options.url or local_url(settings)
    rows = len(list(log.rows))
    _say(f"{len(log.cases):,} cases with {rows:,} rows of {len(groups):,} teams go to {url}")

    async def run() -> Ran:
        stop = _ended_by_signals()
        sender = Sender(url, token, options.jobs, stop, options.patience)
        began = Beginning(importer=importer, categories=())
        try:
            return await _run(Feed(log, groups, journal, sender), began, options.jobs, stop)
        finally:
            await sender.close()

    ran = asyncio.run(run())
    report = report_of(log, journal, ran.sent, ran.seconds)
    _tell(report, options.json)
    if ran.finished:
        return DONE
    _say("stopped: the same command goes on from here")
    return INTERRUPTED


def _ended_by_signals() -> asyncio.Event:
    """Set by Ctrl-C, after which the rows under way are ended; a second Ctrl-C ends at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(sign: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(sign)

    for sign in END_SIGNALS:
        loop.add_signal_handler(sign, end, sign)
    return stop


async def _run(feed: Feed, began: Beginning, jobs: int, stop: asyncio.Event) -> Ran:
    # Not needed to read a command line, and slow to load.
    from tqdm import tqdm

    done, rows = feed.rows_done()
    # `disable=None` shows the bar on a terminal alone.
    bar = tqdm(total=rows, initial=done, unit=" rows", disable=None, file=sys.stderr)
    with contextlib.closing(bar):
        return await feed.run(began, jobs, stop, bar.update)


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
