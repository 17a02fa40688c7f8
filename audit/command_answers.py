"""What each command of `firstline audit` does: looks, and prints what it finds."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from temporalio.service import RPCError

from audit.desk import AuditDesk, audit_desk
from audit.evidence import Evidence
from audit.parallel import verdicts
from audit.reconcile import Reconciler
from audit.replay import Lived, replay, replayed
from audit.showing import as_text
from audit.targets import TargetAway
from audit.travel import Standing, difference, parsed, standing, when_of
from desk.errors import DeskError
from settings import Settings
from store.reads import AWAY

SAME, DIFFERENT = 0, 1
Answer = Callable[[AuditDesk, argparse.Namespace], Awaitable[int]]


def asked(answer: Answer) -> Callable[[Settings, argparse.Namespace], int]:
    """A command: 0 all is as it should be, 1 something differs or could not be looked at."""

    def run(settings: Settings, options: argparse.Namespace) -> int:
        try:
            return asyncio.run(_answered(settings, options, answer))
        except (DeskError, TargetAway) as error:
            return _say(str(error))
        except AWAY:
            return _say("the database is away, or not yet migrated: try again")
        except (RPCError, RuntimeError) as error:
            return _say(f"the engine does not answer: is the desk running? ({_first_line(error)})")

    return run


async def _answered(settings: Settings, options: argparse.Namespace, answer: Answer) -> int:
    async with audit_desk(settings) as desk:
        return await answer(desk, options)


def _say(words: str) -> int:
    print(f"firstline: {words}", file=sys.stderr)
    return DIFFERENT


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


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
            yield number
        return
    since = parsed(options.since) if options.since else None
    async for number in desk.sources.numbers(since):
        yield number


async def _reconcile(desk: AuditDesk, options: argparse.Namespace) -> int:
    """Hold the store against histories."""
    reconciler = Reconciler(desk.sources, desk.engine)
    missing: list[str] = []
    tickets, different = 0, 0
    async for lived in replayed(_evidences(desk, options, missing)):
        tickets += 1
        if not await reconciler.differs(lived):
            continue
        # It may have moved on since its history was read, so it is looked at by itself.
        found = await reconciler.check(lived.number, options.repair)
        different += bool(found)
        for words in found:
            print(f"{lived.number}: {words}")
    print(*missing, sep="\n", end="\n" if missing else "")
    repaired = " and were repaired" if options.repair and different else ""
    print(f"{tickets} tickets reconciled, {different + len(missing)} differ{repaired}")
    return DIFFERENT if missing or (different and not options.repair) else SAME


async def _show(desk: AuditDesk, options: argparse.Namespace) -> int:
    """A ticket as of an instant."""
    lived = await replay(await desk.sources.of(options.number))
    print(as_text(_standing(lived, options.at)))
    return _told(lived)


async def _diff(desk: AuditDesk, options: argparse.Namespace) -> int:
    """What changed between two instants."""
    lived = await replay(await desk.sources.of(options.number))
    before, after = _standing(lived, options.before), _standing(lived, options.after)
    for one in difference(before, after):
        print(f"{one.fact}: {one.before or 'nothing'} -> {one.after or 'nothing'}")
    return _told(lived)


def _told(lived: Lived) -> int:
    for words in lived.wrong:
        print(f"firstline: beware: {words}", file=sys.stderr)
    return DIFFERENT if lived.wrong else SAME


def _standing(lived: Lived, when: str | None) -> Standing:
    return standing(lived, when_of(lived, when))


replay_tickets = asked(_replay)
reconcile = asked(_reconcile)
show = asked(_show)
diff = asked(_diff)
