"""How much memory a worker needs for the open tickets that it keeps ready."""

import asyncio
import itertools
from collections.abc import AsyncIterator

from bench.stand import Stand, standing
from bench.table import Row

CALLERS = 8
OF_EACH_PRIORITY = (("high", "high"), ("high", "medium"), ("medium", "medium"), ("low", "low"))


async def measure(quick: bool) -> AsyncIterator[Row]:
    """The growth from some tickets to many more, so that what is needed once does not count."""
    some, many = (20, 100) if quick else (100, 900)
    async with standing("normal") as stand:
        await open_many(stand, some)
        before = stand.process("worker").memory_info().rss
        await open_many(stand, many)
        grown = stand.process("worker").memory_info().rss - before
    yield Row("worker memory for 1,000 open tickets", f"{grown / many * 1000 / 2**20:.0f} MB")


async def open_many(stand: Stand, count: int) -> list[str]:
    """Open so many tickets of all priorities; their numbers."""
    levels = itertools.cycle(OF_EACH_PRIORITY)
    pending = iter([next(levels) for _ in range(count)])
    numbers: list[str] = []

    async def work() -> None:
        async with stand.web("rosa") as web:
            for impact, urgency in pending:
                told = {"category": "network", "impact": impact, "urgency": urgency}
                numbers.append(await web.report(**told))

    await asyncio.gather(*(work() for _ in range(CALLERS)))
    return numbers
