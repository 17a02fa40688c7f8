"""The worker process: runs the tickets' workflows and what they do outside."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import logs
from activities import outside
from activities.announcing import announce_policy
from activities.restating import restate_after_outages
from embedded.finish import finish
from settings import Settings, load_or_exit
from store.engine import make_engine
from store.organisation import Directory
from store.reads import Engine
from workflows import WORKFLOWS

THREADS = 16
HANDED_OVER_AFTER = timedelta(seconds=2)
"""How long the engine waits for the worker that has a ticket in memory before it asks another."""
PASSED_THROUGH = ("desk", "activities", "pydantic", "pydantic_core", "annotated_types", "tzdata")
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
)


def build_worker(
    client: Client,
    activities: Sequence[Callable[..., object]],
    *,
    task_queue: str,
    failure_types: Sequence[type[BaseException]] = (),
) -> Worker:
    """The worker as the desk and its tests run it."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        activity_executor=ThreadPoolExecutor(THREADS, thread_name_prefix="activity"),
        max_concurrent_activities=THREADS,
        max_concurrent_local_activities=THREADS,
        workflow_runner=RUNNER,
        workflow_failure_exception_types=failure_types,
        graceful_shutdown_timeout=timedelta(seconds=30),
        sticky_queue_schedule_to_start_timeout=HANDED_OVER_AFTER,
    )


async def connect() -> Client:
    """The client that TEMPORAL_... describes, with the desk's converter."""
    config = ClientConfig.load_client_connect_config()
    return await Client.connect(**config, data_converter=pydantic_data_converter)


async def run(settings: Settings, engine: Engine, directory: Directory) -> None:
    """Work until SIGTERM or SIGINT, then drain."""
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    client = await connect()
    activities = outside.activities(settings, engine, directory)
    worker = build_worker(client, activities, task_queue=settings.task_queue)
    async with worker, asyncio.TaskGroup() as background:
        tasks = [
            background.create_task(announce_policy(engine)),
            background.create_task(restate_after_outages(client, engine)),
        ]
        await stop.wait()
        for task in tasks:
            task.cancel()


def main() -> None:
    """Run the worker process."""
    logs.configure("worker")
    settings = load_or_exit()
    engine = make_engine(settings.database)
    directory = Directory(engine)
    directory.start()
    asyncio.run(run(settings, engine, directory))
    directory.stop()
    finish(0)


if __name__ == "__main__":
    main()
