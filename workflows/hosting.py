"""How a worker is put together: the same for the desk, its tests and what is measured."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkflowRunner,
)

from workflows import WORKFLOWS
from workflows.converter import CONVERTER

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

DEPLOYMENT = "firstline"
"""What the versions of the worker are versions of; one desk in a namespace."""
UNVERSIONED = "unversioned"
"""How workers without a version are called, so that no version may be."""


async def connect() -> Client:
    """The client that TEMPORAL_... describes, with the desk's converter."""
    config = ClientConfig.load_client_connect_config()
    runtime = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=HEARTBEAT)
    return await Client.connect(**config, data_converter=CONVERTER, runtime=runtime)


def build_worker(
    client: Client,
    activities: Sequence[Callable[..., object]],
    *,
    task_queue: str,
    failure_types: Sequence[type[BaseException]] = (),
    runner: WorkflowRunner = UNSANDBOXED,
    version: str | None = None,
) -> Worker:
    """The worker as the desk and its tests run it; see docs/decisions/0012 for its version."""
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
        deployment_config=None if version is None else _versioned(version),
    )


def _versioned(version: str) -> WorkerDeploymentConfig:
    """Tickets move to the version that is promoted; what protects them is patches and the gate.

    Said here and not by each workflow: the engine refuses a workflow that says it on a worker
    without a version.
    """
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT, version),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
