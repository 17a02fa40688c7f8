"""Opening a sealed package: every byte of it is accounted for, or the first that is wrong is named.

A zip that was not written by a desk is looked into as well, to say what became of the package.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, Field, ValidationError

from audit.package import (
    FORMAT,
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    MOST_MANIFEST,
    NAME,
    PARTS,
    SIGNATURE,
    VERSION,
    File,
    Manifest,
    NotWhole,
    file_of,
    history_name,
    packed,
)

# What ends a zip without a comment: its signature, the number of files, and where they are listed.
END = struct.Struct("<4s4H2LH")
LONGEST_LISTED = 46 + 64
SIGNATURE_BYTES = 64
FOREIGN = f"it is not a Firstline package: it holds no {MANIFEST} with its signature"


class NoFile(Exception):
    """There is no file that could be read; the message says why."""


class _Otherwise(NotWhole):
    """It is a zip, and not one that a desk wrote."""


class _EndsOtherwise(_Otherwise):
    """It does not end as a zip does that a desk wrote: cut off, or with something added."""


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


def read_file(path: Path) -> bytes:
    """The bytes of what should be a package.

    Raises:
        NoFile: it is no file that can be read.
        NotWhole: it is too large to be one.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NoFile(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise NotWhole(f"it is larger than any package: more than {MOST_BYTES:,} bytes")
    return data


def opened(data: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Package:
    """The package that one of these keys (by id) has signed; every byte of it is accounted for.

    Raises:
        NotWhole: it is another thing, was altered, or was sealed with another key.
    """
    try:
        files = unpacked(data)
    except _Otherwise as error:
        _look_into(data, keys, error)
    text, signature = files.pop(MANIFEST, None), files.pop(SIGNATURE, None)
    if text is None or signature is None:
        raise NotWhole(FOREIGN)
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
        raise _Otherwise("it was altered: what lies between its files is not as it was sealed")
    return files


def _check_end(data: bytes) -> None:
    """Before anything is taken apart: does it end as it must, and how much does it list?"""
    if len(data) < END.size or data[:4] != b"PK\3\4":
        raise NotWhole("it is no package: not a zip file, or its beginning is missing")
    mark, _, _, here, count, listed, at, comment = END.unpack(data[-END.size :])
    if mark != b"PK\5\6" or comment or at + listed + END.size != len(data):
        raise _EndsOtherwise(
            "it is not whole: it was cut off, something was added, or its end altered"
        )
    if here != count or count > MOST_FILES or listed > MOST_FILES * LONGEST_LISTED:
        raise NotWhole(f"it is no package: it lists more than {MOST_FILES:,} files")


def _check_listed(listed: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in listed:
        name = ascii(info.filename)[:100]
        if not NAME.fullmatch(info.filename):
            raise _Otherwise(f"it is no package of a ticket: it holds {name}")
        if info.filename in seen:
            raise NotWhole(f"it was altered: it holds {name} twice")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise _Otherwise(f"it is no package: {name} is compressed, and nothing in a package is")
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
        _check_file(file, files.get(file.name))
    if list(files) != named:
        raise NotWhole("it was altered: it holds other files than were sealed, or in another order")


def _check_file(file: File, data: bytes | None) -> None:
    if data is None:
        raise NotWhole(f"{file.name} was removed")
    if file_of(file.name, data) != file:
        raise NotWhole(f"{file.name} was altered: it is not what was sealed")


def _look_into(data: bytes, keys: Mapping[str, Ed25519PublicKey], found: NotWhole) -> NoReturn:
    """Say what became of a package that another program wrote, or that it never was one.

    Only what the signed manifest names is read, and no more of it than was sealed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _say_what_became(archive, keys, found)
    except NotWhole:
        raise
    except Exception:
        # What cannot be opened at all was cut off or altered, as was found before.
        raise found from None


def _say_what_became(
    archive: zipfile.ZipFile, keys: Mapping[str, Ed25519PublicKey], found: NotWhole
) -> NoReturn:
    names = {info.filename for info in archive.infolist()}
    # Many programs put all that they pack into a folder.
    inside = min((n for n in names if n.endswith(f"/{MANIFEST}")), key=len, default=MANIFEST)
    folder = "" if MANIFEST in names else inside.removesuffix(MANIFEST)
    if not {folder + MANIFEST, folder + SIGNATURE} <= names:
        raise NotWhole(FOREIGN)
    if isinstance(found, _EndsOtherwise):
        raise found
    text = _read_at_most(archive, folder + MANIFEST, MOST_MANIFEST)
    _signer(text, _read_at_most(archive, folder + SIGNATURE, SIGNATURE_BYTES), keys)
    again = "it was packed anew by another program than Firstline, and"
    for file in _manifest(text).files:
        name = folder + file.name
        read = _read_at_most(archive, name, file.size + 1) if name in names else None
        try:
            _check_file(file, read)
        except NotWhole as error:
            raise NotWhole(f"{again} {error}") from None
    raise NotWhole(
        f"{again} proves nothing as it is, though each file that was sealed is in it unaltered"
        f" ({found}): ask for the file that the desk wrote"
    )


def _read_at_most(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    try:
        with archive.open(name) as file:
            return file.read(size)
    except (zipfile.BadZipFile, zlib.error):
        raise NotWhole(f"{name} was altered: it is not as it was sealed") from None
