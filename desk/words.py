"""What one ticket tells another: small, told at least once, and taken in once by its key."""

import hashlib
from typing import Annotated, Literal

from pydantic import Field

from desk.model import Frozen, absent, empty
from desk.related_events import Why
from desk.ticket import LinkKind


class Tied(Frozen):
    """The sender was linked to the hearer; `kind` is the link as the hearer has it."""

    word: Literal["tied"] = "tied"
    kind: LinkKind


class Untied(Frozen):
    """The link was taken off; `kind` as the hearer has it."""

    word: Literal["untied"] = "untied"
    kind: LinkKind


class NotTied(Frozen):
    """An answer: the link cannot be; `kind` as the hearer, who asked for it, has it."""

    word: Literal["not_tied"] = "not_tied"
    kind: LinkKind
    because: Why


class MergedInto(Frozen):
    """The sender was merged into the hearer; what it is of, and whether everybody may see it."""

    word: Literal["merged"] = "merged"
    customer: str
    confidential: bool


class NotMerged(Frozen):
    """An answer: the hearer, who was merged into the sender, has to go on by itself."""

    word: Literal["not_merged"] = "not_merged"
    because: Why


class Parted(Frozen):
    """The sender, which was merged into the hearer, goes on by itself."""

    word: Literal["parted"] = "parted"


class IsResolved(Frozen):
    """The sender is resolved, and so are those that go with it."""

    word: Literal["resolved"] = "resolved"
    code: str
    text: str


class IsReopened(Frozen):
    """The sender was not resolved after all."""

    word: Literal["reopened"] = "reopened"


class IsOver(Frozen):
    """The sender came to no result."""

    word: Literal["over"] = "over"


class RequesterWrote(Frozen):
    """The requester of the sender, which is merged into the hearer, has written.

    Or that of `origin`, which is merged into the sender: `passed_on` counts those in between.
    """

    word: Literal["wrote"] = "wrote"
    passed_on: int = Field(default=0, exclude_if=empty)
    origin: str | None = Field(default=None, exclude_if=absent)


class Below(Frozen):
    """`origin` is below the hearer, so many `hops` further down than the sender.

    Whoever hears this of itself is above and below others: in a ring, which no look could find
    while its links were made at one instant.
    """

    word: Literal["below"] = "below"
    origin: str
    hops: int = Field(default=0, exclude_if=empty)


Saying = Annotated[
    Tied
    | Untied
    | NotTied
    | MergedInto
    | NotMerged
    | Parted
    | IsResolved
    | IsReopened
    | IsOver
    | RequesterWrote
    | Below,
    Field(discriminator="word"),
]


class Word(Frozen):
    """One thing told: by the ticket `sender`, because of what `actor` did."""

    key: str
    sender: str
    what: Saying
    actor: str | None
    correlation: str


class Addressed(Frozen):
    """A word, and the number of the ticket that it is for."""

    to: str
    word: Word


def key_of(sender: str, cause: str, to: str, what: Saying) -> str:
    """The same for the same word, which follows from the event (or word) `cause`."""
    said = f"{sender}\n{cause}\n{to}\n{what.model_dump_json()}"
    return hashlib.sha256(said.encode()).hexdigest()[:24]
