"""The gap of a local activity: the record is committed, and the engine never hears of the task.

The file is locked, so that the record waits; the engine and the API die while it waits; the lock
is let go, the record commits, and the worker dies before the engine is back. What the store then
holds never was: no history has it, and nobody will repeat it.
"""

import asyncio

from sqlalchemy import Engine, select
from temporalio.api.enums.v1 import PendingWorkflowTaskState
from temporalio.client import Client

from store.engine import reading
from store.tables import tickets
from tests.torture.callers import Callers, Sent
from tests.torture.desk import TorturedDesk

STARTED = PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED
BUSY_FOR = 4.0
"""Less than the worker waits for the file: the record is to be made, and late."""


async def make_phantom(
    desk: TorturedDesk, client: Client, engine: Engine, callers: Callers, step: Sent
) -> bool:
    """Send the step once, into the gap; whether the store took the record of it."""
    number = step.path.split("/")[2]
    before = version_of(engine, number)
    locking = desk.locked()
    locking.__enter__()
    try:
        sending = asyncio.create_task(callers.send(step, once=True))
        reached = await _worker_has_it(client, number)
        for part in ("api", "temporal"):
            desk.kill_part(part)
    finally:
        locking.__exit__(None, None, None)
    recorded = reached and await _recorded(engine, number, before)
    desk.kill_part("worker")
    await sending
    return recorded


async def _worker_has_it(client: Client, number: str) -> bool:
    """Whether the worker got the task in time; its record then waits for the file."""
    handle = client.get_workflow_handle(number)
    try:
        async with asyncio.timeout(BUSY_FOR):
            while True:
                described = await handle.describe()
                if described.raw_description.pending_workflow_task.state == STARTED:
                    return True
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False


async def _recorded(engine: Engine, number: str, before: int) -> bool:
    try:
        async with asyncio.timeout(3):
            while version_of(engine, number) == before:
                await asyncio.sleep(0.005)
    except TimeoutError:
        return False
    return True


def version_of(engine: Engine, number: str) -> int:
    """The version that the store has."""
    query = select(tickets.c.version).where(tickets.c.number == number)
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())
