"""A step over HTTP, recorded, beside a bare update."""

import statistics
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bench.bare import Bare
from bench.callers import (
    TEXT,
    BareHandle,
    BareUpdate,
    Call,
    durations,
    rate,
    start_bare,
    update_bare,
)
from bench.stand import Stand, standing
from bench.table import Row, at_least, at_most, beside
from bench.web import Web

CALLERS = 16
SLOWEST, LEAST = 2.0, 0.6
INTERNAL, PUBLIC = True, False


async def measure(quick: bool) -> AsyncIterator[Row]:
    """One caller, then sixteen on sixteen tickets; with a message to send, and without."""
    async with standing() as stand:
        for internal, words in ((PUBLIC, "public comment"), (INTERNAL, "internal note")):
            yield await _one_caller(stand, words, internal, rounds=3 if quick else 15)
        for internal, words in ((PUBLIC, "public comment"), (INTERNAL, "internal note")):
            yield await _many_callers(stand, words, internal, rounds=2 if quick else 8)
        for update, words in ((Bare.keep, "keep a row"), (Bare.tell, "keep a row and tell")):
            yield await _bare_callers(stand, words, update, rounds=2 if quick else 8)


async def _one_caller(stand: Stand, words: str, internal: bool, rounds: int) -> Row:
    desk, bare = [], []
    async with stand.web("rosa") as rosa, stand.web("finn") as finn:
        step, update = await _pair(stand, rosa, finn, internal)
        await durations(step, 10)
        await durations(update, 10)
        for _ in range(rounds):
            desk.append(statistics.median(await durations(step, 15)))
            bare.append(statistics.median(await durations(update, 15)))
    return at_most(f"step, p50 of one caller ({words})", desk, bare, SLOWEST)


async def _many_callers(stand: Stand, words: str, internal: bool, rounds: int) -> Row:
    desk, bare = [], []
    async with _pairs(stand, internal) as pairs:
        steps, updates = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        await rate(steps, 1)
        await rate(updates, 1)
        for _ in range(rounds):
            desk.append(await rate(steps, 2))
            bare.append(await rate(updates, 2))
    return at_least(f"steps of {CALLERS} callers ({words})", desk, bare, LEAST)


async def _bare_callers(stand: Stand, words: str, update: BareUpdate, rounds: int) -> Row:
    """What the engine itself leaves of the bare rate, with no desk and no HTTP."""
    handles = [await start_bare(stand.client) for _ in range(CALLERS)]
    doing, bare = [update_bare(h, update) for h in handles], [update_bare(h) for h in handles]
    found, plain = [], []
    await rate(doing, 1)
    for _ in range(rounds):
        found.append(await rate(doing, 2))
        plain.append(await rate(bare, 2))
    return beside(f"bare updates of {CALLERS} callers that {words}", found, plain)


@asynccontextmanager
async def _pairs(stand: Stand, internal: bool) -> AsyncIterator[list[tuple[Call, Call]]]:
    async with AsyncExitStack() as stack:
        rosa = await stack.enter_async_context(stand.web("rosa"))
        agents = [await stack.enter_async_context(stand.web("finn")) for _ in range(CALLERS)]
        yield [await _pair(stand, rosa, agent, internal) for agent in agents]


async def _pair(stand: Stand, rosa: Web, agent: Web, internal: bool) -> tuple[Call, Call]:
    number = await rosa.report(category="network")
    await agent.step(number, "accept")
    handle: BareHandle = await start_bare(stand.client)

    async def step() -> None:
        await agent.step(number, "comment", text=TEXT, internal=internal)

    return step, update_bare(handle)
