"""A replay that an auditor asked for: which tickets, then verdicts, a part at a time.

What was found is in the store, so that a worker that dies in the middle loses one part at most.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from temporalio import activity
from temporalio.client import Client

from activities.shapes import LIST_REPLAY, REPLAY_SOME, ReplayOf
from audit.evidence import Evidence, NoEvidence, Sources, no_history
from audit.parallel import CHUNK, verdicts
from audit.targets import Bodies
from desk.errors import TicketNotFound
from settings import Settings
from store.barred import barred_numbers
from store.engine import reading, writing
from store.reads import Engine
from store.replays import Replay, Verdict, add_tickets, pending, replay_of, settle

SOME = 4 * CHUNK
"""Tickets of one part."""
BEAT = 5.0
JOBS = 1
"""Processes beside the worker, which has tickets to move."""


@dataclass(frozen=True)
class Replaying:
    """The activities of a replay, with what they need of the outside."""

    engine: Engine
    sources: Sources

    @activity.defn(name=LIST_REPLAY)
    async def list_replay(self, of: ReplayOf) -> int:
        """Note which tickets are to be replayed; how many."""
        asked = await asyncio.to_thread(self._asked, of.id)
        if asked is None:
            return 0
        numbers = asked.numbers
        if not numbers:
            async with _beating():
                hidden = await asyncio.to_thread(self._hidden, of.id)
                found = self.sources.numbers(asked.since)
                numbers = tuple([number async for number in found if number not in hidden])
        await asyncio.to_thread(self._add, of.id, numbers)
        return len(numbers)

    @activity.defn(name=REPLAY_SOME)
    async def replay_some(self, of: ReplayOf) -> int:
        """Replay the next part; how many tickets are left."""
        numbers = await asyncio.to_thread(self._pending, of.id)
        hidden = await asyncio.to_thread(self._hidden, of.id)
        gone = [_unknown(number) for number in numbers if number in hidden]
        shown = [number for number in numbers if number not in hidden]
        async with _beating():
            told = [one async for one in verdicts(self._evidences(shown, gone), JOBS)]
        return await asyncio.to_thread(self._settle, of.id, told + gone)

    async def _evidences(self, numbers: list[str], gone: list[Verdict]) -> AsyncIterator[Evidence]:
        for number in numbers:
            try:
                yield await self.sources.of(number)
            except (NoEvidence, TicketNotFound) as error:
                gone.append(Verdict(number=number, events=0, differs=(str(error),)))

    def _asked(self, replay: str) -> Replay | None:
        with reading(self.engine) as connection:
            return replay_of(connection, replay)

    def _hidden(self, replay: str) -> set[str]:
        """The tickets that are kept from whoever asked: as if they were not there."""
        with reading(self.engine) as connection:
            asked = replay_of(connection, replay)
            return barred_numbers(connection, asked.asked_by) if asked is not None else set()

    def _add(self, replay: str, numbers: tuple[str, ...]) -> None:
        with writing(self.engine) as connection:
            add_tickets(connection, replay, numbers)

    def _pending(self, replay: str) -> list[str]:
        with reading(self.engine) as connection:
            return pending(connection, replay, SOME)

    def _settle(self, replay: str, found: list[Verdict]) -> int:
        with writing(self.engine) as connection:
            return settle(connection, replay, found)


def _unknown(number: str) -> Verdict:
    return Verdict(number=number, events=0, differs=(no_history(number),))


@asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    """The engine hears every few seconds that this process lives."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


def replaying(client: Client, settings: Settings, engine: Engine) -> list[Callable[..., object]]:
    """The activities of a replay, for the worker."""
    does = Replaying(engine, Sources(client, engine, Bodies(engine, settings.archive_url)))
    return [does.list_replay, does.replay_some]
