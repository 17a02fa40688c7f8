"""An order as it is answered: who decided and who did what is shown to those of the desk alone."""

from collections.abc import Iterable, Iterator
from typing import Literal, Self

from api.people import address
from desk.access import Part, plays, reads_as_asked, sees_internal
from desk.catalogue import Approver, ByGroup, ByPerson, ByRole
from desk.model import Frozen, Instant
from desk.order import Answers, Decided, Order, Phase, Slot, Work, WorkState
from desk.people import Actor
from desk.question import Question
from desk.ticket import Facts
from store.organisation import Organisation


class Stage(Frozen):
    """The stage that is asked for now: `given` of the `needs` approvals, of so many asked."""

    key: str
    needs: int
    given: int
    asked: int


class Asked(Frozen):
    """One approver who is asked, whom they passed it on to, and whether they have decided.

    For somebody who has `left` their manager decides.
    """

    approver: str
    delegate: str | None
    decided: bool
    left: bool


class Query(Frozen):
    """A question to the requester, and the answer to it; an order keeps both made short."""

    by: str
    at: Instant
    text: str
    answer: str | None


class Decision(Frozen):
    """What an approver of these answers decided.

    A deputy does it `instead_of` somebody who is away or has left, and to whom it was passed on
    in the place of who did that.
    """

    person: str
    instead_of: str | None
    at: Instant
    verdict: Literal["approved", "rejected"]
    reason: str | None


class Job(Frozen):
    """A task of the fulfilment."""

    key: str
    state: WorkState
    group: str | None
    at: Instant | None
    by: str | None
    note: str | None


class Ordered(Frozen):
    """What was ordered, and how far it is; `form` counts the answers that were sent.

    `given` counts the approvals of earlier stages. Those of the desk, and whoever approves, was
    asked to, or fulfils, also read the cost centre, who is asked, who decided what and why, and
    what they asked; and of each task its group, who did it and what they noted, but for who was
    asked before. To others that is null.
    """

    item: str
    title: str
    answers: Answers
    form: int
    wanted_for: str
    price: str | None
    cost_centre: str | None
    phase: Phase
    given: int
    stage: Stage | None
    asked: tuple[Asked, ...] | None
    decisions: tuple[Decision, ...] | None
    asked_by: str | None
    questions: tuple[Query, ...] | None
    tasks: tuple[Job, ...]
    ending: Literal["withdrawn", "unfulfilled"] | None

    @classmethod
    def seen_by(cls, actor: Actor, ticket: Facts, organisation: Organisation) -> Self | None:
        """The order of a ticket as this caller may see it; None when nothing was ordered."""
        order = ticket.order
        if order is None:
            return None
        inside = sees_internal(actor, ticket) or any(plays(actor, part, ticket) for part in Part)
        known = organisation if inside or reads_as_asked(actor, ticket) else None
        return cls(
            item=order.item,
            title=order.title,
            answers=order.answers,
            form=order.form,
            wanted_for=address(organisation, order.wanted_for) or order.wanted_for,
            price=order.price,
            cost_centre=order.cost_centre if known else None,
            phase=order.phase,
            given=_approvals(order.given),
            stage=stage_of(order),
            asked=tuple(_asked(order, known)) if known else None,
            decisions=tuple(decisions_of(order, known)) if known else None,
            asked_by=address(known, order.asked_by) if known else None,
            questions=queries_of(order.questions, known) if known else None,
            tasks=tuple(_task(work, organisation if inside else None) for work in order.works),
            ending=order.ending,
        )


def stage_of(order: Order) -> Stage | None:
    """How many approvals the stage that is asked for now needs, and has."""
    if order.phase is not Phase.APPROVAL or order.stage is None:
        return None
    given = _approvals(slot.decided for slot in order.slots if slot.decided)
    return Stage(key=order.stage, needs=order.needs, given=given, asked=len(order.slots))


def _approvals(decisions: Iterable[Decided]) -> int:
    return sum(decided.verdict == "approved" for decided in decisions)


def _asked(order: Order, organisation: Organisation) -> Iterator[Asked]:
    slots = [*order.slots]
    if order.escalated_to is not None:
        slots.append(Slot(approver=order.escalated_to))
    for slot in slots:
        yield Asked(
            approver=_named(slot.approver, organisation),
            delegate=address(organisation, slot.delegate),
            decided=slot.decided is not None,
            left=_has_left(slot.approver, organisation),
        )


def _has_left(approver: Approver, organisation: Organisation) -> bool:
    person = organisation.person(approver.person) if isinstance(approver, ByPerson) else None
    return person is not None and not person.active


def queries_of(asked: Iterable[Question], organisation: Organisation) -> tuple[Query, ...]:
    """Questions to the requester, the latest last; people by address."""
    return tuple(
        Query(
            by=address(organisation, one.by) or one.by,
            at=one.at,
            text=one.text,
            answer=one.answer,
        )
        for one in asked
    )


def _named(approver: Approver, organisation: Organisation) -> str:
    match approver:
        case ByPerson(person=person):
            return address(organisation, person) or person
        case ByGroup(group=group):
            return f"group {group}"
        case ByRole(role=role):
            return f"role {role}"
        case _:
            return "manager"


def decisions_of(order: Order, organisation: Organisation) -> Iterator[Decision]:
    """Everything that was decided on these answers, the latest stage last; people by address."""
    made: list[Decided] = [*order.given, *(slot.decided for slot in order.slots if slot.decided)]
    for decided in made:
        who = address(organisation, decided.person) or decided.person
        yield Decision(
            person=who,
            instead_of=address(organisation, decided.instead_of or decided.passed_by),
            at=decided.at,
            verdict=decided.verdict,
            reason=decided.reason,
        )


def _task(work: Work, organisation: Organisation | None) -> Job:
    inside = organisation is not None
    return Job(
        key=work.task,
        state=work.state,
        group=work.group if inside else None,
        at=work.at,
        by=address(organisation, work.by) if organisation is not None else None,
        note=work.note if inside else None,
    )
