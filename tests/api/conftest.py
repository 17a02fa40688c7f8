"""One running desk for the tests of the api: engine, worker, store and the app itself."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from api.app import create_app
from store.engine import make_engine
from tests.api.town import Api, found_town, make_settings
from tests.databases import migrated_file, sqlite_engine
from tests.running import Desk, engine_server, running_desk

__all__ = ["migrated_file", "sqlite_engine"]


@pytest_asyncio.fixture(scope="session")
async def desk(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A worker on an engine and a store of its own."""
    home = tmp_path_factory.mktemp("api")
    engine = make_engine(f"sqlite:///{shutil.copy(migrated_file, home / 'desk.sqlite3')}")
    found_town(engine)
    async with engine_server() as client, running_desk(client, engine, home) as running:
        yield running
    engine.dispose()


@pytest_asyncio.fixture(scope="session")
async def api(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """The api of that desk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
        settings = make_settings(
            desk.engine, tmp_path_factory.mktemp("home"), task_queue=desk.queue
        )
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            made = Api(app)
            await made.until_ready()
            yield made


@asynccontextmanager
async def without_engine(database: Engine, home: Path, **changes: Any) -> AsyncIterator[Api]:
    """An api with a store, and nothing where its engine should be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
        app = create_app(make_settings(database, home, **changes))
        async with app.router.lifespan_context(app):
            yield Api(app)


@pytest_asyncio.fixture(scope="session")
async def alone(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """An api without an engine, for tests that change nothing."""
    home = tmp_path_factory.mktemp("alone")
    database = make_engine(f"sqlite:///{shutil.copy(migrated_file, home / 'desk.sqlite3')}")
    found_town(database)
    async with without_engine(database, home) as made:
        yield made
    database.dispose()


@pytest_asyncio.fixture
async def own(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Api]:
    """An api without an engine, of one test, with few requests a minute."""
    found_town(sqlite_engine)
    async with without_engine(sqlite_engine, tmp_path, rate_per_minute=40) as made:
        yield made
