"""Replay of many tickets, in processes side by side."""

import asyncio
import logging
import multiprocessing
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import aclosing, suppress
from multiprocessing.connection import Connection, wait

import uvloop
from temporalio.client import WorkflowHistory

from audit.evidence import Evidence
from audit.replay import replayed
from store.replays import Verdict as Verdict

CHUNK = 25
"""Tickets that a process replays before it answers."""
AT_MOST = 300
"""Seconds for a chunk."""
Bundle = tuple[str, list[str]]


async def verdicts(evidences: AsyncIterable[Evidence], jobs: int) -> AsyncIterator[Verdict]:
    """Replay every ticket with so many processes; the answers come as they are ready.

    When a process ends, each ticket that may have ended it gets a process of its own.
    """
    chunks = _chunks(evidences)
    suspects: list[Bundle] | None = None
    while suspects is None or suspects:
        suspects = []
        async with aclosing(_together(chunks, jobs, suspects)) as found:
            async for verdict in found:
                yield verdict
        for bundle in suspects:
            yield await _alone(bundle)


async def _together(
    chunks: AsyncIterator[list[Bundle]], jobs: int, suspects: list[Bundle]
) -> AsyncGenerator[Verdict]:
    """Verdicts until there are no more chunks or a process ended, and who may have ended it."""
    pool, leash = _pool(jobs)
    under_way: dict[asyncio.Future[list[Verdict]], list[Bundle]] = {}
    asked_for: list[Bundle] = []
    try:
        async for asked_for in chunks:
            under_way[_begin(pool, asked_for)] = asked_for
            asked_for = []
            while len(under_way) > jobs:
                for verdict in await _next(under_way):
                    yield verdict
        while under_way:
            for verdict in await _next(under_way):
                yield verdict
    except BrokenProcessPool:
        # Also those that a pool which was broken already did not take.
        for bundles in (*under_way.values(), asked_for):
            suspects += bundles
    finally:
        _end(pool, leash)


def _pool(jobs: int) -> tuple[ProcessPoolExecutor, Connection]:
    """A pool, and what its processes live by: they end when it is closed."""
    context = multiprocessing.get_context("spawn")
    held, leash = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_end_with_parent, initargs=(held,)
    )
    return pool, leash


def _end(pool: ProcessPoolExecutor, leash: Connection) -> None:
    """Nobody waits for what is under way.

    To leave the end to the pool is not enough: a process that ends meanwhile waits for its
    children, and they may never hear that there is no more to do.
    """
    pool.shutdown(wait=False, cancel_futures=True)
    leash.close()


def _begin(pool: ProcessPoolExecutor, bundles: list[Bundle]) -> "asyncio.Future[list[Verdict]]":
    return asyncio.get_running_loop().run_in_executor(pool, _replay, bundles)


async def _next(
    under_way: "dict[asyncio.Future[list[Verdict]], list[Bundle]]",
) -> list[Verdict]:
    """The verdicts of the chunks that are ready first."""
    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    found = [verdict for future in done for verdict in future.result()]
    for future in done:
        del under_way[future]
    return found


async def _alone(bundle: Bundle) -> Verdict:
    """The verdict of a ticket that may be the one that ended its process."""
    pool, leash = _pool(1)
    try:
        (verdict,) = await _begin(pool, [bundle])
    except BrokenProcessPool:
        return Verdict(number=bundle[0], events=0, differs=("its replay ended the process",))
    finally:
        _end(pool, leash)
    return verdict


async def _chunks(evidences: AsyncIterable[Evidence]) -> AsyncIterator[list[Bundle]]:
    chunk: list[Bundle] = []
    async for evidence in evidences:
        chunk.append((evidence.number, [history.to_json() for history in evidence.histories]))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _replay(bundles: list[Bundle]) -> list[Verdict]:
    return uvloop.run(_verdicts(bundles))


async def _verdicts(bundles: list[Bundle]) -> list[Verdict]:
    events: dict[str, int] = {}

    async def evidences() -> AsyncIterator[Evidence]:
        for number, texts in bundles:
            histories = tuple(WorkflowHistory.from_json(number, text) for text in texts)
            events[number] = sum(len(history.events) for history in histories)
            yield Evidence(number, histories)

    found: list[Verdict] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(AT_MOST):
            async for lived in replayed(evidences()):
                seen, differs = events[lived.number], tuple(lived.wrong)
                found.append(Verdict(number=lived.number, events=seen, differs=differs))
    done = {verdict.number for verdict in found}
    never = f"its replay, or one before it, did not come to an end within {AT_MOST} s"
    found += [
        Verdict(number=number, events=0, differs=(never,))
        for number, _ in bundles
        if number not in done
    ]
    return found


def _end_with_parent(held: Connection) -> None:
    """A process of the pool does not outlive whoever asked, however that one died, nor the asking.

    What goes wrong in it is in its verdicts, and in no log.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    logging.disable()

    def watch() -> None:
        wait([parent.sentinel, held])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
