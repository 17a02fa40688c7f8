"""After an outage of the engine: tickets recorded just before it say once more how they stand.

A record commits before the engine has accepted the task that made it. Where the engine died in
between, the store holds what never was, and nothing else may ever happen on that ticket.
"""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from store.engine import reading
from store.reads import AWAY, Engine
from store.recorded import recorded_last

PROBE = timedelta(seconds=2)
BETWEEN_PROBES_SECONDS = 0.5
AGAIN_SECONDS = 2.0
IN_DOUBT = timedelta(seconds=30)

log = structlog.get_logger(__name__)


async def restate_after_outages(client: Client, engine: Engine) -> None:
    """As the worker starts, and whenever the engine has been away, until cancelled."""
    while True:
        await _restate_in_doubt(client, engine)
        await _until(client, answers=False)
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


async def _restate_in_doubt(client: Client, engine: Engine) -> None:
    while True:
        try:
            numbers = await asyncio.to_thread(_in_doubt, engine)
            for number in numbers:
                await _restate(client, number)
        except (*AWAY, RPCError) as error:
            log.warning("not_restated", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            log.info("restated", tickets=len(numbers))
            return


def _in_doubt(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return recorded_last(connection, IN_DOUBT)


async def _restate(client: Client, number: str) -> None:
    try:
        await client.get_workflow_handle(number).signal("restate")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
