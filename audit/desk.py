"""What the auditor's commands need of the desk: its engine, its store and its archive."""

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from temporalio.client import Client

from audit.evidence import Sources
from audit.reaching import connect, database
from audit.targets import Bodies
from settings import Settings
from store.reads import Engine


class AuditDesk(NamedTuple):
    """The desk as an auditor sees it."""

    client: Client
    engine: Engine
    sources: Sources


def operator() -> str:
    """Who runs a command, as the operating system knows it: a variable would be anybody's."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return f"operator:{name}"


@asynccontextmanager
async def audit_desk(settings: Settings) -> AsyncIterator[AuditDesk]:
    """Connected to the engine and the store; closed at the end.

    Raises:
        NotReached: one of them is not there.
    """
    with database(settings) as engine:
        client = await connect(settings)
        sources = Sources(client, engine, Bodies(engine, settings.archive_url))
        yield AuditDesk(client, engine, sources)
