"""One engine for the ring of evidence, and a desk with a store of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from temporalio.client import Client

from audit.evidence import Evidence
from audit.fingerprints import cases, release_of_checkout
from store.import_organisation import import_organisation
from tests.databases import (
    engine,
    migrated_file,
    postgres_engine,
    postgres_server,
    postgres_url,
    sqlite_engine,
)
from tests.running import Desk, engine_server, running_desk

__all__ = [
    "engine",
    "migrated_file",
    "postgres_engine",
    "postgres_server",
    "postgres_url",
    "sqlite_engine",
]

ORGANISATION = Path("examples/organisation.yaml").read_text()


@pytest.fixture(scope="session")
def lives() -> dict[str, Evidence]:
    """The committed lives of this release; to read them takes seconds."""
    return {evidence.number: evidence for evidence in cases(release_of_checkout())}


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A Temporal server for this ring."""
    async with engine_server() as client:
        yield client


@pytest.fixture
async def desk_alone(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose engine has no other tickets, for whatever asks the engine for all of them."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    async with engine_server() as client, running_desk(client, sqlite_engine, tmp_path) as desk:
        yield desk


@pytest.fixture
async def desk(temporal: Client, sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    """A running desk with the demonstration organisation."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    async with running_desk(temporal, sqlite_engine, tmp_path) as desk:
        yield desk
