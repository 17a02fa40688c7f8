"""The desk's database as the command opens it, and what is said when that cannot be done."""

from collections.abc import Iterator
from contextlib import contextmanager

from settings import Settings
from store.engine import make_engine
from store.reads import AWAY, Engine


class NotUsable(Exception):
    """The database is away, locked or cannot be written; the message says where and why."""


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """The engine of the desk's database, for as long as the block lasts.

    Raises:
        NotUsable: when the database fails in it.
    """
    engine = make_engine(settings.database)
    try:
        yield engine
    except AWAY as error:
        reason = getattr(error, "orig", None) or error
        raise NotUsable(f"the database {_place(settings)} cannot be used: {reason}") from error
    finally:
        engine.dispose()


def _place(settings: Settings) -> str:
    """Where it is; of an address the name of the setting alone, as it may hold a password."""
    return "of FIRSTLINE_DATABASE_URL" if settings.database_url else f"in {settings.home}"
