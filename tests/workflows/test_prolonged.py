"""Workflow tasks that last so long that they are prolonged: their replay tells the same time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from desk.deadlines import next_due
from policies.in_force import IN_FORCE
from store.engine import writing
from tests.patience import eventually
from tests.running import Desk
from tests.torture.truth import truth_of
from workflows.incident import Incident

SHORT = timedelta(seconds=1)
"""Tasks that last for 0.8 seconds are prolonged then, as usual ones are after eight."""
PROLONGED = [
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
] * 2


@asynccontextmanager
async def locked(desk: Desk, seconds: float = 2.5) -> AsyncIterator[None]:
    """The database lets nobody else write for a while: what is recorded meanwhile takes long."""
    with writing(desk.engine):
        yield
        await asyncio.sleep(seconds)


async def kinds_of(handle: WorkflowHandle[Any, Any]) -> list[int]:
    """The kinds of the events in a ticket's history."""
    return [event.event_type for event in (await handle.fetch_history()).events]


async def at_rest(handle: WorkflowHandle[Any, Any], so: Callable[[], bool] = lambda: True) -> None:
    """Wait until it is so, the mails are on their way, and no task is under way."""

    async def resting() -> bool:
        kinds = await kinds_of(handle)
        scheduled = kinds.count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
        done = kinds.count(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
        return so() and 0 < scheduled == done and kinds[-1] not in PROLONGED[:2]

    await eventually(resting)


async def check_replay(desk: Desk, handle: WorkflowHandle[Any, Any]) -> None:
    """The history holds prolonged tasks, and its replay finds what the run found."""
    kinds = await kinds_of(handle)
    assert any(kinds[i : i + 6] == PROLONGED for i in range(len(kinds)))
    assert (await truth_of(desk.client, handle.id)).wrong == []


async def test_an_opening(desk: Desk) -> None:
    opening = desk.opening()
    handle = desk.client.get_workflow_handle(opening.number)
    async with locked(desk):
        sending = asyncio.create_task(desk.send_opening(opening, SHORT))
    await sending
    await at_rest(handle)
    await check_replay(desk, handle)


async def test_a_step_after_a_task_that_asked_for_nothing(desk: Desk) -> None:
    handle = await desk.open(task_timeout=SHORT)
    await at_rest(handle)
    async with locked(desk):
        sending = asyncio.create_task(desk.take(handle, "finn", "comment", text="Noted."))
    await sending
    await at_rest(handle)
    await check_replay(desk, handle)


async def test_a_rung(desk: Desk) -> None:
    handle = await desk.open(task_timeout=SHORT)
    due = next_due(await handle.query(Incident.stands), IN_FORCE)
    assert due is not None
    await desk.pass_time(handle, due - datetime.now(UTC) - timedelta(minutes=1))
    await at_rest(handle)
    async with locked(desk, seconds=4.5):
        # Virtual time stands still while the rung is being recorded.
        passing = asyncio.create_task(desk.pass_time(handle, timedelta(minutes=2)))
    await passing
    await at_rest(handle, lambda: desk.stored(handle.id)[0].version > 1)
    await check_replay(desk, handle)


async def test_news_from_a_machine(desk: Desk) -> None:
    handle = await desk.open(task_timeout=SHORT)
    await at_rest(handle)
    news = desk.taken("finn", "comment", text="A sensor says so.", internal=True)
    async with locked(desk):
        await handle.signal(Incident.send, news)
    await at_rest(handle, lambda: desk.stored(handle.id)[0].version > 1)
    await check_replay(desk, handle)


async def test_a_restatement(desk: Desk) -> None:
    """What is lost otherwise takes a task that is slow by itself, which no test can be sure of."""
    handle = await desk.open(task_timeout=SHORT)
    await at_rest(handle)
    shown = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
    before = (await kinds_of(handle)).count(shown)
    async with locked(desk):
        await handle.signal(Incident.restate)
        step = asyncio.create_task(desk.take(handle, "finn", "comment", text="Noted."))
    await step
    await at_rest(handle, lambda: desk.stored(handle.id)[0].version > 1)
    assert (await kinds_of(handle)).count(shown) == before + 1
    await check_replay(desk, handle)
