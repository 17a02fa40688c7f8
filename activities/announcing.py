"""Announcing the rules: a worker writes those it runs under where the API reads them."""

import asyncio
from datetime import UTC, datetime

import structlog

from desk.ticket import Kind
from policies.in_force import CATALOGUE, IN_FORCE, terms_for
from store.engine import writing
from store.policy import put_policy
from store.reads import AWAY, Engine

AGAIN_SECONDS = 2.0

log = structlog.get_logger(__name__)


async def announce_policy(engine: Engine) -> None:
    """Write the rules in force; as long as the database is away, try again."""
    while True:
        try:
            await asyncio.to_thread(_announce, engine)
        except AWAY:
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            log.info("policy_in_force", version=IN_FORCE.policy_version)
            return


def _announce(engine: Engine) -> None:
    with writing(engine) as connection:
        complaints = terms_for(kind=Kind.COMPLAINT)
        put_policy(connection, IN_FORCE, CATALOGUE, datetime.now(UTC), complaints)
