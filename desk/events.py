"""What happened to a ticket: one tagged union; the timeline is these, in order."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from desk.about import About
from desk.clock import Clock
from desk.ladder import Action
from desk.model import Frozen, Instant, Text, absent, empty
from desk.order import Answers
from desk.people import GroupRef
from desk.related_events import Related
from desk.steps import Step
from desk.ticket import Kind, Level, Priority, Reported
from desk.vendor_events import VendorEnded, VendorUnreached, WithVendor


class Opened(Frozen):
    """The ticket was opened, as reported; a complaint says what it is about."""

    event: Literal["opened"] = "opened"
    summary: str
    description: str | None
    reported: Reported
    requester: str
    channel: str
    about: About | None = Field(default=None, exclude_if=absent)


class StepTaken(Frozen):
    """A person took a step."""

    event: Literal["step"] = "step"
    step: Step


class Prioritised(Frozen):
    """The matrix of `policy_version` gave a priority for an impact and an urgency."""

    event: Literal["prioritised"] = "prioritised"
    impact: Level
    urgency: Level
    priority: Priority
    before: Priority | None
    policy_version: str


class Routed(Frozen):
    """The ticket came to a group: by routing, by a person, or by a rung."""

    event: Literal["routed"] = "routed"
    group: GroupRef
    before: GroupRef | None
    by: Literal["routing", "person", "rung"]
    bounced: bool = False
    reason: str | None = None


class HandedOff(Frozen):
    """A hand-off was carried out: who of the group is on duty, and was told who sent it and why."""

    event: Literal["handed_off"] = "handed_off"
    group: str
    duty: str | None
    by: str | None = None
    reason: str | None = None


class Breached(Frozen):
    """A target was missed: its whole length was spent."""

    event: Literal["breached"] = "breached"
    target: str
    group: str | None
    length: timedelta
    due: Instant
    late_by: timedelta


class RungFired(Frozen):
    """A rung of a ladder fired for the nth time (0 = the rung itself)."""

    event: Literal["rung_fired"] = "rung_fired"
    target: str
    ladder: str
    rung: str
    nth: int
    percent: int
    actions: tuple[Action, ...]
    due: Instant
    target_due: Instant | None
    late_by: timedelta
    policy_version: str


class Called(Frozen):
    """What a rung called by name has ended."""

    event: Literal["called"] = "called"
    name: str
    done: bool
    note: str


class WaitOver(Frozen):
    """A wait ended by itself: its date came, or the requester answered, or never did."""

    event: Literal["wait_over"] = "wait_over"
    because: Literal["date", "answer", "hand_off", "decision", "vendor", "silence"]


class ConfirmationAsked(Frozen):
    """The requester was reminded to confirm the resolution."""

    event: Literal["confirmation_asked"] = "confirmation_asked"
    nth: int


class ClosedBySilence(Frozen):
    """Nobody answered for so many working days after the resolution."""

    event: Literal["closed_by_silence"] = "closed_by_silence"
    working_days: int
    policy_version: str


class Adopted(Frozen):
    """The ticket moved to other rules; `terms_before` names its terms of until then."""

    event: Literal["adopted"] = "adopted"
    before: str
    policy_version: str
    terms_before: str | None = Field(default=None, exclude_if=absent)


class Retired(Frozen):
    """The reopening window has passed: nothing can happen to the ticket any more."""

    event: Literal["retired"] = "retired"


class Refused(Frozen):
    """A machine sent a step that could not be taken; nothing was changed.

    `said` is what a `vendor` wrote that nobody waited for: it is kept nowhere else.
    """

    event: Literal["refused"] = "refused"
    step: str
    reason: str
    vendor: str | None = Field(default=None, exclude_if=absent)
    said: Text | None = Field(default=None, exclude_if=absent)


class Ordered(Frozen):
    """An item of the catalogue was ordered, or its answers were changed: `form` counts them."""

    event: Literal["ordered"] = "ordered"
    item: str
    answers: Answers
    form: int


class ApprovalAsked(Frozen):
    """The approvers of a stage were asked: so many of so many are needed."""

    event: Literal["approval_asked"] = "approval_asked"
    stage: str
    needs: int
    of: int


class ApprovalEnded(Frozen):
    """A stage of approval is over."""

    event: Literal["approval_ended"] = "approval_ended"
    stage: str
    how: Literal["approved", "rejected", "timed_out", "withdrawn"]


class TaskOpened(Frozen):
    """A task of the fulfilment began: a group's, or one that the desk does by itself."""

    event: Literal["task_opened"] = "task_opened"
    task: str
    group: str
    machine: bool


class TaskEnded(Frozen):
    """A task was done, could not be done, was taken back, or is not needed any more.

    One that is `kept` was done, and nothing takes it back by itself though the order has ended.
    """

    event: Literal["task_ended"] = "task_ended"
    task: str
    how: Literal["done", "failed", "undone", "dropped", "kept"]
    note: str | None = None


class Became(Frozen):
    """The ticket is of another kind from now on.

    `said` is the reason that was given. `clocks` are those of the former kind as they ended: those
    of the new one take their places.
    """

    event: Literal["became"] = "became"
    kind: Kind
    before: Kind
    said: str | None = Field(default=None, exclude_if=absent)
    clocks: tuple[Clock, ...] = Field(default=(), exclude_if=empty)


class Fulfilled(Frozen):
    """Every task of the order is done."""

    event: Literal["fulfilled"] = "fulfilled"


class OrderEnded(Frozen):
    """The order has ended early, and nothing that was done for it is left to be taken back."""

    event: Literal["order_ended"] = "order_ended"
    how: Literal["withdrawn", "unfulfilled"]


class AnswerAsked(Frozen):
    """The requester was reminded of an approver's question, for the nth time."""

    event: Literal["answer_asked"] = "answer_asked"
    nth: int


class Unanswered(Frozen):
    """A question is still open after so many reminders: whoever asked it was told."""

    event: Literal["unanswered"] = "unanswered"
    reminders: int


What = Annotated[
    Opened
    | StepTaken
    | Prioritised
    | Routed
    | HandedOff
    | Breached
    | RungFired
    | Called
    | WaitOver
    | ConfirmationAsked
    | ClosedBySilence
    | Adopted
    | Retired
    | Refused
    | Ordered
    | ApprovalAsked
    | ApprovalEnded
    | TaskOpened
    | TaskEnded
    | Became
    | Related
    | WithVendor
    | VendorEnded
    | VendorUnreached
    | Fulfilled
    | OrderEnded
    | AnswerAsked
    | Unanswered,
    Field(discriminator="event"),
]


class Event(Frozen):
    """One entry of the timeline, ordered by (version, index).

    `id` is the update's id (or the timer's instant) and a counter; `actor` is a person's id, or
    None for the desk itself; `internal` entries are never shown to a requester.
    """

    id: str
    version: int
    index: int
    at: Instant
    actor: str | None
    via: str
    correlation: str
    internal: bool
    what: What
