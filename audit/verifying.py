"""Is the archive as it was written? Every link, every signature and every history of it."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.chain import Broken, Checkpoint, Walk
from audit.keys import doubt
from audit.sealing import Damaged, unseal
from audit.targets import Bodies
from store.archive import Link, Unreadable, links, newest_checkpoint
from store.engine import reading
from store.reads import Engine

AT_ONCE = 16
"""Histories read at once: a bucket takes its time for each."""
CHUNK = 4 * AT_ONCE


class Unfit(Exception):
    """The chain is whole, as `found`, and the checkpoint that was kept elsewhere proves nothing."""

    def __init__(self, found: "Verified", words: str) -> None:
        super().__init__(words)
        self.found = found


class Verified(NamedTuple):
    """A chain that is whole, and its newest checkpoint."""

    records: int
    tickets: int
    newest: Checkpoint | None


def verify(
    engine: Engine,
    bodies: Bodies,
    keys: Mapping[str, Ed25519PublicKey],
    published: Checkpoint | None = None,
) -> Verified:
    """Go along the whole chain; `keys` by their id are those that may have signed it.

    `published` is a checkpoint that was kept elsewhere: the chain must hold it.

    Raises:
        Broken: naming the first record that was altered, removed or put elsewhere.
        Unfit: the chain is whole, but `published` is not what was signed.
        TargetAway: a history cannot be read now, so that nothing can be said.
    """
    if published is not None and (words := doubt(published, keys)):
        raise Unfit(verify(engine, bodies, keys), f"what was published proves nothing: {words}")
    # Asked first: the chain of a desk that runs grows while it is walked.
    with reading(engine) as connection:
        last = newest_checkpoint(connection)
    signed: dict[int, str] = {}
    walk, newest = Walk(signed), None
    try:
        for link, damage in _with_damages(links(engine), bodies):
            newest = _signed(link, walk.seq + 1, keys)
            signed[newest.seq] = newest.hash
            walk.step(link.entry)
            _compare(walk, published)
            if damage is not None:
                raise Broken(walk.seq, f"the history of {_name(link)} was altered: {damage}")
    except Unreadable as error:
        raise Broken(error.seq, str(error)) from error
    _check_end(walk, last, published)
    return Verified(walk.seq, len(walk.numbers), newest)


def _signed(link: Link, seq: int, keys: Mapping[str, Ed25519PublicKey]) -> Checkpoint:
    """The checkpoint of a record, if it proves anything; the record's place is checked later."""
    if link.checkpoint is None:
        # A record that is missing before this one is the first to be named.
        if link.entry.seq != seq:
            Walk(seq=seq - 1).step(link.entry)
        raise Broken(link.entry.seq, f"{_name(link)} has lost its checkpoint")
    if words := doubt(link.checkpoint, keys):
        raise Broken(link.entry.seq, words)
    return link.checkpoint


def _compare(walk: Walk, published: Checkpoint | None) -> None:
    if published is not None and walk.seq == published.seq and walk.head != published.hash:
        raise Broken(
            walk.seq,
            f"the chain was rewritten: record {walk.seq} is not the one that was published on"
            f" {published.at:%Y-%m-%d %H:%M:%S} UTC",
        )


def _check_end(walk: Walk, last: Checkpoint | None, published: Checkpoint | None) -> None:
    later = max((one.seq for one in (last, published) if one is not None), default=0)
    if later > walk.seq:
        raise Broken(
            walk.seq + 1,
            f"record {walk.seq + 1} was removed: the chain ends before it, and was signed up to"
            f" record {later}",
        )


def _with_damages(chain: Iterator[Link], bodies: Bodies) -> Iterator[tuple[Link, str | None]]:
    """Each record, and what is wrong with its history."""

    def damage(link: Link) -> str | None:
        body = bodies.get(link)
        if body is None:
            return f"it is not in {link.place}"
        try:
            unseal(link.entry, body)
        except Damaged as error:
            return str(error)
        return None

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="verify") as pool:
        while chunk := list(islice(chain, CHUNK)):
            yield from zip(chunk, pool.map(damage, chunk), strict=True)


def _name(link: Link) -> str:
    return f"record {link.entry.seq} ({link.entry.number}, run {link.entry.run})"
