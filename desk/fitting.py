"""What a step says has to be possible: each field held against the ticket and its terms."""

from datetime import datetime

from desk.access import sees_internal
from desk.becoming import check_become
from desk.complaints import check_assigned
from desk.errors import InvalidFact
from desk.order import Answers, Order, is_named, works_for
from desk.people import Actor, GroupRef
from desk.related_steps import Merge, Unlink
from desk.relations import check_related
from desk.steps import (
    Amend,
    Approve,
    Assign,
    Become,
    Classify,
    Comment,
    Complete,
    Delegate,
    Fail,
    HandOff,
    Reject,
    Resolve,
    Taken,
    TieTo,
    Wait,
)
from desk.terms import Terms
from desk.ticket import Kind, Ticket
from desk.vendor_steps import HandToVendor, Recall, TellVendor, VendorReply
from desk.vendors import check_vendor
from desk.zone import FIRST_YEAR, LAST_YEAR


def check_facts(ticket: Ticket, terms: Terms, taken: Taken, at: datetime) -> None:
    """Refuse a step that names what does not exist, or cannot be.

    Raises:
        InvalidFact: naming the field, and what would do.
    """
    match taken.step:
        case Classify(category=category) if category not in terms.routing.categories:
            known = ", ".join(sorted(terms.routing.categories))
            raise InvalidFact("category", f"is unknown to this ticket's terms: one of {known}")
        case Classify() if taken.service_customer not in (None, ticket.customer):
            raise InvalidFact("service", "there is no such service for this requester")
        case Comment(internal=True) if not sees_internal(taken.actor, ticket):
            raise InvalidFact("internal", "internal notes are the desk's own: leave it out")
        case Assign() as step:
            _check_assignee(ticket, taken, step)
        case HandOff():
            hand_off_to(ticket, terms, taken)
        case Wait(until=until) if until is not None:
            _check_until(until, at)
        case Resolve(children=True) if ticket.kind is Kind.COMPLAINT:
            raise InvalidFact("children", "a complaint resolves no other ticket: leave it out")
        case Resolve(code=code) if code not in terms.closure.codes:
            raise InvalidFact("code", f"one of {', '.join(terms.closure.codes)}")
        case Delegate() | Amend() | Approve() | Reject() | Complete() | Fail():
            _check_of_order(ticket, terms, taken)
        case HandToVendor() | TellVendor() | VendorReply() | Recall() as step:
            check_vendor(ticket, step, taken.actor)
        case Become() if ticket.absorbed:
            raise InvalidFact("kind", "others are merged into it: split those off first")
        case Become() as step:
            check_become(ticket, step)
        case TieTo(ticket=other) if other == ticket.number:
            raise InvalidFact("ticket", "a ticket cannot be linked to itself")
        case TieTo() | Unlink() | Merge() as step:
            check_related(ticket, step)
        case _:
            return


def _check_of_order(ticket: Ticket, terms: Terms, taken: Taken) -> None:
    match taken.step:
        case Delegate(to=to):
            _check_delegate(ticket, taken, to)
        case Amend(answers=answers) if ticket.order is not None:
            _check_amended(ticket.order, terms, answers)
        case Approve(form=form) | Reject(form=form):
            _check_form(ticket, taken, form)
        case Complete(task=task) | Fail(task=task):
            _check_task(ticket, taken, task)


def _wants(ticket: Ticket, person: str) -> bool:
    order = ticket.order
    return order is not None and person in (order.wanted_for, order.ordered_by)


def _check_delegate(ticket: Ticket, taken: Taken, person: str) -> None:
    if person in (ticket.requester, taken.actor.person) or _wants(ticket, person):
        raise InvalidFact("to", "nobody decides on what they want themselves: somebody else")
    to = taken.passed_to or Actor(person=person)
    for slot in ticket.order.slots if ticket.order is not None else ():
        decided = slot.decided is not None and slot.decided.person == person
        if decided or is_named(to, slot.approver) or slot.delegate == person:
            raise InvalidFact("to", "is asked already, or has decided: somebody else")


def _check_amended(order: Order, terms: Terms, answers: Answers) -> None:
    """Other answers withdraw each approval: the same ones are not worth that."""
    form = terms.item.form.get("properties") if terms.item is not None else None
    questions = form if isinstance(form, dict) else {}
    asked = {key: one for key, one in questions.items() if isinstance(one, dict)}
    usual = {key: one["default"] for key, one in asked.items() if "default" in one}
    if {**usual, **answers} == {**usual, **order.answers}:
        why = "are the same as before, so nothing was changed, and what is approved stays so"
        raise InvalidFact("answers", why)


def _check_form(ticket: Ticket, taken: Taken, form: int | None) -> None:
    """An approval is of the answers that were read, which may have been changed since."""
    now = ticket.order.form if ticket.order is not None else 1
    unseen = form is None and now > 1 and taken.expected_version is None
    if unseen or form not in (None, now):
        words = f"the answers were changed meanwhile: read them again, and give form {now}"
        raise InvalidFact("form", words)


def _check_task(ticket: Ticket, taken: Taken, task: str) -> None:
    order = ticket.order
    open_works = works_for(taken.actor, order) if order is not None else ()
    work = next((work for work in open_works if work.task == task), None)
    if work is None:
        known = ", ".join(work.task for work in open_works)
        raise InvalidFact("task", f"one of those that wait for your groups: {known}")


def _check_until(until: datetime, at: datetime) -> None:
    if until <= at:
        raise InvalidFact("until", "must lie in the future")
    check_year("until", until)


def check_year(field: str, instant: datetime) -> None:
    """Refuse an instant that calendars cannot count from or to.

    Raises:
        InvalidFact: naming the years that can be.
    """
    if not FIRST_YEAR < instant.year < LAST_YEAR:
        raise InvalidFact(field, f"must lie between {FIRST_YEAR + 1} and {LAST_YEAR - 1}")


def _check_assignee(ticket: Ticket, taken: Taken, step: Assign) -> None:
    check_assigned(ticket, step)
    named = assigned_group(taken)
    group = named.id if named else ticket.group
    if taken.assignee_groups is not None and group not in taken.assignee_groups:
        raise InvalidFact("assignee", f"is no member of {group}: name its group too, or another")


def assigned_group(taken: Taken) -> GroupRef | None:
    """The group that an `assign` or `hand_off` names, on the line it sat on when sent.

    Raises:
        InvalidFact: the group's line was not looked up, so the group is not known.
    """
    group = getattr(taken.step, "group", None)
    if group is None:
        return None
    if taken.group_line is None:
        raise InvalidFact("group", f"there is no support group {group!r}")
    return GroupRef(id=group, line=taken.group_line)


def hand_off_to(ticket: Ticket, terms: Terms, taken: Taken) -> GroupRef:
    """The group that a `hand_off` goes to: as named, or of a line, who had it last or routing.

    Raises:
        InvalidFact: there is no such group, or the ticket is with it already.
    """
    group = assigned_group(taken)
    field = "line" if group is None else "group"
    line = getattr(taken.step, "line", None)
    if group is None and line is not None:
        group = next((had for had in reversed(ticket.trail) if had.line == line), None)
        group = group or terms.routing.group(ticket.category, line)
    if group is None:
        raise InvalidFact(field, f"no group of line {line} takes category {ticket.category!r}")
    if group.id == ticket.group:
        raise InvalidFact(field, f"the ticket is with {group.id} already")
    return group
