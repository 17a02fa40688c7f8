"""The databases that activities read and write in tests."""

from tests.databases import migrated_file, sqlite_engine

__all__ = ["migrated_file", "sqlite_engine"]
