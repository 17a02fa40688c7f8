"""Whether the api lives, and whether the desk can do its work; asked without a token."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter

from api.dependencies import StateOfDesk
from api.errors import Field, Problem
from api.reader import Away, Reader
from store.migrate import is_current

router = APIRouter(prefix="/health", tags=["health"])
PATIENCE = 1.0
NEEDED = {
    "database": "cannot be reached: start it, or correct its address",
    "migrations": "are not those of this version: run 'firstline migrate'",
    "temporal": "cannot be reached: start it, or correct its address",
    "worker": "none is running: start one",
}


@router.get("/live")
async def live() -> dict[str, str]:
    """The api answers; nothing else is asked."""
    return {"status": "live"}


@router.get("/ready")
async def ready(state: StateOfDesk) -> dict[str, str]:
    """Database, migrations, Temporal and a worker are there; 503 names what is missing."""
    found = await asyncio.gather(
        _database(state.reader),
        _part("temporal", state.process.workers.engine_answers()),
        _part("worker", state.process.workers.living()),
    )
    missing = [part for part in found if part is not None]
    if missing:
        raise Problem(
            "unavailable",
            "missing: " + ", ".join(missing),
            errors=[Field(part, NEEDED[part]) for part in missing],
            headers={"Retry-After": "2"},
        )
    return {"status": "ready"}


async def _database(reader: Reader) -> str | None:
    try:
        return None if await reader.read(is_current) else "migrations"
    except Away:
        return "database"


async def _part(name: str, there: Awaitable[bool]) -> str | None:
    try:
        return None if await asyncio.wait_for(there, PATIENCE) else name
    except TimeoutError:
        return name
