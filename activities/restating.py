"""After an outage of the engine: tickets recorded just before it say once more how they stand.

A record commits before the engine has accepted the task that made it. Where the engine died in
between, the store holds what never was, and nothing else may ever happen on that ticket.
"""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from store.engine import reading
from store.reads import AWAY, Engine
from store.recorded import newest_record, recorded_since

PROBE = timedelta(seconds=2)
BETWEEN_PROBES_SECONDS = 0.5
AGAIN_SECONDS = 2.0
IN_DOUBT = timedelta(seconds=30)

log = structlog.get_logger(__name__)


async def in_doubt_since(engine: Engine) -> datetime | None:
    """Since when records are in doubt if the engine is away now; None while there are none.

    To be asked before anything new can be recorded, which would make the doubtful look old.
    """
    while True:
        try:
            newest = await asyncio.to_thread(_newest, engine)
        except AWAY as error:
            log.warning("not_known_what_is_in_doubt", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return None if newest is None else newest - IN_DOUBT


async def restate_after_outages(
    client: Client, engine: Engine, doubtful: Awaitable[datetime | None]
) -> None:
    """What was in doubt as the worker started, and whenever the engine has been away."""
    since = await doubtful
    while True:
        await _restate_since(client, engine, since)
        await _until(client, answers=False)
        since = await in_doubt_since(engine)
        await _until(client, answers=True)


async def _until(client: Client, *, answers: bool) -> None:
    while True:
        if await _answers(client) is answers:
            return
        await asyncio.sleep(BETWEEN_PROBES_SECONDS)


async def _answers(client: Client) -> bool:
    try:
        return await client.service_client.check_health(timeout=PROBE)
    except RPCError:
        return False


async def _restate_since(client: Client, engine: Engine, since: datetime | None) -> None:
    while since is not None:
        try:
            numbers = await asyncio.to_thread(_since, engine, since)
            for number in numbers:
                await _restate(client, number)
        except (*AWAY, RPCError) as error:
            log.warning("not_restated", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            log.info("restated", tickets=len(numbers))
            return


def _newest(engine: Engine) -> datetime | None:
    with reading(engine) as connection:
        return newest_record(connection)


def _since(engine: Engine, since: datetime) -> list[str]:
    with reading(engine) as connection:
        return recorded_since(connection, since)


async def _restate(client: Client, number: str) -> None:
    try:
        await client.get_workflow_handle(number).signal("restate")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
