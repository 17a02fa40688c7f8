"""Opening a ticket over HTTP, beside bare starts with and without a first update."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from bench.callers import rate, start_bare, start_bare_with_update
from bench.stand import Stand, standing
from bench.table import Row, at_least, beside

CALLERS = 8
LEAST = 0.5


async def measure(quick: bool) -> AsyncIterator[Row]:
    """So many callers, each opening one ticket after the other."""
    async with standing() as stand:
        desk, updated, bare = await _rounds(stand, rounds=2 if quick else 8)
    yield at_least(f"openings of {CALLERS} callers, to plain starts", desk, bare, LEAST)
    yield at_least(f"openings of {CALLERS} callers, to starts with update", desk, updated, LEAST)
    yield beside("bare starts with update, to plain starts", updated, bare)


async def _rounds(stand: Stand, rounds: int) -> tuple[list[float], list[float], list[float]]:
    desk, updated, bare = [], [], []
    async with AsyncExitStack() as stack:
        webs = [await stack.enter_async_context(stand.web("rosa")) for _ in range(CALLERS)]
        reports = [lambda web=web: web.report(category="network") for web in webs]
        updates = [lambda: start_bare_with_update(stand.client)] * CALLERS
        starts = [lambda: start_bare(stand.client)] * CALLERS
        for calls in (reports, updates, starts):
            await rate(calls, 1)
        for _ in range(rounds):
            desk.append(await rate(reports, 3))
            updated.append(await rate(updates, 3))
            bare.append(await rate(starts, 3))
    return desk, updated, bare
