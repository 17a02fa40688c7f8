"""The commands that look at many tickets: replay their histories, hold the store against them."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import uvloop

from audit.command_exits import DONE, FOUND, REFUSALS, counted, number_in, refuse
from audit.desk import AuditDesk, audit_desk
from audit.evidence import Evidence
from audit.parallel import verdicts
from audit.quiet import quiet
from audit.reconcile import Reconciler
from audit.replay import replayed
from audit.travel import parsed
from desk.errors import DeskError, InvalidFact
from settings import Settings
from store.engine import reading
from store.standing import numbers

PAGE = 500
Answer = Callable[[AuditDesk, argparse.Namespace], Awaitable[int]]


def asked(answer: Answer) -> Callable[[Settings, argparse.Namespace], int]:
    """A command: 0 all is as it should be; 1 something differs; 2 it could not be looked at."""

    def run(settings: Settings, options: argparse.Namespace) -> int:
        try:
            with quiet():
                return uvloop.run(_answered(settings, options, answer))
        except REFUSALS as error:
            return refuse(error)

    return run


async def _answered(settings: Settings, options: argparse.Namespace, answer: Answer) -> int:
    async with audit_desk(settings) as desk:
        return await answer(desk, options)


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
    told = counted(len(different), "difference") if different else "identical"
    print(f"{counted(tickets, 'ticket')}, {counted(events, 'event')}: {told}")
    return FOUND if different else DONE


async def _evidences(
    desk: AuditDesk, options: argparse.Namespace, missing: list[str]
) -> AsyncIterator[Evidence]:
    since, given = _since(options.since), [number_in(one) for one in options.number or ()]
    async for number in _numbers(desk, since, given):
        try:
            yield await desk.sources.of(number)
        except DeskError as error:
            missing.append(f"{number}: {error}")


async def _numbers(desk: AuditDesk, since: datetime | None, given: list[str]) -> AsyncIterator[str]:
    for number in dict.fromkeys(given):
        yield number
    if given:
        return
    async for number in desk.sources.numbers(since):
        yield number


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    since = parsed(text, "--since")
    if since > datetime.now(UTC):
        raise InvalidFact("--since", f"--since {text}: must not lie in the future")
    return since


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
    differ = left + repaired
    differing = f"{differ} differ{'s' if differ == 1 else ''}"
    print(f"{counted(len(seen), 'ticket')} reconciled, {differing}{told}")
    return FOUND if left else DONE


def _only_stored(desk: AuditDesk, seen: set[str]) -> list[str]:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        with reading(desk.engine) as connection:
            page = numbers(connection, after, PAGE)
        found += [number for number in page if number not in seen]
        after = page[-1] if len(page) == PAGE else None
    return found


replay_tickets = asked(_replay)
reconcile = asked(_reconcile)
