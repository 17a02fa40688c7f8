"""May this actor take this step on this ticket now: `check` refuses, `allowed_steps` lists."""

from datetime import datetime

from desk.access import OF_KIND, STEPS, Part, may_see, permitted, sees_internal
from desk.catalogue import ByPerson
from desk.errors import (
    InvalidFact,
    NotPermitted,
    StaleVersion,
    StepRefused,
    TicketNotFound,
)
from desk.order import Order, Phase, works_for
from desk.people import Actor, GroupRef
from desk.steps import (
    STEP_NAMES,
    Approve,
    Assign,
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
from desk.ticket import OPEN, Facts, Status, Ticket
from desk.zone import FIRST_YEAR, LAST_YEAR

NOT_OVER = (*OPEN, Status.RESOLVED)

WHEN: dict[str, tuple[Status, ...]] = {
    "classify": OPEN,
    "assign": OPEN,
    "accept": (Status.NEW, Status.IN_PROGRESS),
    "comment": NOT_OVER,
    "hand_off": OPEN,
    "wait": OPEN,
    "resume": (Status.WAITING,),
    "workaround": OPEN,
    "resolve": OPEN,
    "confirm": (Status.RESOLVED,),
    "reopen": (Status.RESOLVED, Status.CLOSED),
    "cancel": OPEN,
    "adopt": NOT_OVER,
    "link": NOT_OVER,
    "approve": (Status.APPROVING, Status.WAITING),
    "reject": (Status.APPROVING, Status.WAITING),
    "ask": (Status.APPROVING,),
    "delegate": (Status.APPROVING, Status.WAITING),
    "amend": (Status.APPROVING, Status.WAITING),
    "complete": (Status.IN_PROGRESS, Status.WAITING),
    "fail": (Status.IN_PROGRESS, Status.WAITING),
    "withdraw": OPEN,
}
IN_PHASE = {
    "amend": Phase.APPROVAL,
    "wait": Phase.FULFILMENT,
    "resume": Phase.FULFILMENT,
    "fail": Phase.FULFILMENT,
}


def _possible(actor: Actor, step: str, ticket: Facts) -> bool:
    if ticket.status not in WHEN[step]:
        return False
    if step == "accept":
        return ticket.status is Status.NEW or ticket.assignee != actor.person
    if step == "reopen":
        return ticket.status is Status.RESOLVED or ticket.reopen_until is not None
    if ticket.order is not None:
        return _fits_phase(step, ticket.order)
    return True


def _fits_phase(step: str, order: Order) -> bool:
    if step == "withdraw":
        return order.phase is not Phase.UNDOING
    return order.phase is IN_PHASE.get(step, order.phase)


def allowed_steps(actor: Actor, ticket: Facts) -> tuple[str, ...]:
    """The names of the steps that the actor may take on the ticket as it stands."""
    if not may_see(actor, ticket):
        return ()
    return tuple(
        step
        for step in STEP_NAMES
        if permitted(actor, step, ticket) and _possible(actor, step, ticket)
    )


def check(ticket: Ticket, terms: Terms, taken: Taken, at: datetime) -> None:
    """Refuse the step, or return.

    Raises:
        TicketNotFound, NotPermitted, StaleVersion, StepRefused, InvalidFact: in this order of
            precedence; the message says what the person can do.
    """
    name = taken.step.step
    if not may_see(taken.actor, ticket):
        raise TicketNotFound(f"there is no ticket {ticket.number} that you may see")
    if not permitted(taken.actor, name, ticket):
        raise not_permitted(name, ticket)
    check_version(ticket, taken)
    if not _possible(taken.actor, name, ticket):
        raise refusal(taken, ticket, f"{name} is not possible while it is {ticket.status}")
    _check_instant(ticket, taken, at)
    _check_facts(ticket, terms, taken, at)


def not_permitted(step: str, ticket: Facts) -> NotPermitted:
    """The refusal of a step that is not the actor's to take, which says why."""
    return NotPermitted(f"you may not {step} on {ticket.number}: {_why_not(step, ticket)}")


def _why_not(step: str, ticket: Facts) -> str:
    if step not in OF_KIND[ticket.kind]:
        return f"it is no step of a {ticket.kind.replace('_', ' ')}"
    if Part.APPROVER in STEPS[step]:
        return "nobody waits for your decision on it, or not any more"
    if Part.FULFILLER in STEPS[step]:
        return "none of its tasks waits for a group of yours, or not any more"
    return "it takes another role"


def check_version(ticket: Facts, taken: Taken) -> None:
    """Refuse a step whose caller has not read the ticket as it stands.

    Raises:
        StaleVersion: naming both versions.
    """
    if taken.expected_version not in (None, ticket.version):
        raise StaleVersion(
            f"{ticket.number} is at version {ticket.version}, not {taken.expected_version}: "
            "read it again"
        )


def refusal(taken: Taken, ticket: Ticket, why: str) -> StepRefused:
    """The refusal that names what is allowed instead."""
    allowed = allowed_steps(taken.actor, ticket)
    instead = f"; allowed now: {', '.join(allowed)}" if allowed else ""
    return StepRefused(f"{ticket.number}: {why}{instead}", allowed)


def _check_instant(ticket: Ticket, taken: Taken, at: datetime) -> None:
    if ticket.clock == "real":
        if taken.step.step == "reopen" and ticket.reopen_until and at >= ticket.reopen_until:
            over = ticket.model_copy(update={"reopen_until": None})
            raise refusal(taken, over, "the time to reopen it has passed: open a new ticket")
        if taken.at is not None:
            raise InvalidFact("at", "leave it out: only a ticket with a given clock takes it")
        return
    if taken.at is None:
        raise InvalidFact("at", "this ticket's clock is given: say when the step was taken")
    if taken.at < ticket.last_at:
        raise InvalidFact("at", f"is before the ticket's last event, at {ticket.last_at:%c} UTC")
    check_year("at", taken.at)


def _check_facts(ticket: Ticket, terms: Terms, taken: Taken, at: datetime) -> None:
    match taken.step:
        case Classify(category=category) if category not in terms.routing.categories:
            known = ", ".join(sorted(terms.routing.categories))
            raise InvalidFact("category", f"is unknown to this ticket's terms: one of {known}")
        case Classify() if taken.service_customer not in (None, ticket.customer):
            raise InvalidFact("service", "there is no such service for this requester")
        case Comment(internal=True) if not sees_internal(taken.actor, ticket):
            raise InvalidFact("internal", "internal notes are the desk's own: leave it out")
        case Assign():
            _check_assignee(ticket, taken)
        case HandOff():
            hand_off_to(ticket, terms, taken)
        case Wait(until=until) if until is not None:
            _check_until(until, at)
        case Resolve(code=code) if code not in terms.closure.codes:
            raise InvalidFact("code", f"one of {', '.join(terms.closure.codes)}")
        case Delegate(to=to) if to in (ticket.requester, taken.actor.person) or _wants(ticket, to):
            raise InvalidFact("to", "nobody decides on what they want themselves: somebody else")
        case Delegate(to=to):
            _check_delegate(ticket, to)
        case Approve(form=form) | Reject(form=form):
            _check_form(ticket, taken, form)
        case Complete(task=task) | Fail(task=task):
            _check_task(ticket, taken, task)
        case TieTo(ticket=other) if other == ticket.number:
            raise InvalidFact("ticket", "a ticket cannot be linked to itself")
        case _:
            return


def _wants(ticket: Ticket, person: str) -> bool:
    return ticket.order is not None and ticket.order.wanted_for == person


def _check_delegate(ticket: Ticket, person: str) -> None:
    for slot in ticket.order.slots if ticket.order is not None else ():
        decided = slot.decided is not None and slot.decided.person == person
        asked = isinstance(slot.approver, ByPerson) and slot.approver.person == person
        if decided or asked or slot.delegate == person:
            raise InvalidFact("to", "is asked already, or has decided: somebody else")


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


def _check_assignee(ticket: Ticket, taken: Taken) -> None:
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
