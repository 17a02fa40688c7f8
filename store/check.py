"""`python -m store.check`: do the migrations make the tables of `store.tables`?"""

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from store.engine import make_engine, reading
from store.migrate import migrate
from store.tables import metadata


def differences(engine: Engine) -> list[str]:
    """What a freshly migrated database lacks or has too much, a line each."""
    migrate(engine)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, metadata)]


def main() -> int:
    """Print what differs; 1 if anything does."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder, 'check.sqlite')}")
        found = differences(engine)
        engine.dispose()
    for difference in found:
        print(difference)
    if found:
        print("The tables have changed: add a migration to store/migrations/versions.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
