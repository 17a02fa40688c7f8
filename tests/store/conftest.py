"""The databases on which every test of the store runs."""

from tests.databases import (
    engine,
    migrated_file,
    postgres_engine,
    postgres_server,
    postgres_url,
    sqlite_engine,
)

__all__ = [
    "engine",
    "migrated_file",
    "postgres_engine",
    "postgres_server",
    "postgres_url",
    "sqlite_engine",
]
