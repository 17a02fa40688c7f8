"""The sealed package of one ticket: a zip that can be written in one way only, and its manifest.

Nothing in it is compressed and every date in it is the same, so that a package can be rebuilt from
its files and compared byte for byte: there is no place where a change would not be seen, and
nothing that could swell as it is unpacked.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.model import Frozen, Instant

FORMAT: Literal["firstline-package"] = "firstline-package"
VERSION: Literal[1] = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
REPORT, TICKET, TIMELINE = "report.html", "ticket.json", "timeline.json"
TERMS, CHAIN = "terms.json", "chain.json"
PARTS = (REPORT, TICKET, TIMELINE, TERMS, CHAIN)
# A file beside the others or in one folder, never above or outside of where somebody unpacks it.
NAME = re.compile(r"([a-z0-9-]+/)?[a-z0-9-]+\.[a-z]+")

MOST_FILES = 2_000
MOST_BYTES = 512 * 1024 * 1024
MOST_MANIFEST = 2 * 1024 * 1024


class NotWhole(Exception):
    """The package proves nothing; the message says what is the first that is wrong."""


class File(Frozen):
    """A file of the package as it was sealed."""

    name: str
    size: int
    sha256: str


class Run(Frozen):
    """A run of the ticket; `archived` says whether the chain vouches for its history."""

    file: str
    run_id: str
    events: int
    ended: bool
    archived: bool


class Manifest(Frozen):
    """What was sealed, by whom, and under which key; `differs` is what a replay found at once."""

    format: Literal["firstline-package"]
    version: Literal[1]
    number: str
    made_at: Instant
    made_by: str
    code_version: str
    policy_versions: tuple[str, ...]
    public_key: str
    key_id: str
    runs: tuple[Run, ...]
    differs: tuple[str, ...]
    files: tuple[File, ...]


def history_name(run: int) -> str:
    """The name of the history of the ticket's nth run, counted from 1."""
    return f"histories/run-{run}.json"


def file_of(name: str, data: bytes) -> File:
    """What the manifest says of a file."""
    return File(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def sealed(manifest: Manifest, files: Mapping[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """The package of these files, which the manifest names in their order.

    Raises:
        NotWhole: it would be larger than anybody is to read.
    """
    text = (manifest.model_dump_json(indent=2) + "\n").encode()
    package = packed({MANIFEST: text, SIGNATURE: key.sign(text), **files})
    if len(files) + 2 > MOST_FILES or len(package) > MOST_BYTES or len(text) > MOST_MANIFEST:
        raise NotWhole(f"{manifest.number} is too large for a package: {len(package):,} bytes")
    return package


def packed(files: Mapping[str, bytes]) -> bytes:
    """The one zip of these files in this order."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)
    return written.getvalue()
