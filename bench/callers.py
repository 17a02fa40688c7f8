"""Callers of both sides: how long one call takes, and how many are done when many call at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.workflow import UpdateMethodMultiParam

from bench.bare import QUEUE, Bare

TEXT = "The cable was loose; it is fixed now."
Call = Callable[[], Awaitable[object]]
BareHandle = WorkflowHandle[Bare, None]
BareUpdate = UpdateMethodMultiParam[[Bare, str], int]


async def durations(call: Call, times: int) -> list[float]:
    """Milliseconds of each of so many calls, one after the other."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        await call()
        found.append((time.perf_counter() - begun) * 1000)
    return found


async def rate(calls: Sequence[Call], seconds: float) -> float:
    """Calls a second when each caller repeats its own for so long."""
    done = 0
    end = time.perf_counter() + seconds

    async def repeat(call: Call) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await call()
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*map(repeat, calls))
    return done / (time.perf_counter() - begun)


async def start_bare(client: Client) -> BareHandle:
    """Start a bare workflow."""
    return await client.start_workflow(Bare.run, id=f"bare-{uuid4().hex}", task_queue=QUEUE)


async def start_bare_with_update(client: Client) -> BareHandle:
    """Start a bare workflow and wait for its first update, in one call."""
    start = WithStartWorkflowOperation(
        Bare.run,
        id=f"bare-{uuid4().hex}",
        task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await client.execute_update_with_start_workflow(Bare.add, TEXT, start_workflow_operation=start)
    return await start.workflow_handle()


def update_bare(handle: BareHandle, update: BareUpdate = Bare.add) -> Call:
    """A caller of a bare update."""
    return lambda: handle.execute_update(update, TEXT)


async def bare_life(client: Client, updates: int) -> None:
    """A bare workflow started with its first update, and then as many as there are left."""
    handle = await start_bare_with_update(client)
    for _ in range(updates - 1):
        await handle.execute_update(Bare.add, TEXT)
