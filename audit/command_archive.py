"""The commands of the archive: archive what is missing, verify, and what an auditor is given."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from activities.shapes import Swept
from audit.archiving import archiver
from audit.chain import Broken, Checkpoint
from audit.command_exits import DONE, FOUND, REFUSALS, Refused, counted, refuse
from audit.command_package import verify_file
from audit.keys import KeyRefused, key_id, public_key, public_text, signing_key
from audit.reaching import check_there, connect, database
from audit.targets import Bodies
from audit.verifying import Unfit, Verified, verify
from settings import Settings, SettingsError
from store.archive import newest_checkpoint
from store.engine import reading


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `archive`, `verify`, `checkpoint` and `key` to the commands of `firstline audit`."""
    says = "archive whatever has ended and is not in the archive yet"
    commands.add_parser("archive", help=says, description=says).set_defaults(command=archive)

    says = "walk the archive's chain and name the first record that was altered, removed or moved"
    whole = "prove a sealed package, which needs nothing of a desk but its public key; or: " + says
    checks = commands.add_parser("verify", help=says, description=whole)
    checks.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="a package; without one: the chain"
    )
    checks.add_argument(
        "--replay", action="store_true",
        help="of a package: make its timeline anew with this code, and compare",
    )  # fmt: skip
    checks.add_argument(
        "--checkpoint", type=Path, metavar="FILE",
        help="what `firstline audit checkpoint` printed once: the chain must still hold it",
    )  # fmt: skip
    checks.add_argument(
        "--key", action="append", default=[], metavar="PUBLIC",
        help="a public key, or a file with one, that may have signed too; can be repeated",
    )  # fmt: skip
    checks.set_defaults(command=check)

    says = "print the newest signed checkpoint, to be kept where nobody of this desk can change it"
    newest = commands.add_parser("checkpoint", help=says, description=says)
    newest.set_defaults(command=checkpoint)

    says = "print the public key that proves the archive's checkpoints"
    commands.add_parser("key", help=says, description=says).set_defaults(command=key)


def archive(settings: Settings, _: argparse.Namespace) -> int:
    """Archive what is missing, and report: 0 nothing is missing now; 1 some could not be."""
    try:
        swept = asyncio.run(_sweep(settings))
    except REFUSALS as error:
        return refuse(error)
    missing = f"{swept.found:,} histor{'y was' if swept.found == 1 else 'ies were'} missing"
    print(f"{missing}, {swept.archived:,} {'is' if swept.archived == 1 else 'are'} archived now")
    if not swept.failed:
        return DONE
    print(f"not archived, the log says why: {', '.join(swept.failed)}")
    return FOUND


async def _sweep(settings: Settings) -> Swept:
    with database(settings) as engine:
        return await archiver(await connect(settings), settings, engine).sweep()


def check(settings: Settings, options: argparse.Namespace) -> int:
    """Verify: 0 the chain is whole; 1 it is not; 2 it could not be seen."""
    if options.file is not None:
        return _check_file(options)
    if options.replay:
        return refuse(Refused("--replay is for a package: `firstline audit replay` is for tickets"))
    try:
        published = _published(options.checkpoint) if options.checkpoint else None
        with database(settings) as engine:
            keys = _keys(settings, options.key)
            found = verify(engine, Bodies(engine, settings.archive_url), keys, published)
    except Broken as broken:
        print(f"THE CHAIN IS BROKEN: {broken}")
        return FOUND
    except Unfit as unfit:
        print(in_words(unfit.found))
        print(f"BUT THE CHECKPOINT FILE DOES NOT FIT: {unfit}")
        return FOUND
    except REFUSALS as error:
        return refuse(error)
    print(in_words(found))
    return DONE


def _check_file(options: argparse.Namespace) -> int:
    """Of the keys only those that are given count: the desk's own may be anybody's here."""
    if options.checkpoint is not None:
        return refuse(Refused("--checkpoint is for the chain: a package holds its own"))
    try:
        keys = [public_key(_text(one)) for one in options.key]
    except KeyRefused as error:
        return refuse(error)
    return verify_file(options.file, {key_id(one): one for one in keys}, options.replay)


def in_words(found: Verified) -> str:
    """What was found, for the auditor's file."""
    if found.newest is None:
        return "0 records: nothing is archived yet"
    newest = found.newest
    seen = f"{counted(found.records, 'record')}, {counted(found.tickets, 'ticket')}"
    signed = f"signed by key {newest.key_id} at {newest.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{seen}: the chain is whole; head {newest.hash} {signed}"


def checkpoint(settings: Settings, _: argparse.Namespace) -> int:
    """Print the newest checkpoint as one line of JSON; 1 while there is none."""
    try:
        with database(settings) as engine, reading(engine) as connection:
            newest = newest_checkpoint(connection)
    except REFUSALS as error:
        return refuse(error)
    if newest is None:
        print("firstline: nothing is archived yet", file=sys.stderr)
        return FOUND
    print(newest.model_dump_json())
    return DONE


def key(settings: Settings, _: argparse.Namespace) -> int:
    """Print the public key."""
    try:
        check_there(settings)
        print(public_text(signing_key(settings).public_key()))
    except REFUSALS as error:
        return refuse(error)
    return DONE


def _keys(settings: Settings, given: list[str]) -> Mapping[str, Ed25519PublicKey]:
    """The keys that are trusted: this desk's own, unless it has none here, and those given."""
    keys = [public_key(_text(one)) for one in given]
    try:
        keys.append(signing_key(settings).public_key())
    except SettingsError:
        if not keys:
            raise
    return {key_id(one): one for one in keys}


def _text(key: str) -> str:
    path = Path(key)
    try:
        return path.read_text() if len(key) < 200 and path.is_file() else key
    except (OSError, UnicodeDecodeError):
        raise KeyRefused(f"{path} is no file with a public key that can be read") from None


def _published(path: Path) -> Checkpoint:
    try:
        return Checkpoint.model_validate(json.loads(path.read_text()))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, ValidationError):
        raise Refused(
            f"{path} is no checkpoint: give the line that `firstline audit checkpoint` printed"
        ) from None
