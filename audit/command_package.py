"""The commands of packages: seal one, and prove one that somebody was given."""

import argparse
import asyncio
import os
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.command_exits import (
    DONE,
    FOUND,
    REFUSALS,
    Refused,
    counted,
    number_in,
    refuse,
)
from audit.desk import operator
from audit.keys import signing_key
from audit.opening import NoFile
from audit.package import NotWhole
from audit.packing import NotSealed, Sealer
from audit.proving import check_package
from audit.quiet import quiet
from audit.reaching import connect, database
from audit.targets import Bodies
from settings import Settings
from store.accesses import note_access


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `export` to the commands of `firstline audit`; `verify FILE` is added to `verify`."""
    says = "seal everything that is known of a ticket in one signed file"
    command = commands.add_parser("export", help=says, description=says)
    command.add_argument("number", metavar="NUMBER", help="the ticket, such as INC-7K3M9Q2M")
    command.add_argument("--to", type=Path, metavar="FILE", help="a new file (NUMBER.zip)")
    command.set_defaults(command=export)


def export(settings: Settings, options: argparse.Namespace) -> int:
    """Seal: 0 there is a package; 1 the ticket cannot be sealed; 2 the desk cannot be reached."""
    try:
        number = number_in(options.number)
        path = options.to or Path(f"{number}.zip")
        _check_new(path)
        with quiet():
            words = asyncio.run(_export(settings, number, path))
    except (*REFUSALS, NotSealed, NotWhole) as error:
        return refuse(error)
    print(words)
    return DONE


async def _export(settings: Settings, number: str, path: Path) -> str:
    """The access is written down before anything is taken out."""
    who = operator()
    now = datetime.now(UTC)
    with database(settings) as engine:
        bodies = Bodies(engine, settings.archive_url)
        sealer = Sealer(await connect(settings), engine, bodies, signing_key(settings))
        manifest, package = await sealer.seal(number, who, now)
        note_access(engine, who, "export", number, f"export-{uuid.uuid4().hex}", now)
        _write(path, package)
    not_archived = sum(not run.archived for run in manifest.runs)
    beware = f", {not_archived} of them not archived yet" if not_archived else ""
    for words in manifest.differs:
        print(f"firstline: beware: {words}", file=sys.stderr)
    return (
        f"{path}: {number}, {counted(len(manifest.runs), 'run')}{beware}, {len(package):,} bytes,"
        f" signed by key {manifest.key_id}"
    )


def _check_new(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise Refused(f"{path} is there already: name another file with --to")
    if not path.parent.is_dir():
        raise Refused(f"{path.parent} is no folder: make it, or name another with --to")


def _write(path: Path, package: bytes) -> None:
    """Never over another file, and for nobody else to read; what fails half way is removed."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{path} is there already: name another file with --to") from None
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(package)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink()
        raise Refused(f"{path} cannot be written: {error.strerror}") from error


def verify_file(path: Path, keys: Mapping[str, Ed25519PublicKey], replayed: bool) -> int:
    """Prove a package: 0 it is whole; 1 it is not; 2 there is no file. Needs nothing of a desk."""
    if not keys:
        return refuse(Refused("give the desk's public key: --key PUBLICKEY"))
    try:
        with quiet():
            for line in check_package(path, keys, replayed):
                print(line)
    except NoFile as error:
        return refuse(Refused(str(error)))
    except NotWhole as error:
        print(f"THE PACKAGE PROVES NOTHING: {error}")
        return FOUND
    return DONE
