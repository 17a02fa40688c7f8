"""`python -m bench.bare_worker`: the bare workflow's worker, built as the desk's is."""

import asyncio
import signal

from temporalio.worker import Worker

from bench.bare import QUEUE, Bare
from embedded.finish import finish
from worker import RUNNER, connect


async def work() -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await connect()
    async with Worker(client, task_queue=QUEUE, workflows=[Bare], workflow_runner=RUNNER):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work())
    finish(0)
