"""What was ordered, as it stands: who has approved it, and which of its tasks are done."""

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


class Decided(Frozen):
    """What an approver said."""

    person: str
    at: Instant
    verdict: Literal["approved", "rejected"]
    reason: str | None = None


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
    or ended without a result.
    """

    task: str
    group: str
    state: WorkState
    at: Instant | None = None
    by: str | None = None
    note: str | None = None
    turn: int = 0


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
    """The place of the slot that the actor may decide now; None when there is none.

    Four eyes: never the requester, nor whom it is for, nor the same person twice.
    """
    if order.phase is not Phase.APPROVAL:
        return None
    if not order.own and actor.person in (requester, order.wanted_for):
        return None
    if any(slot.decided and slot.decided.person == actor.person for slot in order.slots):
        return None
    fits = [_fit(actor, slot, order.escalated_to) for slot in order.slots]
    best = min((fit for fit in fits if fit is not None), default=None)
    return None if best is None else fits.index(best)


def _fit(actor: Actor, slot: Slot, escalated_to: Approver | None) -> int | None:
    """How closely the slot is the actor's: the less, the more; None when it is not.

    Whoever is asked by name leaves the place of a group or role to those who are not.
    """
    if slot.decided is not None:
        return None
    if slot.delegate == actor.person:
        return 0
    if _is(actor, slot.approver):
        return 0 if isinstance(slot.approver, ByPerson) else 1
    return 2 if escalated_to is not None and _is(actor, escalated_to) else None


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
