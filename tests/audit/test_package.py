"""Packages: sealed from real lives, proved elsewhere, and found wrong whatever is altered."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from temporalio.client import Client

from audit import package as format_of
from audit.account import Chain
from audit.keys import key_id, public_text, signing_key
from audit.package import CHAIN, MANIFEST, PARTS, SIGNATURE, Manifest, NotWhole, file_of, packed
from audit.proving import check_package
from store.archive import links_of
from store.engine import reading
from tests.audit.lives import SHORT_RUNS, ended, long_life
from tests.audit.packages import archived, desk_of_its_own, keys_of, seal, settings_of

ROOT = Path(__file__).parent.parent.parent


class Long(NamedTuple):
    """A long life: its package while it was open, that of its end, and the desk's key."""

    open: bytes
    manifest: Manifest
    sealed: bytes
    entries: list[str]
    key: Ed25519PrivateKey

    @property
    def keys(self) -> dict[str, Ed25519PublicKey]:
        return {key_id(self.key.public_key()): self.key.public_key()}


@pytest.fixture(scope="module")
def short_runs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflows.ticket.STEPS_A_RUN", SHORT_RUNS)
        yield


@pytest.fixture(scope="module")
async def long(
    temporal: Client,
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    short_runs: None,
) -> AsyncIterator[Long]:
    """Sealed once: several days, hand-offs, a wait, other rules, and several runs."""
    home = tmp_path_factory.mktemp("desk")
    async with desk_of_its_own(temporal, migrated_file, home) as desk:
        handle = await long_life(desk)
        _, as_open = await seal(desk, handle.id)
        await ended(desk, handle)
        await archived(desk, handle.id, 2)
        manifest, sealed = await seal(desk, handle.id)
        with reading(desk.engine) as connection:
            entries = [link.entry.sha256 for link in links_of(connection, handle.id)]
        yield Long(as_open, manifest, sealed, entries, signing_key(settings_of(desk)))


def test_dump(long: Long) -> None:
    Path("/tmp/pk").mkdir(exist_ok=True)
    Path("/tmp/pk/open.zip").write_bytes(long.open)
    Path("/tmp/pk/sealed.zip").write_bytes(long.sealed)
    Path("/tmp/pk/key").write_text(public_text(long.key.public_key()))
    for name in ("open", "sealed"):
        for line in check_package(Path(f"/tmp/pk/{name}.zip"), long.keys, True):
            print(line)
