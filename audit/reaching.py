"""What the commands work on: this desk's engine and its database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from settings import Settings, temporal_address_given
from store.engine import make_engine
from store.migrate import is_current
from store.reads import AWAY, Engine
from workflows.converter import CONVERTER


class NotReached(Exception):
    """The engine or the database is away or of another version; the message says what to do."""


async def connect(settings: Settings) -> Client:
    """The engine that TEMPORAL_... describes, or else the one that the embedded desk runs.

    Raises:
        NotReached: it does not answer.
    """
    config = ClientConfig.load_client_connect_config()
    if not temporal_address_given():
        config.setdefault("target_host", f"127.0.0.1:{settings.temporal_port}")
    try:
        return await Client.connect(**config, data_converter=CONVERTER)
    except RuntimeError as error:
        where = os.environ.get("TEMPORAL_ADDRESS") or config.get("target_host")
        raise NotReached(
            f"Temporal does not answer at {where}: start the desk with `firstline up`"
        ) from error


def check_there(settings: Settings) -> None:
    """Nothing is made by asking for it.

    Raises:
        NotReached: there is no desk yet.
    """
    if not settings.database_url and not settings.home.exists():
        raise NotReached(f"there is no desk in {settings.home}: start one with `firstline up`")


@contextmanager
def database(settings: Settings) -> Iterator[Engine]:
    """The desk's database, for as long as the block lasts.

    Raises:
        NotReached: it fails in the block, or has not the schema of this version.
    """
    check_there(settings)
    engine = make_engine(settings.database)
    try:
        if not is_current(engine):
            raise NotReached("the database is not of this version: run `firstline migrate`")
        yield engine
    except AWAY as error:
        reason = getattr(error, "orig", None) or error
        raise NotReached(f"the database cannot be used: {reason}") from error
    finally:
        engine.dispose()
