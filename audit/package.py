"""The sealed package of one ticket: a zip that can be written in one way only, and its manifest.

Nothing in it is compressed and every date in it is the same, so that a package can be rebuilt from
its files and compared byte for byte: there is no place where a change would not be seen, and
nothing that could swell as it is unpacked.
"""

import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, Field, ValidationError

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
# What ends a zip without a comment: its signature, the number of files, and where they are listed.
END = struct.Struct("<4s4H2LH")
LONGEST_LISTED = 46 + 64


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


class _Head(BaseModel):
    """What is said before it is proved: only what may be shown on a terminal."""

    format: str
    version: int
    code_version: Annotated[str, Field(pattern=r"^[\w.+-]{1,40}$")] = "unknown"
    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Package(NamedTuple):
    """A package whose manifest is signed, and whose files are those of the manifest."""

    manifest: Manifest
    files: Mapping[str, bytes]
    signed_by: str


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


def read_file(path: Path) -> bytes:
    """The bytes of what should be a package.

    Raises:
        NotWhole: it is no file that can be read, or is too large to be one.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NotWhole(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise NotWhole(f"it is larger than any package: more than {MOST_BYTES:,} bytes")
    return data


def opened(data: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Package:
    """The package that one of these keys (by id) has signed; every byte of it is accounted for.

    Raises:
        NotWhole: it is another thing, was altered, or was sealed with another key.
    """
    files = unpacked(data)
    text, signature = files.pop(MANIFEST, None), files.pop(SIGNATURE, None)
    if text is None or signature is None:
        raise NotWhole(f"it is no package of a ticket: it holds no {MANIFEST} with its signature")
    signed_by = _signer(text, signature, keys)
    manifest = _manifest(text)
    _compare(manifest, files)
    return Package(manifest, files, signed_by)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a zip that `packed` could have made.

    Raises:
        NotWhole: it could not.
    """
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            _check_listed(listed)
            files = {info.filename: _read(archive, info) for info in listed}
    except NotWhole:
        raise
    except Exception as error:
        # A damaged zip fails in as many ways as it has fields; all of them mean the same.
        raise NotWhole("it was altered: it is no zip as it was sealed") from error
    if packed(files) != data:
        raise NotWhole("it was altered: what lies between its files is not as it was sealed")
    return files


def _check_end(data: bytes) -> None:
    """Before anything is taken apart: does it end as it must, and how much does it list?"""
    if len(data) < END.size or data[:4] != b"PK\3\4":
        raise NotWhole("it is no package: not a zip file, or its beginning is missing")
    mark, _, _, here, count, listed, at, comment = END.unpack(data[-END.size :])
    if mark != b"PK\5\6" or comment or at + listed + END.size != len(data):
        raise NotWhole("it is not whole: it was cut off, something was added, or its end altered")
    if here != count or count > MOST_FILES or listed > count * LONGEST_LISTED:
        raise NotWhole(f"it is no package: it lists more than {MOST_FILES:,} files")


def _check_listed(listed: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in listed:
        name = ascii(info.filename)[:100]
        if not NAME.fullmatch(info.filename):
            raise NotWhole(f"it is no package of a ticket: it holds {name}")
        if info.filename in seen:
            raise NotWhole(f"it was altered: it holds {name} twice")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise NotWhole(f"it is no package: {name} is compressed, and nothing in a package is")
        seen.add(info.filename)
    if sum(info.file_size for info in listed) > MOST_BYTES:
        raise NotWhole(f"it is larger than any package: more than {MOST_BYTES:,} bytes")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(info)
    except zipfile.BadZipFile:
        raise NotWhole(f"{info.filename} was altered: it is not as it was sealed") from None


def _signer(text: bytes, signature: bytes, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """The id of the key that signed the manifest, which until then is only what somebody says."""
    for name, key in keys.items():
        try:
            key.verify(signature, text)
        except InvalidSignature:
            continue
        return name
    head = _head(text)
    if head.key_id in keys:
        raise NotWhole(f"{MANIFEST} was altered: its signature by key {head.key_id} is not right")
    given = ", ".join(keys) or "none"
    raise NotWhole(f"it was sealed with another key: {head.key_id}, and {given} was given")


def _head(text: bytes) -> _Head:
    try:
        head = _Head.model_validate_json(text[:MOST_MANIFEST])
    except ValidationError:
        raise NotWhole(f"it is no package of a ticket: its {MANIFEST} is something else") from None
    if head.format != FORMAT:
        raise NotWhole(f"it is no package of a ticket: its {MANIFEST} is something else")
    if head.version != VERSION:
        raise NotWhole(
            f"it is a package of format {head.version}, and this code reads format {VERSION}:"
            f" verify it with the version that sealed it, {head.code_version}"
        )
    return head


def _manifest(text: bytes) -> Manifest:
    _head(text)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        wrong = ".".join(map(str, error.errors()[0]["loc"]))
        raise NotWhole(f"its {MANIFEST} is signed, and yet wrong at {wrong}") from None


def _compare(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    named = [file.name for file in manifest.files]
    runs = [history_name(place) for place in range(1, len(manifest.runs) + 1)]
    if [run.file for run in manifest.runs] != runs or named != [*PARTS, *runs]:
        raise NotWhole(f"its {MANIFEST} is signed, and yet names other files than a package has")
    for file in manifest.files:
        if file.name not in files:
            raise NotWhole(f"{file.name} was removed")
        if file_of(file.name, files[file.name]) != file:
            raise NotWhole(f"{file.name} was altered: it is not what was sealed")
    if list(files) != named:
        raise NotWhole("it was altered: it holds other files than were sealed, or in another order")
