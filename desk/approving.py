"""Approval: the stages of an order, one after the other, each asked and decided by its people."""

from desk import clock as clocks
from desk.asked import asked_so_far, waited_for
from desk.catalogue import Approval, ByGroup, ByPerson, ByRole, Item, approval_clock
from desk.change import Change
from desk.clock import Clock
from desk.events import ApprovalAsked, ApprovalEnded, Ordered, WaitOver
from desk.fulfilling import begin_fulfilment, unwind
from desk.ladder import Whom
from desk.order import (
    Answers,
    Order,
    Phase,
    Slot,
    Work,
    decision_of,
    slot_of,
    with_decision,
)
from desk.people import Actor
from desk.questions import note_question
from desk.steps import Amend, Approve, Ask, Delegate, Reject
from desk.ticket import Status, WaitFor

ASKED, OVER = "approval_asked", "approval_over"


def order_of(item: Item, answers: Answers, wanted_for: str) -> Order:
    """An order of which nothing is approved and nothing done."""
    return Order(
        item=item.key,
        title=item.title,
        answers=answers,
        wanted_for=wanted_for,
        cost_centre=item.cost_centre,
        price=item.price,
        phase=Phase.APPROVAL,
        works=tuple(Work(task=t.key, group=t.group.id, state="later") for t in item.tasks),
    )


def submit(change: Change) -> None:
    """Ask the first approvers for the answers as they are; without any, begin to fulfil."""
    order = change.order
    change.note(Ordered(item=order.item, answers=order.answers, form=order.form))
    _ask_stage(change, 0)


def approve(change: Change, step: Approve, actor: Actor) -> None:
    """Count the approval; the last one that is needed ends the stage."""
    slots = _decided(change, actor, "approved", step.reason)
    if sum(_says(slot, "approved") for slot in slots) < change.order.needs:
        return
    change.resume(WaitOver(because="decision"))
    _end_stage(change, "approved")
    _keep_decisions(change)
    stages = [stage.key for stage in change.item.approvals]
    _ask_stage(change, stages.index(_stage(change).key) + 1)


def reject(change: Change, step: Reject, actor: Actor) -> None:
    """Count the rejection; the request ends when too few are left who could approve."""
    slots = _decided(change, actor, "rejected", step.reason)
    if len(slots) - sum(_says(slot, "rejected") for slot in slots) < change.order.needs:
        change.resume(WaitOver(because="decision"))
        _reject_all(change, "rejected")


def ask(change: Change, step: Ask, actor: Actor) -> None:
    """A question back to the requester, who has the time of the answer."""
    change.set(status=Status.WAITING, waiting_for=WaitFor.REQUESTER, wait_until=None)
    change.set_order(asked_by=actor.person)
    note_question(change, step.text, actor.person)
    change.each(clocks.pause, *change.pausable)
    change.tell("waiting", whom=Whom.REQUESTER)


def delegate(change: Change, step: Delegate, actor: Actor) -> None:
    """Let somebody else decide in the actor's place; the actor still may.

    To whom it was passed on before need not decide any more.
    """
    place = _place(change, actor)
    slots = list(change.order.slots)
    slot = slots[place]
    # Whoever passes on what was passed on to them does so for the same person.
    whose = slot.passed_by if slot.delegate == actor.person else actor.person
    slots[place] = slot.model_copy(update={"delegate": step.to, "passed_by": whose})
    change.set_order(slots=tuple(slots))
    if slot.delegate is not None:
        former = (*change.order.asked_before, ByPerson(person=slot.delegate))
        change.set_order(asked_before=tuple(dict.fromkeys(former)))
        change.tell(OVER, person=slot.delegate)
    change.tell(ASKED, person=step.to)


def amend(change: Change, step: Amend) -> None:
    """Other answers: whoever approved the former ones is asked again."""
    change.resume(WaitOver(because="answer"))
    if change.order.stage is not None:
        _end_stage(change, "withdrawn")
    change.set_order(asked_before=asked_so_far(change.order, ()), slots=())
    change.set_order(answers=step.answers, form=change.order.form + 1, given=())
    submit(change)


def withdraw(change: Change, reason: str | None) -> None:
    """It is not wanted any more: nobody need decide on it, and what was done is taken back."""
    drop_stage(change)
    unwind(change, "withdrawn", reason)


def drop_stage(change: Change) -> None:
    """Nobody need decide any more, and whoever was waited for hears of it."""
    order = change.order
    if order.stage is None:
        return
    _end_stage(change, "withdrawn")
    for asked in waited_for(order):
        match asked:
            case ByPerson(person=person):
                change.tell(OVER, person=person)
            case ByGroup(group=group):
                change.tell(OVER, whom=Whom.GROUP, group=group)
            case ByRole(role=role):
                change.tell(OVER, role=role)
    _keep_decisions(change)
    _ask_nobody(change)


def time_out(change: Change, clock: Clock) -> None:
    """The time of a stage is over: as its rules say, others may decide, or it is rejected."""
    order = change.order
    if order.stage is None or clock.target != approval_clock(order.stage):
        return
    stage = _stage(change)
    if stage.on_time_out == "reject":
        _reject_all(change, "timed_out")
        return
    change.set_order(escalated_to=stage.escalate_to)
    change.tell(ASKED, whom=Whom.APPROVERS)


def _ask_stage(change: Change, place: int) -> None:
    stages = change.item.approvals
    if place == len(stages):
        _ask_nobody(change)
        begin_fulfilment(change)
        return
    stage = stages[place]
    change.set(status=Status.APPROVING)
    change.set_order(
        stage=stage.key,
        needs=stage.needs,
        own=stage.own,
        lapses=stage.on_time_out == "reject",
        escalated_to=None,
        asked_by=None,
        slots=tuple(Slot(approver=approver) for approver in stage.approvers),
    )
    change.begin(approval_clock(stage.key))
    change.note(ApprovalAsked(stage=stage.key, needs=stage.needs, of=len(stage.approvers)))
    change.tell(ASKED, whom=Whom.APPROVERS)


def _keep_decisions(change: Change) -> None:
    """The stage is over: what was decided stays known, and who was asked."""
    order = change.order
    change.set_order(asked_before=asked_so_far(order, order.decisions), given=order.decisions)
    change.set_order(slots=(), escalated_to=None)


def _ask_nobody(change: Change) -> None:
    facts = {"stage": None, "slots": (), "needs": 0, "escalated_to": None, "asked_by": None}
    change.set_order(**facts, lapses=False)


def _end_stage(change: Change, how: str) -> None:
    stage = change.order.stage
    assert stage is not None, "a stage that is not asked for does not end"
    change.each(clocks.stop, approval_clock(stage))
    change.note(ApprovalEnded.model_validate({"stage": stage, "how": how}))


def _reject_all(change: Change, how: str) -> None:
    _end_stage(change, how)
    change.set_order(phase=Phase.ENDED)
    change.set(status=Status.REJECTED, closed_at=change.at, waiting_for=None, wait_until=None)
    change.each(clocks.stop)
    change.tell_owners("rejected")


def _decided(change: Change, actor: Actor, verdict: str, reason: str | None) -> tuple[Slot, ...]:
    facts = {"at": change.at, "verdict": verdict, "reason": reason}
    decided = decision_of(actor, change.order, change.ticket.requester, facts)
    slots = with_decision(change.order.slots, decided)
    change.set_order(slots=slots)
    if change.order.asked_by == actor.person:
        # Nobody needs the answer any more, so it holds up the others no longer.
        change.set_order(asked_by=None)
        change.resume(WaitOver(because="decision"))
    return slots


def _says(slot: Slot, verdict: str) -> bool:
    return slot.decided is not None and slot.decided.verdict == verdict


def _place(change: Change, actor: Actor) -> int:
    place = slot_of(actor, change.order, change.ticket.requester)
    assert place is not None, "rules.check lets only an approver come here"
    return place


def _stage(change: Change) -> Approval:
    assert change.order.stage is not None
    return change.item.approval(change.order.stage)
