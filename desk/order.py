"""What was ordered, as it stands: who has approved it, and which of its tasks are done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from desk.catalogue import Approver, ByGroup, ByPerson, ByRole
from desk.model import Frozen, Instant, absent, empty
from desk.people import Actor
from desk.question import Question
from desk.wish import wish_of

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
    """What an approver said; `fits` are the places of the slots that they could decide.

    A deputy decides `instead_of` somebody who is away; `behalf` says it of each of the `fits`.
    `passed_by` is who has passed the decision on to them.
    """

    person: str
    at: Instant
    verdict: Literal["approved", "rejected"]
    reason: str | None = None
    fits: tuple[int, ...] = ()
    behalf: tuple[str | None, ...] = Field(default=(), exclude_if=empty)
    instead_of: str | None = Field(default=None, exclude_if=absent)
    passed_by: str | None = Field(default=None, exclude_if=absent)

    def placed(self, place: int) -> "Decided":
        """The decision in one of the slots that it fits."""
        if not self.behalf:
            return self
        instead_of = self.behalf[self.fits.index(place)]
        return self.model_copy(update={"instead_of": instead_of})


class Slot(Frozen):
    """One approver who is asked, to whom it was `passed_by` somebody, and what was decided."""

    approver: Approver
    delegate: str | None = None
    decided: Decided | None = None
    passed_by: str | None = Field(default=None, exclude_if=absent)


WorkState = Literal[
    "later",
    "open",
    "machine",
    "failed",
    "done",
    "undo",
    "undo_failed",
    "undone",
    "dropped",
    "impossible",
]


class Work(Frozen):
    """A task of the fulfilment: `machine` while an activity is at it, `failed` once it gave up.

    A failed one is a person's. `undo` is being taken back, `undone` was; `dropped` never began,
    or ended without a result, and of an `impossible` one a person said that it cannot be done.
    `unsure` is a failed one of which nobody knows whether it was done. What was done and has to
    be done again keeps its result as the `note`; `again` is why.
    """

    task: str
    group: str
    state: WorkState
    at: Instant | None = None
    by: str | None = None
    note: str | None = None
    turn: int = 0
    unsure: bool = False
    again: str | None = Field(default=None, exclude_if=absent)


WITH_PEOPLE = ("open", "failed", "undo_failed")
WITH_MACHINES = ("machine", "undo")


class Order(Frozen):
    """An item with its answers; `form` counts the answers that were sent, from 1.

    `stage` is the approval that is asked for now, with a slot for each approver; `given` are all
    earlier decisions on these answers; `asked_by` has a question, since `asked_at`, of which the
    requester was `reminded` so many times. `done` counts the tasks that were done, so that each
    one's `turn` says in which order they are taken back; `ending` says how it ended early, by
    `ended_by`, and `because` of what. What an agent made of an incident was `ordered_by` them,
    `since` that version.
    `questions` are the latest ones; a stage `lapses` that is rejected once its time is over;
    `asked_before` was, and need not any more, whoever is not known by a decision.
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
    asked_at: Instant | None = Field(default=None, exclude_if=absent)
    reminded: int = Field(default=0, exclude_if=empty)
    ordered_by: str | None = Field(default=None, exclude_if=absent)
    ended_by: str | None = Field(default=None, exclude_if=absent)
    because: str | None = Field(default=None, exclude_if=absent)
    since: int | None = Field(default=None, exclude_if=absent)
    questions: tuple[Question, ...] = Field(default=(), exclude_if=empty)
    lapses: bool = Field(default=False, exclude_if=empty)
    asked_before: tuple[Approver, ...] = Field(default=(), exclude_if=empty)

    @property
    def decisions(self) -> tuple[Decided, ...]:
        """Everything that was decided on these answers, the latest stage last."""
        return (*self.given, *(slot.decided for slot in self.slots if slot.decided))

    @property
    def at_machines(self) -> tuple[Work, ...]:
        """The tasks that an activity is at, or is to take back."""
        return tuple(work for work in self.works if work.state in WITH_MACHINES)

    @property
    def wish(self) -> str:
        """What whoever decides has read, told apart from any other wish on the same ticket."""
        return wish_of(self.item, self.answers, self.wanted_for, self.since)

    def barred(self, requester: str) -> frozenset[str]:
        """Who does not decide, for four eyes: who asked for it, whom it is for, who chose it."""
        people = (requester, self.wanted_for, self.ordered_by)
        return frozenset() if self.own else frozenset(one for one in people if one is not None)

    def work(self, task: str) -> Work | None:
        """A task by its key."""
        return next((work for work in self.works if work.task == task), None)


def slot_of(actor: Actor, order: Order, requester: str) -> int | None:
    """The place that the actor's decision would have now; None when they may not decide.

    Four eyes: never the requester, nor whom it is for, nor the same person twice, nor who has
    been spoken for.
    """
    if order.phase is not Phase.APPROVAL or actor.person in order.barred(requester):
        return None
    taken = [slot.decided for slot in order.slots]
    if actor.person in _heard(taken):
        return None
    own = decision_of(actor, order, requester, {"at": NEVER, "verdict": "approved"})
    if not _placed(own, taken, set(), frozenset({actor.person})):
        return None
    return next(n for n, one in enumerate(taken) if one and one.person == actor.person)


def with_decision(slots: tuple[Slot, ...], decided: Decided) -> tuple[Slot, ...]:
    """The slots with one decision more; those who also fit elsewhere make room for it."""
    taken = [slot.decided for slot in slots]
    _placed(decided, taken, set(), frozenset({decided.person}))
    pairs = zip(slots, taken, strict=True)
    return tuple(slot.model_copy(update={"decided": _passed_on(slot, one)}) for slot, one in pairs)


def _passed_on(slot: Slot, decided: Decided | None) -> Decided | None:
    """The decision, which says so when it is made in the place of who passed it on."""
    passed_by = slot.passed_by if decided and slot.delegate == decided.person else None
    return decided and decided.model_copy(update={"passed_by": passed_by})


def decision_of(actor: Actor, order: Order, requester: str, facts: Mapping[str, object]) -> Decided:
    """The actor's decision with the places of the slots that are theirs.

    Those under their own name come first, and last those of people whom they stand for.
    """
    closeness = [_fit(actor, slot, order.escalated_to) for slot in order.slots]
    own = sorted((fit, place) for place, fit in enumerate(closeness) if fit < NO_FIT)
    whose: dict[int, str | None] = {place: None for _, place in own}
    for person in _absentees(actor, order, requester):
        for place, slot in enumerate(order.slots):
            if person in _names(slot, order.escalated_to):
                whose.setdefault(place, person)
    behalf = tuple(whose.values())
    places = {"fits": tuple(whose), "behalf": behalf if any(behalf) else ()}
    return Decided.model_validate({**facts, **places, "person": actor.person})


def _absentees(actor: Actor, order: Order, requester: str) -> list[str]:
    """For whom the actor may decide: not on their own request, and each voice counts once."""
    barred = _heard([slot.decided for slot in order.slots]) | order.barred(requester)
    return [person for person in actor.stands_for if person not in barred]


def _names(slot: Slot, escalated_to: Approver | None) -> list[str]:
    """Who may decide the slot by name."""
    named = [one.person for one in (slot.approver, escalated_to) if isinstance(one, ByPerson)]
    return [*named, *([slot.delegate] if slot.delegate else [])]


def _heard(taken: list[Decided | None], but: str | None = None) -> frozenset[str]:
    """Whose voices count already, but for what one of them said."""
    others = [one for one in taken if one is not None and one.person != but]
    return frozenset(who for one in others for who in (one.person, one.instead_of) if who)


def _placed(
    decided: Decided, taken: list[Decided | None], seen: set[int], spoken: frozenset[str]
) -> bool:
    """Give the decision a place, moving others if need be: an augmenting path (Kuhn, 1955).

    Nobody is moved to speak for who has been heard, nor for one of those who have `spoken` by
    the moves before.
    """
    for place in decided.fits:
        moved = decided.placed(place)
        whose = {moved.instead_of} if moved.instead_of is not None else set()
        if place in seen or whose & (spoken | _heard(taken, but=decided.person)):
            continue
        seen.add(place)
        other = taken[place]
        if other is None or _placed(other, taken, seen, spoken | whose):
            taken[place] = moved
            return True
    return False


NO_FIT = 4


def _fit(actor: Actor, slot: Slot, escalated_to: Approver | None) -> int:
    """How closely the slot is the actor's: the less, the more."""
    if is_named(actor, slot.approver):
        return 0 if isinstance(slot.approver, ByPerson) else 2
    if slot.delegate == actor.person:
        return 1
    return 3 if escalated_to is not None and is_named(actor, escalated_to) else NO_FIT


def is_named(actor: Actor, approver: Approver) -> bool:
    """Whether the actor is the approver, or one of those."""
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
