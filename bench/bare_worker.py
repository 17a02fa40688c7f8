"""`python -m bench.bare_worker`: the bare worker as the engine makes it, sandbox and all."""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

from bench.bare import QUEUE, Bare, Rows, tell
from embedded.finish import finish


async def work() -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    config = ClientConfig.load_client_connect_config()
    client = await Client.connect(**config, data_converter=pydantic_data_converter)
    rows = Rows(Path(os.environ["FIRSTLINE_HOME"]) / "bare.sqlite")
    with ThreadPoolExecutor() as threads:
        async with Worker(
            client,
            task_queue=QUEUE,
            workflows=[Bare],
            activities=[rows.keep, tell],
            activity_executor=threads,
        ):
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(work())
    finish(0)
