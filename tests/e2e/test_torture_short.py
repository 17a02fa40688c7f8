"""A short campaign of `make torture`, and the one gap that has to be hit on purpose."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.patience import eventually, until
from tests.torture.callers import Callers, Sent
from tests.torture.campaign import Plan, torture
from tests.torture.compare import differences, now, stored_of
from tests.torture.desk import TorturedDesk
from tests.torture.gap import make_phantom, version_of
from tests.torture.truth import truth_of

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]
TRIES = 3


async def test_nothing_is_lost_or_made_up_while_parts_of_the_desk_are_killed(
    tmp_path: Path,
) -> None:
    plan = Plan(lives=40, seed=20, minutes=1, kills=("worker", "temporal", "api"))
    assert await torture(tmp_path, plan) == []


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[TorturedDesk]:
    desk = TorturedDesk(tmp_path)
    desk.start()
    yield desk
    desk.kill()


async def test_a_record_of_a_task_that_the_engine_never_accepted_is_taken_back(
    desk: TorturedDesk,
) -> None:
    client = await _client(desk)
    engine = desk.engine()
    callers = Callers(desk.url, desk.tokens(), time.monotonic() + 200)
    number, true = await _phantom(desk, client, engine, callers)
    assert version_of(engine, number) > true

    async def so() -> bool:
        return await _told_the_truth(client, engine, number)

    await eventually(so, 60)
    assert version_of(engine, number) == true
    after = await callers.send(_step("finn", number, "accept"))
    assert after.status == 200
    assert after.answer["version"] == true + 1
    await eventually(so)
    await callers.close()
    engine.dispose()


async def _client(desk: TorturedDesk) -> Client:
    address = f"127.0.0.1:{desk.temporal_port}"
    return await Client.connect(address, data_converter=pydantic_data_converter)


async def _phantom(
    desk: TorturedDesk, client: Client, engine: Engine, callers: Callers
) -> tuple[str, int]:
    """A ticket with a record of what never was, and its true version; the gap may be missed."""
    for attempt in range(TRIES):
        await asyncio.to_thread(until, desk.is_ready, 90)
        number = await _opened(callers, f"opening {attempt}")
        true = version_of(engine, number)
        if await make_phantom(desk, client, engine, callers, _step("finn", number, "comment")):
            return number, true
    raise AssertionError(f"the gap was missed {TRIES} times")


async def _opened(callers: Callers, key: str) -> str:
    report = {"summary": "No connection", "impact": "low", "urgency": "low"}
    opened = await callers.send(Sent("rosa", "/incidents", report, key, key.replace(" ", "-")))
    assert opened.number is not None
    return opened.number


def _step(by: str, number: str, step: str) -> Sent:
    body = {"step": step, "text": "This never was."} if step == "comment" else {"step": step}
    return Sent(by, f"/tickets/{number}/steps", body, step, step)


async def _told_the_truth(client: Client, engine: Engine, number: str) -> bool:
    truth = await truth_of(client, number)
    return differences(truth, stored_of(engine, number), now()) == []
