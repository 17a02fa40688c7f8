"""The human tasks open on a ticket, derived from its state: never a second state to keep."""

from desk.clock import due, running
from desk.deadlines import closes_at
from desk.model import Instant
from desk.record import HumanTask, Task
from desk.terms import Terms
from desk.ticket import OPEN, Status, Ticket, WaitFor


def human_tasks(ticket: Ticket, terms: Terms) -> tuple[HumanTask, ...]:
    """Who is waited for, for what, and until when; nobody on a ticket whose clock is given."""
    if ticket.clock == "given":
        return ()
    if ticket.status is Status.RESOLVED:
        return (_of(Task.CONFIRM, ticket.requester, closes_at(ticket, terms)),)
    if ticket.status not in OPEN:
        return ()
    own = _own_task(ticket, terms)
    if ticket.waiting_for is WaitFor.REQUESTER:
        return (_of(Task.ANSWER, ticket.requester, ticket.wait_until), own)
    return (own,)


def _of(task: Task, person: str, until: Instant | None) -> HumanTask:
    return HumanTask(task=task, group=None, person=person, due=until)


def _own_task(ticket: Ticket, terms: Terms) -> HumanTask:
    """The group's or the assignee's part: take it on, or work on it."""
    until = min(
        (at for c in ticket.clocks if running(c) and (at := due(c, terms.calendars))),
        default=None,
    )
    nobodys = ticket.assignee is None and ticket.status is Status.IN_PROGRESS
    task = Task.ACCEPT if nobodys or ticket.status is Status.NEW else Task.WORK
    person = ticket.assignee or ticket.duty
    return HumanTask(task=task, group=ticket.group, person=person, due=until)
