"""What a step changes: pure, and only after `rules.check` has let it pass."""

from datetime import datetime

from desk import clock as clocks
from desk import fulfilling
from desk.access import owns
from desk.becoming import become
from desk.change import ANSWERS, Change, Outcome
from desk.events import Adopted, Refused, StepTaken, WaitOver
from desk.fitting import assigned_group, hand_off_to
from desk.ladder import Whom
from desk.ordering import apply_to_order
from desk.priority import prioritise
from desk.questions import note_answer
from desk.record import terms_digest
from desk.related_steps import Merge, Split, Unlink
from desk.relations import RELATING, follow, relate, requester_wrote
from desk.steps import (
    Accept,
    Adopt,
    Assign,
    Become,
    Cancel,
    Classify,
    Comment,
    Confirm,
    HandOff,
    Reopen,
    Resolve,
    Resume,
    Taken,
    TieTo,
    Wait,
    Workaround,
)
from desk.terms import Terms
from desk.ticket import Resolution, Status, Ticket, WaitFor
from desk.vendor_steps import VENDOR_STEPS, HandToVendor, Recall, TellVendor, VendorReply
from desk.vendors import apply_vendor, let_go, refuse_answer, tell_new_dues

INTERNAL = ("assign", "hand_off", *RELATING, "adopt", "delegate", "complete", *VENDOR_STEPS)


def apply(
    ticket: Ticket, terms: Terms, taken: Taken, at: datetime, adopted: Terms | None = None
) -> Outcome:
    """The ticket after the step.

    `terms` were in force until now. `adopted` are those that the ticket moves to, when the step
    needs them (see `needs_terms`); they are in force from this step on.
    """
    change = Change(
        ticket,
        adopted or terms,
        taken.id,
        at,
        actor=taken.actor.person,
        via=taken.via,
        correlation=taken.correlation,
    )
    step = taken.step
    internal = step.step in INTERNAL or (isinstance(step, Comment) and step.internal)
    change.note(StepTaken(step=step), internal=internal)
    if adopted is not None:
        _note_adoption(change, terms)
    _apply(change, taken)
    let_go(change)
    tell_new_dues(change, ticket)
    follow(change, ticket, children=bool(getattr(step, "children", False)))
    return change.outcome()


def note_refusal(ticket: Ticket, terms: Terms, taken: Taken, why: str, at: datetime) -> Outcome:
    """The unchanged ticket with the event that a machine's step could not be taken."""
    change = Change(
        ticket,
        terms,
        taken.id,
        at,
        via=taken.via,
        correlation=taken.correlation,
        same_version=True,
    )
    match taken.step:
        case VendorReply() as step:
            refuse_answer(change, step, why)
        case _:
            change.note(Refused(step=taken.step.step, reason=why), internal=True)
    return change.outcome()


def _apply(change: Change, taken: Taken) -> None:
    match taken.step:
        case Classify() as step:
            _classify(change, step)
        case Assign() as step:
            _assign(change, step, taken)
        case Accept():
            _accept(change)
        case Comment() as step:
            _comment(change, step)
        case HandOff() as step:
            _hand_off(change, step, taken)
        case Wait() as step:
            _wait(change, step)
        case Resume():
            change.resume()
        case Workaround() as step:
            _workaround(change, step)
        case Resolve() as step:
            resolve(change, step)
        case Confirm() as step:
            _confirm(change, step)
        case Reopen(reason=reason):
            _reopen(change, reason)
        case Cancel():
            _cancel(change)
        case Adopt():
            prioritise(change)
        case TieTo() | Unlink() | Merge() | Split() as step:
            relate(change, step)
        case HandToVendor() | TellVendor() | VendorReply() | Recall() as step:
            apply_vendor(change, step)
        case Become() as step:
            become(change, step)
        case _:
            apply_to_order(change, taken)


def needs_terms(ticket: Ticket, taken: Taken) -> bool:
    """Whether the step moves the ticket to other terms: adopt, or a change of service."""
    step = taken.step
    if isinstance(step, Classify):
        return step.service is not None and step.service != ticket.service
    return step.step in ("adopt", "become")


def _classify(change: Change, step: Classify) -> None:
    change.set(
        category=step.category,
        impact=step.impact,
        urgency=step.urgency,
        service=step.service or change.ticket.service,
    )
    prioritise(change)
    ticket = change.ticket
    group = change.terms.routing.group(ticket.category, 1)
    untouched = ticket.status is Status.NEW and ticket.assignee is None and not ticket.placed
    if untouched and group is not None and group.id != ticket.group:
        change.route(group, "routing")


def _note_adoption(change: Change, before: Terms) -> None:
    was, now = change.ticket.policy_version, change.terms.policy_version
    change.set(policy_version=now)
    what = Adopted(before=was, policy_version=now, terms_before=terms_digest(before))
    change.note(what, internal=True)


def _assign(change: Change, step: Assign, taken: Taken) -> None:
    group = assigned_group(taken)
    if group is not None and group.id != change.ticket.group:
        change.route(group, "person")
    if step.assignee is not None:
        change.set(assignee=step.assignee)
        change.tell("assigned", person=step.assignee)


def _accept(change: Change) -> None:
    change.set(assignee=change.actor, status=Status.IN_PROGRESS)
    change.each(clocks.stop, *ANSWERS)


def _comment(change: Change, step: Comment) -> None:
    if step.internal:
        return
    if change.actor is not None and owns(change.actor, change.ticket):
        _hear_requester(change, step.text)
    else:
        change.each(clocks.stop, *ANSWERS)
        change.tell("comment", whom=Whom.REQUESTER)


def _hear_requester(change: Change, text: str) -> None:
    """The requester has spoken: a wait for them is over, a silence too, an answer is owed."""
    ticket = change.ticket
    if ticket.status is Status.MERGED:
        requester_wrote(change)
        return
    asked_by = ticket.order.asked_by if ticket.order else None
    if asked_by is not None:
        change.tell("answered", person=asked_by)
        note_answer(change, text)
    elif ticket.assignee or ticket.duty:
        change.tell("comment", person=ticket.assignee or ticket.duty)
    elif ticket.placed or ticket.status is not Status.NEW:
        change.tell("comment", whom=Whom.GROUP)
    if ticket.status is Status.RESOLVED:
        change.set(silent_since=change.at, reminders=0)
        return
    if ticket.waiting_for is WaitFor.REQUESTER:
        change.resume(WaitOver(because="answer"))
    by_target = {clock.target: clock for clock in ticket.clocks}
    owed = by_target.get("next_response")
    answered = "response" in by_target and clocks.stopped(by_target["response"])
    if answered and (owed is None or clocks.stopped(owed)):
        change.begin("next_response")


def _hand_off(change: Change, step: HandOff, taken: Taken) -> None:
    group = hand_off_to(change.ticket, change.terms, taken)
    change.resume(WaitOver(because="hand_off"))
    change.route(group, "person", step.reason)


def _wait(change: Change, step: Wait) -> None:
    change.set(status=Status.WAITING, waiting_for=step.waiting_for, wait_until=step.until)
    change.settle()
    if step.waiting_for is WaitFor.REQUESTER:
        change.each(clocks.stop, *ANSWERS)
        change.tell("waiting", whom=Whom.REQUESTER)


def _workaround(change: Change, step: Workaround) -> None:
    change.set(workaround=step.text)
    change.each(clocks.stop, *ANSWERS)
    change.tell("workaround", whom=Whom.REQUESTER)


def resolve(change: Change, step: Resolve) -> None:
    """A result is there; its requester is asked whether it is right."""
    change.set(
        status=Status.RESOLVED,
        waiting_for=None,
        wait_until=None,
        resolved_at=change.at,
        silent_since=change.at,
        reminders=0,
        resolution=Resolution(code=step.code, text=step.text),
    )
    change.each(clocks.stop)
    change.tell("resolved", whom=Whom.REQUESTER)


def close(change: Change) -> None:
    """Close the ticket; the time to reopen it begins."""
    until = change.at + change.terms.closure.reopen_for
    change.set(status=Status.CLOSED, closed_at=change.at, reopen_until=until)


def _confirm(change: Change, step: Confirm) -> None:
    change.set(rating=step.rating)
    close(change)


def _reopen(change: Change, reason: str) -> None:
    change.set(
        status=Status.IN_PROGRESS,
        resolved_at=None,
        closed_at=None,
        reopen_until=None,
        silent_since=None,
        resolution=None,
        rating=None,
    )
    if change.ticket.order is not None:
        change.each(clocks.resume, "resolution")
        fulfilling.reopen_tasks(change, reason)
        return
    change.each(clocks.resume, *change.pausable)
    change.tell("reopened", whom=Whom.ASSIGNEE)


def _cancel(change: Change) -> None:
    change.set(status=Status.CANCELLED, waiting_for=None, wait_until=None, closed_at=change.at)
    change.each(clocks.stop)
    if change.actor != change.ticket.requester:
        change.tell("cancelled", whom=Whom.REQUESTER)
    elif change.ticket.assignee is not None:
        change.tell("cancelled", person=change.ticket.assignee)
