"""The worker process: runs the tickets' workflows and what they do outside."""

import asyncio
import signal
import sys

import uvloop
from pydantic import ValidationError

import logs
from activities.check import in_words
from activities.restating import in_doubt_since, restate_after_outages
from audit.code import code_version
from audit.schedule import keep_by_itself
from desk.errors import PolicyError
from embedded.finish import finish
from settings import Settings, SettingsError, load_or_exit
from store.engine import make_engine
from store.organisation import Directory
from store.reads import Engine
from workflows.hosting import build_worker, connect


async def run(settings: Settings, engine: Engine, directory: Directory) -> None:
    """Work until SIGTERM or SIGINT, then drain."""
    # Here and not above, so that rules that make no sense are said in words: see `main`.
    from activities.announcing import announce_policy
    from audit.everything import every_activity

    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    client = await connect()
    does = every_activity(client, settings, engine, directory)
    version = settings.build_id or code_version() if settings.worker_versions else None
    worker = build_worker(client, does, task_queue=settings.task_queue, version=version)
    # Asked before the first record of this worker, and answered at once unless nothing can record.
    doubtful = asyncio.create_task(in_doubt_since(engine))
    await asyncio.wait([doubtful], timeout=2)
    async with worker, asyncio.TaskGroup() as background:
        tasks = [
            background.create_task(announce_policy(engine)),
            background.create_task(restate_after_outages(client, engine, doubtful)),
            background.create_task(keep_by_itself(client, settings, version)),
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
    try:
        uvloop.run(run(settings, engine, directory))
    except (PolicyError, ValidationError) as error:
        sys.stderr.write(f"policies/: {in_words(error)}\n")
        finish(2)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        finish(2)
    directory.stop()
    finish(0)


if __name__ == "__main__":
    main()
