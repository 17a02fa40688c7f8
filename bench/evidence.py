"""Evidence of lives: its size in the archive, replays a second and core, time travel over HTTP."""

import os
import statistics
import time
from collections.abc import AsyncIterator

import zstandard
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from audit.evidence import Evidence, fetch
from audit.replay import replayed
from audit.sealing import LEVEL, as_bytes
from bench.lives import live
from bench.stand import Stand, standing
from bench.table import Row, beside
from workflows import WORKFLOWS
from workflows.converter import CONVERTER
from workflows.hosting import UNSANDBOXED

LIVES = 60
LEAST = 40
ROUNDS = 4


async def measure(quick: bool) -> AsyncIterator[Row]:
    """Lives as in `lives`, looked at after their end."""
    async with standing("normal") as stand:
        async with stand.web("rosa") as rosa, stand.web("finn") as finn:
            numbers = [await live(rosa, finn) for _ in range(10 if quick else LIVES)]
        evidences = [await fetch(stand.client, number) for number in numbers]
        travel = await _travel(stand, numbers)
    histories = [history for evidence in evidences for history in evidence.histories]
    exact = [as_bytes(history) for history in histories]
    plain = statistics.mean(map(len, exact))
    pack = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress
    small = statistics.mean(len(pack(text)) for text in exact)
    yield Row("history of a life, as JSON", f"{plain / 1000:.1f} kB")
    yield Row("history of a life in the archive (zstd)", f"{small / 1000:.1f} kB")
    desk, bare = [], []
    for _ in range(ROUNDS):
        desk.append(await _rate(_ours(evidences), len(evidences)))
        bare.append(await _rate(_bare(histories), len(histories)))
    yield beside("replays a second of CPU, commands and states", desk, bare)
    best = statistics.median(desk)
    yield Row("the same, against its bound", f"{best:.1f}/s", "", "", f">= {LEAST}", best >= LEAST)
    p95 = statistics.quantiles(travel, n=20)[-1]
    yield Row("a ticket as of an instant, over HTTP, p95", f"{p95 * 1000:.1f} ms")


async def _travel(stand: Stand, numbers: list[str]) -> list[float]:
    took = []
    async with stand.web("aude") as aude:
        for number in numbers:
            for version in (1, 4, 7):
                begun = time.perf_counter()
                status, _ = await aude.send("GET", f"/audit/tickets/{number}?at={version}")
                took.append(time.perf_counter() - begun)
                assert status == 200, (status, number, version)
    return took


async def _rate(replaying: AsyncIterator[object], count: int) -> float:
    """Tickets a second of this process's CPU: others may use the cores too."""
    begun = os.times()
    async for _ in replaying:
        pass
    ended = os.times()
    return count / (ended.user + ended.system - begun.user - begun.system)


async def _ours(evidences: list[Evidence]) -> AsyncIterator[object]:
    async def each() -> AsyncIterator[Evidence]:
        for evidence in evidences:
            yield evidence

    async for lived in replayed(each()):
        assert not lived.wrong, lived.wrong
        yield lived


async def _bare(histories: list[WorkflowHistory]) -> AsyncIterator[object]:
    async def each() -> AsyncIterator[WorkflowHistory]:
        for history in histories:
            yield history

    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=UNSANDBOXED, data_converter=CONVERTER)
    async with replayer.workflow_replay_iterator(each()) as results:
        async for result in results:
            assert result.replay_failure is None, result.replay_failure
            yield result
