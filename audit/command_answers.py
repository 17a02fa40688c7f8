"""What each command of `firstline audit` does: looks, and prints what it finds."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import uvloop
from temporalio.service import RPCError

from audit.desk import AuditDesk, audit_desk, operator
from audit.evidence import Evidence
from audit.parallel import verdicts
from audit.reaching import NotReached
from audit.reconcile import Reconciler
from audit.replay import Lived, replay, replayed
from audit.showing import as_text
from audit.targets import TargetAway
from audit.travel import difference, parsed, stood
from desk.errors import DeskError
from desk.numbers import parse
from settings import Settings
from store.accesses import NotNoted, note_access
from store.engine import reading
from store.standing import numbers

SAME, DIFFERENT = 0, 1
PAGE = 500
Answer = Callable[[AuditDesk, argparse.Namespace], Awaitable[int]]


def asked(answer: Answer) -> Callable[[Settings, argparse.Namespace], int]:
    """A command: 0 all is as it should be, 1 something differs or could not be looked at."""

    def run(settings: Settings, options: argparse.Namespace) -> int:
        try:
            return uvloop.run(_answered(settings, options, answer))
        except (DeskError, NotNoted, NotReached, TargetAway) as error:
            return _say(str(error))
        except RPCError as error:
            return _say(f"the engine did not answer: {error.status.name}")

    return run


async def _answered(settings: Settings, options: argparse.Namespace, answer: Answer) -> int:
    async with audit_desk(settings) as desk:
        return await answer(desk, options)


def _say(words: str) -> int:
    print(f"firstline: {words}", file=sys.stderr)
    return DIFFERENT


async def _replay(desk: AuditDesk, options: argparse.Namespace) -> int:
    """Replay tickets; what differs, a line each."""
    from tqdm import tqdm

    bar = tqdm(unit=" tickets", disable=None, file=sys.stderr)
    tickets = events = 0
    different: list[str] = []
    async for verdict in verdicts(_evidences(desk, options, different), options.jobs):
        bar.update()
        tickets += 1
        events += verdict.events
        different += [f"{verdict.number}: {words}" for words in verdict.differs]
    bar.close()
    print(*sorted(different), sep="\n", end="\n" if different else "")
    told = f"{len(different)} differences" if different else "identical"
    print(f"{tickets} tickets, {events} events: {told}")
    return DIFFERENT if different else SAME


async def _evidences(
    desk: AuditDesk, options: argparse.Namespace, missing: list[str]
) -> AsyncIterator[Evidence]:
    async for number in _numbers(desk, options):
        try:
            yield await desk.sources.of(number)
        except DeskError as error:
            missing.append(f"{number}: {error}")


async def _numbers(desk: AuditDesk, options: argparse.Namespace) -> AsyncIterator[str]:
    if options.number:
        for number in options.number:
            yield parse(number)
        return
    since = parsed(options.since) if options.since else None
    async for number in desk.sources.numbers(since):
        yield number


async def _reconcile(desk: AuditDesk, options: argparse.Namespace) -> int:
    """Hold the store against histories."""
    reconciler = Reconciler(desk.sources, desk.engine)
    wrong: list[str] = []
    missing: list[str] = []
    seen: set[str] = set()
    left = repaired = 0
    async for lived in replayed(_evidences(desk, options, missing)):
        seen.add(lived.number)
        if not await reconciler.differs(lived):
            continue
        # It may have moved on since its history was read, so it is looked at by itself.
        found = await reconciler.check(lived.number, options.repair)
        repaired += found.repaired
        left += bool(found.words) and not found.repaired
        wrong += [f"{lived.number}: {words}" for words in found.words]
    if options.all:
        alone = await asyncio.to_thread(_only_stored, desk, seen)
        wrong += [f"{number}: only the store knows it, there is no history" for number in alone]
        left += len(alone)
    else:
        left += len(missing)
    wrong += missing
    print(*wrong, sep="\n", end="\n" if wrong else "")
    told = f", {repaired} repaired" if options.repair else ""
    print(f"{len(seen)} tickets reconciled, {left + repaired} differ{told}")
    return DIFFERENT if left else SAME


def _only_stored(desk: AuditDesk, seen: set[str]) -> list[str]:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        with reading(desk.engine) as connection:
            page = numbers(connection, after, PAGE)
        found += [number for number in page if number not in seen]
        after = page[-1] if len(page) == PAGE else None
    return found


async def _show(desk: AuditDesk, options: argparse.Namespace) -> int:
    """A ticket as of an instant."""
    lived = await _lived(desk, options)
    print(as_text(stood(lived, options.at)))
    return _told(lived)


async def _diff(desk: AuditDesk, options: argparse.Namespace) -> int:
    """What changed between two instants."""
    lived = await _lived(desk, options)
    before, after = stood(lived, options.before), stood(lived, options.after)
    for one in difference(before, after):
        print(f"{one.fact}: {one.before or 'nothing'} -> {one.after or 'nothing'}")
    return _told(lived)


async def _lived(desk: AuditDesk, options: argparse.Namespace) -> Lived:
    """What happened to a ticket; that a confidential one is read is written down first."""
    lived = await replay(await desk.sources.of(parse(options.number)))
    if any(moment.ticket.confidential for moment in lived.moments):
        who, correlation, now = operator(), uuid4().hex, datetime.now(UTC)
        note_access(desk.engine, who, "read", lived.number, correlation, now)
    return lived


def _told(lived: Lived) -> int:
    for words in lived.wrong:
        print(f"firstline: beware: {words}", file=sys.stderr)
    return DIFFERENT if lived.wrong else SAME


replay_tickets = asked(_replay)
reconcile = asked(_reconcile)
show = asked(_show)
diff = asked(_diff)
