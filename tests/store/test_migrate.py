"""A database comes to the newest schema once, whoever tries."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, select
from sqlalchemy.engine import URL

from store.check import differences, main
from store.engine import make_engine, reading, writing
from store.migrate import is_current, migrate
from store.tables import metadata, organisation

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/empty.sqlite"


@pytest.fixture
def empty_postgres_url(postgres_server: URL) -> Iterator[str]:
    name = f"firstline_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("empty_postgres", marks=pytest.mark.postgres)])
def bare(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database without any table."""
    engine = make_engine(request.getfixturevalue(f"{request.param}_url"))
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_store_works_with(bare: Engine) -> None:
    assert not is_current(bare)
    assert differences(bare) == []
    assert is_current(bare)
    with reading(bare) as connection:
        assert set(metadata.tables) < set(inspect(connection).get_table_names())
        assert connection.execute(select(organisation)).all() == [(1, 0)]


def test_many_who_migrate_at_once_do_it_once(bare: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [bare] * 4))
    assert is_current(bare)
    with reading(bare) as connection:
        assert connection.execute(select(organisation)).all() == [(1, 0)]


def test_a_migrated_database_is_left_as_it_is(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(organisation.update().values(revision=7))
    migrate(sqlite_engine)
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(organisation.c.revision)).scalar() == 7


def test_a_table_that_no_migration_makes_is_reported(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        connection.exec_driver_sql("DROP INDEX ix_messages_ticket")
        connection.exec_driver_sql("ALTER TABLE tickets ADD COLUMN extra TEXT")
    found = "\n".join(differences(sqlite_engine))
    assert "ix_messages_ticket" in found
    assert "extra" in found


def test_the_check_passes_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert capsys.readouterr().out == ""


def test_migrations_are_found_from_any_folder(tmp_path: Path, sqlite_url: str) -> None:
    code = (
        "import sys; from store.engine import make_engine; from store.migrate import migrate;"
        "migrate(make_engine(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, sqlite_url],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=50,
    )
    engine = make_engine(sqlite_url)
    assert is_current(engine)
    engine.dispose()
