"""What happened between two tickets; `other` is the number of the one that it is not told on."""

from typing import Literal

from desk.model import Frozen
from desk.ticket import LinkKind

Why = Literal[
    "merged", "over", "kind", "customer", "confidential", "full", "given", "ring", "parent",
    "not_tied", "gone",
]  # fmt: skip
"""Why a ticket did not do what another asked: it is merged itself, it is over, it is of another
kind or customer, one of both alone is confidential, it has as many links as it may, is moved in,
would make a ring, has a parent, is not tied to the other (any more), or has ended or never was."""


class Linked(Frozen):
    """Another ticket was linked to this one."""

    event: Literal["linked"] = "linked"
    kind: LinkKind
    other: str


class Unlinked(Frozen):
    """A link to another ticket was taken off: by a person there, or as that one refused it."""

    event: Literal["unlinked"] = "unlinked"
    kind: LinkKind
    other: str
    refused: Why | None = None


class Merged(Frozen):
    """The ticket was merged into another, and ends with it."""

    event: Literal["merged"] = "merged"
    other: str


class SplitOff(Frozen):
    """The ticket goes on by itself: a person said so, or the other cannot take it along."""

    event: Literal["split_off"] = "split_off"
    other: str
    because: Literal["person", "ended"] | Why
    said: str | None = None


class Absorbed(Frozen):
    """Another ticket was merged into this one."""

    event: Literal["absorbed"] = "absorbed"
    other: str


class Released(Frozen):
    """Another ticket that was merged into this one goes on by itself."""

    event: Literal["released"] = "released"
    other: str


class ResolvedWith(Frozen):
    """It was resolved as another was: its parent, or the one that it was merged into."""

    event: Literal["resolved_with"] = "resolved_with"
    other: str
    code: str
    text: str


class Heard(Frozen):
    """News of another ticket, which changes nothing here; `because` says why, where it might."""

    event: Literal["heard"] = "heard"
    other: str
    word: str
    because: Why | None = None


class Unheard(Frozen):
    """Another ticket could not be told: it has ended for good, or there is none."""

    event: Literal["unheard"] = "unheard"
    other: str
    word: str


Related = (
    Linked | Unlinked | Merged | SplitOff | Absorbed | Released | ResolvedWith | Heard | Unheard
)
