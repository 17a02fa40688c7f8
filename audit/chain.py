"""The chain of the archive: each record holds the hash of the one before, so none is changed alone.

Nothing here reads or writes anything: the records and what was signed of them are handed in.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from desk.record import canonical
from store.entries import Checkpoint as Checkpoint
from store.entries import Entry as Entry

NOTHING_BEFORE = "0" * 64
"""What the first record of a chain follows."""


class Broken(Exception):
    """The chain is not as it was written; `seq` is the first record of which that is so."""

    def __init__(self, seq: int, words: str) -> None:
        super().__init__(words)
        self.seq = seq


def entry_hash(entry: Entry) -> str:
    """SHA-256 of the entry's canonical JSON, as hexadecimal text."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def to_sign(checkpoint: Checkpoint) -> bytes:
    """What a checkpoint's signature is over: its canonical JSON, with no signature in it."""
    return canonical(checkpoint.model_copy(update={"signature": ""}))


@dataclass
class Walk:
    """Goes along a chain from its first entry, one `step` an entry, and breaks off where it ends.

    `signed` is what is known of the chain for certain: the hashes by seq. The more of them, the
    more exactly the first altered record is named: without any, an altered one is told from the
    next only by the link between them.
    """

    signed: Mapping[int, str] = field(default_factory=dict)
    seq: int = 0
    head: str = NOTHING_BEFORE
    numbers: set[str] = field(default_factory=set)

    def step(self, entry: Entry) -> None:
        """Go on to the next entry.

        Raises:
            Broken: it does not follow, or is not what was signed.
        """
        seq = self.seq + 1
        if entry.seq > seq:
            raise Broken(seq, f"record {seq} was removed: after record {self.seq} comes record"
                              f" {entry.seq}")  # fmt: skip
        if entry.seq < seq:
            raise Broken(seq, f"record {seq} is out of order: record {entry.seq} is in its place")
        if entry.previous != self.head:
            self._break_link(entry)
        head = entry_hash(entry)
        if self.signed.get(seq, head) != head:
            raise Broken(seq, f"{_name(entry)} was altered: it is not what was signed")
        self.seq, self.head = seq, head
        self.numbers.add(entry.number)

    def end(self) -> None:
        """The chain ends here.

        Raises:
            Broken: something was signed that comes later.
        """
        later = max(self.signed, default=0)
        if later > self.seq:
            raise Broken(
                self.seq + 1,
                f"record {self.seq + 1} was removed: the chain ends before it, and was signed up"
                f" to record {later}",
            )

    def _break_link(self, entry: Entry) -> None:
        if self.seq == 0 or self.signed.get(self.seq) == self.head:
            raise Broken(
                entry.seq,
                f"{_name(entry)} was altered or has changed places: it does not follow the record"
                " before it",
            )
        raise Broken(
            self.seq,
            f"record {self.seq} was altered: record {entry.seq} followed another one",
        )


def walk(entries: Iterable[Entry], signed: Mapping[int, str] | None = None) -> Walk:
    """Go along a whole chain.

    Raises:
        Broken: naming the first record that was altered, removed or put elsewhere.
    """
    found = Walk(signed or {})
    for entry in entries:
        found.step(entry)
    found.end()
    return found


def _name(entry: Entry) -> str:
    return f"record {entry.seq} ({entry.number}, run {entry.run})"
