"""What goes into a ticket's workflow, and what it carries from one run to the next."""

from typing import Literal

from pydantic import BaseModel, Field

from desk.events import Event
from desk.model import Frozen, empty
from desk.opening import Opening
from desk.record import Notice
from desk.terms import Terms
from desk.ticket import Ticket
from desk.words import Addressed


class UsedKey(Frozen):
    """An idempotency key that a step was taken under, and the digest of that step's body."""

    key: str
    body_hash: str


class PendingHandOff(Frozen):
    """A hand-off that is still to be carried out; `event` is the event that it follows from."""

    event: str
    group: str
    by: str | None
    reason: str | None
    correlation: str


class PendingCall(Frozen):
    """An activity that a rung called by name and that has not ended yet."""

    event: str
    name: str
    correlation: str


class State(BaseModel):
    """Everything a ticket's workflow knows; the one thing that it carries on.

    `unrecorded` and `untold` are what the store has not confirmed, and `recorded` is the place
    after what it has. `refused` are keys of machines' steps, `undelivered` those of messages.
    `words` are still to be said to other tickets, `heard` the keys of theirs. `run` counts the runs
    of the chain from 1.
    """

    ticket: Ticket
    terms: Terms
    terms_digest: str
    terms_recorded: bool = False
    keys: list[UsedKey] = []
    refused: list[str] = Field(default=[], exclude_if=empty)
    unrecorded: list[Event] = []
    untold: list[Notice] = []
    recorded: tuple[int, int] = (1, 0)
    undelivered: list[str] = []
    hand_offs: list[PendingHandOff] = []
    calls: list[PendingCall] = []
    words: list[Addressed] = []
    heard: list[str] = []
    run: int = 1

    @property
    def settled(self) -> bool:
        """Whether nothing is left to record, to tell or to carry out."""
        at_machines = self.ticket.order is not None and self.ticket.order.at_machines
        outside = self.undelivered or self.hand_offs or self.calls or self.words or at_machines
        return not (self.unrecorded or outside)


class Start(Frozen):
    """The start input: the opening, and after a continue-as-new the state so far."""

    opening: Opening
    carried: State | None = None


KeyUse = Literal["new", "same", "other"]
"""Whether an idempotency key was never used, used for this very step, or for another."""


class OpenedCheck(Frozen):
    """Which opening the caller means, and the digest of the body that it sent."""

    opening_id: str
    body_hash: str = ""
