"""Who works on a ticket outside of the desk, and by which names that is known."""

from collections.abc import Iterable

from pydantic import Field

from desk.model import Frozen, Instant, absent

CLOCK = "uc_"
"""What the target of an underpinning contract begins with; the vendor's id follows."""
ACTOR = "vendor:"


class AtVendor(Frozen):
    """A vendor that the ticket is with; where it `pauses`, the customer's clocks wait for it.

    `reference` is what the vendor calls it, and `heard` when it last said something that was not
    yet its answer.
    """

    vendor: str
    since: Instant
    reference: str | None = None
    pauses: bool
    heard: Instant | None = Field(default=None, exclude_if=absent)


def is_held(vendors: Iterable[AtVendor]) -> bool:
    """Whether the customer's clocks wait, by the contract of one of those at work."""
    return any(at.pauses for at in vendors)


def clock_of(vendor: str) -> str:
    """The target of the vendor's contract."""
    return f"{CLOCK}{vendor}"


def of_clock(target: str) -> str | None:
    """The vendor whose contract the target is of, if it is of one."""
    return target.removeprefix(CLOCK) if target.startswith(CLOCK) else None


def actor_of(vendor: str) -> str:
    """The vendor as somebody who acts; also how its calendar and its ladder are called."""
    return f"{ACTOR}{vendor}"


def told_by(key: str) -> str | None:
    """The vendor that the message of that key is to, if it is to one."""
    return of_actor(key.rsplit("/", 2)[-2])


def message_of(key: str) -> str:
    """What the vendor is told by the message of that key: asked, told, chased and so on."""
    return key.rsplit("/", 3)[1].removeprefix("vendor_")


def of_actor(actor: str | None) -> str | None:
    """The vendor that acted, if it was one."""
    return actor.removeprefix(ACTOR) if actor is not None and actor.startswith(ACTOR) else None
