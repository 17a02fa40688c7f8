"""Opening a ticket over HTTP, beside bare starts with and without a first update."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple

from temporalio.client import Client

from bench.bare import Bare
from bench.callers import TEXT, BareHandle, rate, start_bare, start_bare_with_update
from bench.stand import Stand, standing
from bench.table import Row, at_least, beside

CALLERS = 8
LEAST = 0.5
SECONDS = 3


class Rates(NamedTuple):
    """Openings a second of each round, and bare starts of three sorts."""

    desk: list[float]
    updated: list[float]
    taken_up: list[float]
    accepted: list[float]


async def measure(quick: bool) -> AsyncIterator[Row]:
    """So many callers, each opening one ticket after the other."""
    async with standing() as stand:
        rates = await _rounds(stand, rounds=2 if quick else 8)
    name = f"openings of {CALLERS} callers, to bare"
    yield at_least(f"{name} starts that a worker took up", rates.desk, rates.taken_up, LEAST)
    yield at_least(f"{name} starts with an update", rates.desk, rates.updated, LEAST)
    yield beside(f"{name} starts that the server accepted", rates.desk, rates.accepted)


async def _rounds(stand: Stand, rounds: int) -> Rates:
    rates = Rates([], [], [], [])
    async with AsyncExitStack() as stack:
        webs = [await stack.enter_async_context(stand.web("rosa")) for _ in range(CALLERS)]
        reports = [lambda web=web: web.report(category="network") for web in webs]
        updates = [lambda: start_bare_with_update(stand.client)] * CALLERS
        await rate(reports, 1)
        await rate(updates, 1)
        for _ in range(rounds):
            rates.desk.append(await rate(reports, SECONDS))
            rates.updated.append(await rate(updates, SECONDS))
            accepted, taken_up = await _starts(stand.client)
            rates.accepted.append(accepted)
            rates.taken_up.append(taken_up)
    return rates


async def _starts(client: Client) -> tuple[float, float]:
    """Starts a second as the server accepts them, and as a worker gets round to them.

    A start says nothing of a worker, and what is left behind would weigh on the next round.
    """
    handles: list[BareHandle] = []

    async def start() -> None:
        handles.append(await start_bare(client))

    begun = time.perf_counter()
    accepted = await rate([start] * CALLERS, SECONDS)
    for handle in handles[-CALLERS:]:
        await handle.execute_update(Bare.add, TEXT)
    return accepted, len(handles) / (time.perf_counter() - begun)
