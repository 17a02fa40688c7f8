"""The command `firstline process check`: which tickets would this code break, before it runs?"""

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

from audit.code import code_version
from audit.command_answers import asked
from audit.desk import AuditDesk
from audit.evidence import Evidence
from audit.fingerprints import cases, releases
from audit.parallel import verdicts
from audit.where import exact, reason
from desk.errors import DeskError, InvalidFact
from store.archive import Unreadable, links
from store.reads import Engine

FINE, BREAKS = 0, 1
NAMED = 5
"""Tickets that are named for each thing that differs."""
BEFORE = (
    "If the code that is deployed does not replay one of these tickets either, it was broken"
    " before:\n`firstline audit replay --number ...` there tells."
)


def add(processes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `check` to `firstline process`."""
    says = "say which tickets the code of this checkout would break, and where"
    command = processes.add_parser("check", help=says, description=says)
    command.add_argument(
        "--against", required=True, metavar="RELEASE", help="whose tickets are to live on"
    )
    command.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (2)")
    command.set_defaults(command=asked(_check))


async def _check(desk: AuditDesk, options: argparse.Namespace) -> int:
    from tqdm import tqdm

    release: str = options.against
    await asyncio.to_thread(_known, desk.engine, release)
    broken: dict[str, str] = {}
    seen: set[str] = set()
    bar = tqdm(unit=" tickets", disable=None, file=sys.stderr)
    async for verdict in verdicts(_evidences(desk, release, broken), max(1, options.jobs)):
        bar.update()
        seen.add(verdict.number)
        if verdict.differs:
            broken[verdict.number] = verdict.differs[0]
    bar.close()
    print(*told(release, seen | set(broken), broken), sep="\n")
    return BREAKS if broken else FINE


def _known(engine: Engine, release: str) -> None:
    """Refuse a release of which nobody has heard.

    Raises:
        InvalidFact: naming those that there are.
    """
    known = {code_version(), *releases()}
    if release in known:
        return
    # `firstline audit verify` is who says what is wrong with a record.
    with suppress(Unreadable):
        known |= {link.entry.code_version for link in links(engine)}
    if release not in known:
        there_are = ", ".join(sorted(known))
        raise InvalidFact("--against", f"{release} is no release of this desk: {there_are}")


async def _evidences(
    desk: AuditDesk, release: str, broken: dict[str, str]
) -> AsyncIterator[Evidence]:
    for evidence in cases(release):
        yield evidence._replace(number=f"{release}/{evidence.number}")
    async for number in desk.sources.numbers():
        try:
            yield await desk.sources.of(number)
        except DeskError as error:
            broken[number] = f"cannot be told: {error}"


def told(release: str, seen: Iterable[str], broken: dict[str, str]) -> list[str]:
    """The answer in lines: how many, and of each thing that differs how many and which."""
    lives = {number for number in seen if number.startswith(f"{release}/")}
    tickets = set(seen) - lives
    lines = [f"{len(tickets & set(broken))} of {len(tickets)} tickets of this desk would break"]
    if lives:
        lines.append(f"{len(lives & set(broken))} of {len(lives)} lives of {release} would break")
    of_a_kind: dict[str, list[str]] = defaultdict(list)
    for number, words in sorted(broken.items()):
        of_a_kind[reason(words)].append(number)
    for kind, numbers in sorted(of_a_kind.items(), key=lambda kind: -len(kind[1])):
        more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
        why = exact(broken[numbers[0]]) if len(numbers) == 1 else kind
        lines.append(f"{len(numbers)}: {why}")
        lines.append(f"   {', '.join(numbers[:NAMED])}{more}")
    if tickets & set(broken):
        lines.append(BEFORE)
    if broken:
        lines.append("Do not deploy this: docs/changing-a-process.md says how to mend it.")
    return lines
