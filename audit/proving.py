"""Proving a package on a machine that has nothing else than the package and the public key."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.json_format import ParseError
from pydantic import ValidationError
from temporalio.client import WorkflowHistory

from audit.account import Chain, Vouched, derive
from audit.chain import Checkpoint, entry_hash
from audit.code import code_version
from audit.evidence import Evidence
from audit.keys import doubt
from audit.opening import Package, opened, read_file
from audit.package import (
    CHAIN,
    TICKET,
    Manifest,
    NotWhole,
    Run,
    file_of,
)
from audit.replay import gaps, replay
from audit.sealing import has_ended
from audit.telling import cut_in_words, instant
from audit.travel import Standing

Keys = Mapping[str, Ed25519PublicKey]


def check_package(path: Path, keys: Keys, replayed: bool = False) -> Iterator[str]:
    """Each thing that is proved, in a line, as it is; `keys` by their id are the trusted ones.

    `replayed` also makes the account anew from the histories, with the code of this checkout.

    Raises:
        NoFile: there is no file that can be read.
        NotWhole: saying the first thing that is wrong.
    """
    package = opened(read_file(path), keys)
    manifest = package.manifest
    yield (
        f"{manifest.number}, sealed at {instant(manifest.made_at)} UTC by {manifest.made_by}"
        f" with version {manifest.code_version}: signed by key {package.signed_by}"
    )
    yield f"{len(package.files)} files: all there, and each as it was sealed"
    evidence = _evidence(package)
    events = sum(run.events for run in manifest.runs)
    yield f"histories: {events:,} events in {len(manifest.runs)} runs, without a gap"
    yield from _chain(package, keys)
    if replayed:
        yield from _replayed(package, evidence)
    else:
        yield "timeline, ticket and terms: not replayed, and so as the desk said; give --replay"
        yield "the package is whole"


def _evidence(package: Package) -> Evidence:
    manifest = package.manifest
    histories = []
    for run in manifest.runs:
        history = _history(run, package.files[run.file], manifest.number)
        if (history.run_id, len(history.events)) != (run.run_id, run.events):
            raise NotWhole(f"{run.file} is of another run than the manifest says")
        if has_ended(history) != run.ended:
            raise NotWhole(f"{run.file} has ended otherwise than the manifest says")
        histories.append(history)
    evidence = Evidence(manifest.number, tuple(histories))
    for words in gaps(evidence):
        raise NotWhole(f"the histories are not whole: {words}")
    return evidence


def _history(run: Run, exact: bytes, number: str) -> WorkflowHistory:
    try:
        history = WorkflowHistory.from_json(number, exact.decode())
    except (ValueError, ParseError, RecursionError) as error:
        raise NotWhole(f"{run.file} is no history") from error
    if not history.events:
        raise NotWhole(f"{run.file} is no history")
    started = history.events[0].workflow_execution_started_event_attributes
    if started.workflow_id != number:
        raise NotWhole(f"{run.file} is of {started.workflow_id or 'nothing'}, and not of {number}")
    return history


def _chain(package: Package, keys: Keys) -> Iterator[str]:
    chain = _parsed_chain(package.files[CHAIN])
    manifest = package.manifest
    archived = [run for run in manifest.runs if run.archived]
    if [run.run_id for run in archived] != [one.entry.run_id for one in chain.records]:
        raise NotWhole(f"{CHAIN} holds other records than the manifest says")
    before: Vouched | None = None
    for run, one in zip(archived, chain.records, strict=True):
        _record(manifest, run, one, package.files[run.file])
        _links(before, one)
        _signed(one.checkpoint, keys)
        before = one
        yield (
            f"{run.file}: what was archived as record {one.entry.seq} of the chain, signed by key"
            f" {one.checkpoint.key_id} at {instant(one.checkpoint.at)} UTC"
        )
    for run in manifest.runs:
        if not run.archived:
            yield f"{run.file}: not archived when it was sealed; only the seal vouches for it"
    yield _newest(chain, keys)


def _record(manifest: Manifest, run: Run, one: Vouched, exact: bytes) -> None:
    entry, place = one.entry, manifest.runs.index(run) + 1
    name = f"record {entry.seq} of the chain"
    if (entry.number, entry.run) != (manifest.number, place):
        raise NotWhole(f"{name} is of run {entry.run} of {entry.number}, and not of {run.file}")
    file = file_of(run.file, exact)
    if (file.size, file.sha256) != (entry.size, entry.sha256):
        raise NotWhole(f"{run.file} is not what was archived as record {entry.seq}")
    if entry.events != run.events:
        raise NotWhole(f"{name} tells of {entry.events} events, and {run.file} has {run.events}")
    if (one.checkpoint.seq, one.checkpoint.hash) != (entry.seq, entry_hash(entry)):
        raise NotWhole(f"{name} was altered: it is not what was signed")


def _links(before: Vouched | None, one: Vouched) -> None:
    if before is None:
        return
    if one.entry.seq <= before.entry.seq:
        raise NotWhole(f"record {one.entry.seq} of the chain is out of order")
    follows = one.entry.seq == before.entry.seq + 1
    if follows and one.entry.previous != before.checkpoint.hash:
        raise NotWhole(f"record {one.entry.seq} of the chain does not follow the one before it")


def _signed(checkpoint: Checkpoint, keys: Keys) -> None:
    if words := doubt(checkpoint, keys):
        raise NotWhole(words)


def _newest(chain: Chain, keys: Keys) -> str:
    newest = chain.newest
    if newest is None:
        if chain.records:
            raise NotWhole("the chain's newest checkpoint was removed")
        return "chain: nothing was archived yet when it was sealed"
    _signed(newest, keys)
    last = chain.records[-1].checkpoint if chain.records else None
    if last is not None and (
        newest.seq < last.seq or (newest.seq == last.seq and newest.hash != last.hash)
    ):
        raise NotWhole("the chain's newest checkpoint is not its newest")
    return f"chain: it stood at record {newest.seq}, {newest.hash}, at {instant(newest.at)} UTC"


def _parsed_chain(data: bytes) -> Chain:
    try:
        return Chain.model_validate_json(data)
    except ValidationError:
        raise NotWhole(f"{CHAIN} is not what a package holds") from None


def _replayed(package: Package, evidence: Evidence) -> Iterator[str]:
    manifest = package.manifest
    lived = asyncio.run(replay(evidence))
    code = f"replayed with version {code_version()}, sealed with {manifest.code_version}"
    if tuple(lived.wrong) != manifest.differs:
        words = "; ".join(lived.wrong) or "nothing differs now, and did when it was sealed"
        raise NotWhole(f"{code}: {words}")
    try:
        at = Standing.model_validate_json(package.files[TICKET]).at
    except ValidationError:
        raise NotWhole(f"{TICKET} is not what a package holds") from None
    for name, data in derive(lived, at).files().items():
        if package.files[name] != data:
            raise NotWhole(f"{code}: {name} is not what the histories tell")
    beware = f"; as then: {'; '.join(lived.wrong)}" if lived.wrong else ""
    yield f"{code}: timeline, ticket and terms are what the histories tell{beware}"
    if lived.cut is None:
        yield "the package is whole"
    else:
        yield f"the package is whole as it was sealed, but {cut_in_words(lived.cut)}"
