"""Connections to SQLite or PostgreSQL, set up so that both keep the same promises.

Every wait for the database ends before the activity that waits does (7 s), also the waits for a
free connection, a new one and a lock together: else a transaction that its caller has given up
could still commit after a newer one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from psycopg.errors import UndefinedTable
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from desk.errors import PolicyError

Synchronous = Literal["FULL", "NORMAL"]

BUSY_MS = 5_000
POSTGRES_OPTIONS = {
    "connect_timeout": 2,
    "tcp_user_timeout": 6_000,
    "options": (
        "-c statement_timeout=3500ms -c lock_timeout=2500ms"
        " -c idle_in_transaction_session_timeout=6s -c timezone=UTC"
    ),
}
POOL = {"pool_size": 16, "max_overflow": 16, "pool_timeout": 1}
# An error of the database is logged, and kept in histories: without what people wrote.
PRIVATE = {"hide_parameters": True}


def make_engine(url: str, synchronous: Synchronous = "FULL") -> Engine:
    """An engine for `sqlite:////path/to/file` or `postgresql+psycopg://user@host/name`.

    `synchronous` is SQLite's: NORMAL survives a killed process but not a power cut. Nothing is
    connected yet.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, synchronous)
    if parsed.drivername == "postgresql+psycopg":
        return _postgres(parsed)
    raise PolicyError(
        f"the database cannot be {parsed.drivername!r}: give sqlite:////path or "
        "postgresql+psycopg://user@host/name"
    )


def _postgres(url: URL) -> Engine:
    engine = create_engine(
        url, connect_args=POSTGRES_OPTIONS, pool_pre_ping=True, **POOL, **PRIVATE
    )

    @event.listens_for(engine, "handle_error")
    def _not_migrated_yet(context: ExceptionContext) -> None:
        # SQLite says the same of a table that is not there yet.
        if isinstance(context.original_exception, UndefinedTable):
            raise OperationalError(context.statement, None, context.original_exception)

    return engine


def _sqlite(url: URL, synchronous: Synchronous) -> Engine:
    if not url.database or url.database == ":memory:":
        raise PolicyError("a SQLite database needs a file: sqlite:////path/to/firstline.sqlite")
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, **POOL, **PRIVATE)

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN is late and never immediate: SQLAlchemy's "begin" says it instead.
        driver: Any = connection
        driver.isolation_level = None
        for setting in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
        ):
            driver.execute(f"PRAGMA {setting}").fetchall()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that only reads: on SQLite one snapshot, waiting for nobody."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that writes: committed at the end, rolled back on an error."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def is_sqlite(connection: Connection) -> bool:
    """Whether the database is SQLite, where one writer at a time is all there is."""
    return connection.dialect.name == "sqlite"
