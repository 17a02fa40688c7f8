"""What was ordered, as it stands: who has approved it, and which of its tasks are done."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from desk.catalogue import Approver, ByGroup, ByPerson, ByRole
from desk.model import Frozen, Instant
from desk.people import Actor

Answers = dict[str, JsonValue]


class Phase(StrEnum):
    """Where an order stands."""

    APPROVAL = "approval"
    FULFILMENT = "fulfilment"
    UNDOING = "undoing"
    DONE = "done"
    ENDED = "ended"


NEVER = datetime(1, 1, 2, tzinfo=UTC)


class Decided(Frozen):
    """What an approver said; `fits` are the places of the slots that they could decide."""

    person: str
    at: Instant
    verdict: Literal["approved", "rejected"]
    reason: str | None = None
    fits: tuple[int, ...] = ()


class Slot(Frozen):
    """One approver who is asked, whom they passed it on to, and what they decided."""

    approver: Approver
    delegate: str | None = None
    decided: Decided | None = None


WorkState = Literal[
    "later", "open", "machine", "failed", "done", "undo", "undo_failed", "undone", "dropped"
]


class Work(Frozen):
    """A task of the fulfilment: `machine` while an activity is at it, `failed` once it gave up.

    A failed one is a person's. `undo` is being taken back, `undone` was; `dropped` never began,
    or ended without a result. `unsure` is a failed one of which nobody knows whether it was done.
    """

    task: str
    group: str
    state: WorkState
    at: Instant | None = None
    by: str | None = None
    note: str | None = None
    turn: int = 0
    unsure: bool = False


WITH_PEOPLE = ("open", "failed", "undo_failed")
WITH_MACHINES = ("machine", "undo")


class Order(Frozen):
    """An item with its answers; `form` counts the answers that were sent, from 1.

    `stage` is the approval that is asked for now, with a slot for each approver; `given` are all
    earlier decisions on these answers; `asked_by` has a question. `done` counts the tasks that
    were done, so that each one's `turn` says in which order they are taken back; `ending` says
    why they are.
    """

    item: str
    title: str
    answers: Answers
    wanted_for: str
    cost_centre: str | None = None
    price: str | None = None
    phase: Phase
    form: int = 1
    stage: str | None = None
    needs: int = 0
    slots: tuple[Slot, ...] = ()
    escalated_to: Approver | None = None
    own: bool = False
    given: tuple[Decided, ...] = ()
    asked_by: str | None = None
    works: tuple[Work, ...] = ()
    done: int = 0
    ending: Literal["withdrawn", "unfulfilled"] | None = None

    @property
    def decisions(self) -> tuple[Decided, ...]:
        """Everything that was decided on these answers, the latest stage last."""
        return (*self.given, *(slot.decided for slot in self.slots if slot.decided))

    @property
    def at_machines(self) -> tuple[Work, ...]:
        """The tasks that an activity is at, or is to take back."""
        return tuple(work for work in self.works if work.state in WITH_MACHINES)

    def work(self, task: str) -> Work | None:
        """A task by its key."""
        return next((work for work in self.works if work.task == task), None)


def slot_of(actor: Actor, order: Order, requester: str) -> int | None:
    """The place that the actor's decision would have now; None when they may not decide.

    Four eyes: never the requester, nor whom it is for, nor the same person twice.
    """
    if order.phase is not Phase.APPROVAL:
        return None
    if not order.own and actor.person in (requester, order.wanted_for):
        return None
    taken = [slot.decided for slot in order.slots]
    if any(one is not None and one.person == actor.person for one in taken):
        return None
    own = Decided(person=actor.person, at=NEVER, verdict="approved", fits=fits_of(actor, order))
    return taken.index(own) if _placed(own, taken, set()) else None


def with_decision(slots: tuple[Slot, ...], decided: Decided) -> tuple[Slot, ...]:
    """The slots with one decision more; those who also fit elsewhere make room for it."""
    taken = [slot.decided for slot in slots]
    _placed(decided, taken, set())
    pairs = zip(slots, taken, strict=True)
    return tuple(slot.model_copy(update={"decided": one}) for slot, one in pairs)


def fits_of(actor: Actor, order: Order) -> tuple[int, ...]:
    """The places of the slots that are the actor's, those under their own name first."""
    fits = [(_fit(actor, slot, order.escalated_to), n) for n, slot in enumerate(order.slots)]
    return tuple(n for fit, n in sorted(fits) if fit < NO_FIT)


def _placed(decided: Decided, taken: list[Decided | None], seen: set[int]) -> bool:
    """Give the decision a place, moving others if need be: an augmenting path (Kuhn, 1955)."""
    for place in decided.fits:
        if place in seen:
            continue
        seen.add(place)
        other = taken[place]
        if other is None or _placed(other, taken, seen):
            taken[place] = decided
            return True
    return False


NO_FIT = 4


def _fit(actor: Actor, slot: Slot, escalated_to: Approver | None) -> int:
    """How closely the slot is the actor's: the less, the more."""
    if _is(actor, slot.approver):
        return 0 if isinstance(slot.approver, ByPerson) else 2
    if slot.delegate == actor.person:
        return 1
    return 3 if escalated_to is not None and _is(actor, escalated_to) else NO_FIT


def _is(actor: Actor, approver: Approver) -> bool:
    match approver:
        case ByPerson(person=person):
            return actor.person == person
        case ByRole(role=role):
            return actor.has(role)
        case ByGroup(group=group):
            return group in actor.groups
        case _:
            return False


def works_for(actor: Actor, order: Order) -> tuple[Work, ...]:
    """The tasks that wait for the actor's groups."""
    return tuple(w for w in order.works if w.state in WITH_PEOPLE and w.group in actor.groups)
