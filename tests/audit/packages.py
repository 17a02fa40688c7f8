"""Packages of real tickets, as tests need them."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from temporalio.client import Client

from audit.keys import key_id, signing_key
from audit.package import Manifest
from audit.packing import Sealer
from audit.targets import Bodies
from settings import Settings
from store.archive import links_of
from store.engine import make_engine, reading
from store.import_organisation import import_organisation
from tests.audit.conftest import ORGANISATION
from tests.patience import eventually
from tests.running import Desk, running_desk

BY = "operator:tester"


@asynccontextmanager
async def desk_of_its_own(client: Client, migrated: Path, home: Path) -> AsyncIterator[Desk]:
    """A desk that lasts longer than one test."""
    file = home / "firstline.sqlite"
    shutil.copy(migrated, file)
    engine = make_engine(f"sqlite:///{file}")
    import_organisation(engine, ORGANISATION, "organisation.yaml")
    async with running_desk(client, engine, home) as desk:
        yield desk
    engine.dispose()


async def archived(desk: Desk, number: str, runs: int) -> None:
    """Wait until so many runs of the ticket are in the archive."""

    async def there() -> bool:
        with reading(desk.engine) as connection:
            return len(links_of(connection, number)) >= runs

    await eventually(there)


def settings_of(desk: Desk) -> Settings:
    return Settings(home=desk.home)


async def seal(desk: Desk, number: str) -> tuple[Manifest, bytes]:
    """The package of a ticket as the desk seals it."""
    key = signing_key(settings_of(desk))
    sealer = Sealer(desk.client, desk.engine, Bodies(desk.engine, None), key)
    return await sealer.seal(number, BY, datetime.now(UTC))


def keys_of(desk: Desk) -> Mapping[str, Ed25519PublicKey]:
    key = signing_key(settings_of(desk)).public_key()
    return {key_id(key): key}
