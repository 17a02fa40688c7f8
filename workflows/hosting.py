"""How a worker is put together: the same for the desk, its tests and what is measured."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from workflows import WORKFLOWS

RECORDS = 16
"""Records under way at once: no more than the store has connections for."""
OUTSIDE = 64
"""Everything else under way at once, so that a mail server that hangs holds up no hand-off."""
HEARTBEAT = timedelta(seconds=2)
"""How often a worker says that it lives; the API sends nothing to a desk without a worker."""
UNSANDBOXED = UnsandboxedWorkflowRunner()
"""See docs/decisions/0008: the tests run tickets in the strictest sandbox there is."""
HANDED_OVER_AFTER = timedelta(seconds=2)
"""How long the engine waits for the worker that has a ticket in memory before it asks another."""


def build_worker(
    client: Client,
    activities: Sequence[Callable[..., object]],
    *,
    task_queue: str,
    failure_types: Sequence[type[BaseException]] = (),
    runner: WorkflowRunner = UNSANDBOXED,
) -> Worker:
    """The worker as the desk and its tests run it."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        activity_executor=ThreadPoolExecutor(OUTSIDE + RECORDS, thread_name_prefix="activity"),
        max_concurrent_activities=OUTSIDE,
        max_concurrent_local_activities=RECORDS,
        workflow_runner=runner,
        workflow_failure_exception_types=failure_types,
        graceful_shutdown_timeout=timedelta(seconds=30),
        sticky_queue_schedule_to_start_timeout=HANDED_OVER_AFTER,
        # Payloads are kept in histories alone; more than one at a time costs a task for each.
        max_workflow_task_external_storage_concurrency=1,
    )
