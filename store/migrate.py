"""Brings a database to the schema of this version, once, however many processes try."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from store.engine import is_sqlite, reading, writing

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x46495253
"""PostgreSQL's advisory lock of the migrations: a number nobody else locks in this database."""
PATIENCE = "120s"
"""How long a migration may take on PostgreSQL, and so how long a second process waits for it."""


def migrate(engine: Engine) -> None:
    """Upgrade to the newest schema, whole or not at all; a second process waits for the first.

    On SQLite the wait is the busy timeout: a process that finds the file locked for longer fails
    and is to be started again.
    """
    if is_current(engine):
        return
    with writing(engine) as connection:
        if not is_sqlite(connection):
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the schema is the one that this version needs."""
    with reading(engine) as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == _heads()


@cache
def _heads() -> set[str]:
    return set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
