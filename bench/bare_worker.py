"""`python -m bench.bare_worker`: the bare workflow's worker, with the engine's own sandbox."""

import asyncio
import signal

from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from bench.bare import QUEUE, Bare
from embedded.finish import finish
from worker import connect
from workflows.sandbox import RUNNER


async def work() -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await connect()
    runner = SandboxedWorkflowRunner(restrictions=RUNNER.restrictions)
    async with Worker(client, task_queue=QUEUE, workflows=[Bare], workflow_runner=runner):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work())
    finish(0)
