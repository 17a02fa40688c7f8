"""What the auditor's commands need of the desk: its engine, its store and its archive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from audit.evidence import Sources
from audit.targets import Bodies
from settings import Settings
from store.engine import make_engine
from store.reads import Engine
from workflows.converter import CONVERTER


class AuditDesk(NamedTuple):
    """The desk as an auditor sees it."""

    client: Client
    engine: Engine
    sources: Sources


@asynccontextmanager
async def audit_desk(settings: Settings) -> AsyncIterator[AuditDesk]:
    """Connected to the engine and the store; closed at the end."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", f"127.0.0.1:{settings.temporal_port}")
    client = await Client.connect(**config, data_converter=CONVERTER)
    engine = make_engine(settings.database)
    try:
        sources = Sources(client, engine, Bodies(engine, settings.archive_url))
        yield AuditDesk(client, engine, sources)
    finally:
        engine.dispose()
