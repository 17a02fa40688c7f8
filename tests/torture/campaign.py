"""One campaign: lives and faults side by side, then quiet, then the books are compared."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.automation import FarEnd
from tests.torture.callers import Callers, Sent
from tests.torture.compare import answers, differences, now, stored_of
from tests.torture.desk import TorturedDesk
from tests.torture.faults import Faults
from tests.torture.lives import Life, Living
from tests.torture.machines import machines, unreliable_far_end
from tests.torture.orders import Ordering
from tests.torture.truth import Truth, summary, truth_of

QUIET_WITHIN = 60.0
AN_ORDER = 3
"""One life of so many is an order."""
SHOWN = 20


class Plan(NamedTuple):
    """How long and how hard; `kills` None: random faults until all is lived.

    Histories of what comes out wrong are put into the folder `keep`, if there is one.
    """

    lives: int
    seed: int
    minutes: float
    kills: tuple[str, ...] | None = None
    callers: int = 8
    keep: Path | None = None


async def torture(folder: Path, plan: Plan) -> list[str]:
    """Run the campaign; what is wrong afterwards, in lines to be printed."""
    with unreliable_far_end(plan.seed) as end:
        desk = TorturedDesk(folder, automation_url=end.url)
        await asyncio.to_thread(desk.start)
        try:
            wrong = await _tortured(desk, plan, end)
        finally:
            left = await asyncio.to_thread(_stop, desk)
    return wrong + [f"left behind: {line}" for line in left]


async def _tortured(desk: TorturedDesk, plan: Plan, end: FarEnd) -> list[str]:
    begun = time.monotonic()
    lives, faults = await _live(desk, plan)
    took = time.monotonic() - begun
    print(f"  {len(lives)} lives, {len(faults.happened)} faults in {took:.0f} s", flush=True)
    print(f"  {_told(lives)}", flush=True)
    print(f"  {len(end.asked)} automatic tasks asked for, {len(end.names)} different", flush=True)
    wrong = await _compare(desk, lives, end, plan.keep)
    return wrong + _failed(desk, lives)


async def _live(desk: TorturedDesk, plan: Plan) -> tuple[list[Life], Faults]:
    ends = time.monotonic() + plan.minutes * 60
    callers = Callers(desk.url, desk.tokens(), ends + 120)
    faults = Faults(desk, plan.seed)
    enough = asyncio.Event()
    hurting = asyncio.create_task(faults.go_on(enough, plan.kills))
    pending = iter(range(plan.lives))
    lives: list[Life] = []
    numbers: list[str] = []

    async def live() -> None:
        for index in pending:
            if time.monotonic() > ends:
                return
            kind = Ordering if index % AN_ORDER == 0 else Living
            lives.append(await kind(callers, plan.seed, index, numbers).live())

    await asyncio.gather(*(live() for _ in range(plan.callers)))
    enough.set()
    await hurting
    await callers.close()
    return lives, faults


def _sent(lives: list[Life]) -> list[Sent]:
    return [request for life in lives for request in (life.opening, *life.sent)]


def _failed(desk: TorturedDesk, lives: list[Life]) -> list[str]:
    """Requests that were answered 500, which none should be, and what was logged of them."""
    failed = [request for request in _sent(lives) if request.status == 500]
    return [
        "\n".join(
            [f"answered 500: {request.path} {request.body}", *desk.log_of(request.correlation)]
        )
        for request in failed
    ]


def _told(lives: list[Life]) -> str:
    sent = _sent(lives)
    statuses = Counter(str(request.status) for request in sent)
    repeated = sum(1 for request in sent if request.attempts > 1)
    return f"{len(sent)} requests, {repeated} repeated; answers: {dict(statuses.most_common())}"


async def _compare(
    desk: TorturedDesk, lives: list[Life], end: FarEnd, keep: Path | None
) -> list[str]:
    client = await Client.connect(
        f"127.0.0.1:{desk.temporal_port}", data_converter=pydantic_data_converter
    )
    engine, wrong, ends = desk.engine(), [], time.monotonic() + QUIET_WITHIN
    for life in sorted(lives, key=lambda life: life.index):
        if life.number is not None:
            found = await _compared(client, engine, life, end, ends)
            if found and keep is not None:
                _keep(await truth_of(client, life.number), keep)
            wrong += found
    engine.dispose()
    return wrong


async def _compared(
    client: Client, engine: Engine, life: Life, end: FarEnd, ends: float
) -> list[str]:
    """Look again while it is different and time is left: a ticket that lives is never still."""
    assert life.number is not None
    tries = 0
    while True:
        tries += 1
        truth = await truth_of(client, life.number)
        found = differences(truth, stored_of(engine, life.number), now())
        found += answers(life, truth) + machines(truth, end)
        if not found:
            return []
        if tries >= 3 and time.monotonic() > ends:
            head = f"life {life.index}, {life.number}:"
            return [head, *(f"  {line}" for line in found[:SHOWN]), summary(truth)]
        await asyncio.sleep(1)


def _keep(truth: Truth, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for run, history in enumerate(truth.histories, start=1):
        (folder / f"{truth.number}.{run}.json").write_text(history.to_json())


def _stop(desk: TorturedDesk) -> list[str]:
    """End the desk in order; what it left behind."""
    assert desk.process is not None
    if desk.process.poll() is None:
        desk.stop()
    return desk.left_behind()
