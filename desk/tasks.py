"""The human tasks open on a ticket, derived from its state: never a second state to keep."""

from desk.catalogue import Approver, ByGroup, ByPerson, ByRole, approval_clock, task_clock
from desk.clock import due, running
from desk.deadlines import closes_at
from desk.model import Instant
from desk.order import WITH_PEOPLE, Order, Phase
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
    own = _own_tasks(ticket, terms)
    if ticket.waiting_for is WaitFor.REQUESTER:
        return (_of(Task.ANSWER, ticket.requester, ticket.wait_until), *own)
    return own


def _of(task: Task, person: str, until: Instant | None) -> HumanTask:
    return HumanTask(task=task, group=None, person=person, due=until)


def _own_tasks(ticket: Ticket, terms: Terms) -> tuple[HumanTask, ...]:
    """What the desk's own people, or those who approve, are waited for."""
    if ticket.order is None:
        return (_group_task(ticket, terms),)
    if ticket.order.phase is Phase.APPROVAL:
        return _decisions(ticket, ticket.order, terms)
    return tuple(
        HumanTask(
            task=Task.TAKE_BACK if work.state == "undo_failed" else Task.FULFIL,
            group=work.group,
            person=None,
            due=_due(ticket, terms, task_clock(work.task)),
            of=work.task,
        )
        for work in ticket.order.works
        if work.state in WITH_PEOPLE
    )


def _decisions(ticket: Ticket, order: Order, terms: Terms) -> tuple[HumanTask, ...]:
    """One for each who may decide now, whoever of them does."""
    stage = order.stage or ""
    until = _due(ticket, terms, approval_clock(stage))
    asked = [slot for slot in order.slots if slot.decided is None]
    delegates = [ByPerson(person=slot.delegate) for slot in asked if slot.delegate]
    others = [order.escalated_to] if order.escalated_to is not None else []
    approvers = dict.fromkeys([*(slot.approver for slot in asked), *delegates, *others])
    return tuple(_decision(approver, stage, until) for approver in approvers)


def _decision(approver: Approver, stage: str, until: Instant | None) -> HumanTask:
    return HumanTask(
        task=Task.APPROVE,
        group=approver.group if isinstance(approver, ByGroup) else None,
        person=approver.person if isinstance(approver, ByPerson) else None,
        role=approver.role if isinstance(approver, ByRole) else None,
        due=until,
        of=stage,
    )


def _due(ticket: Ticket, terms: Terms, target: str) -> Instant | None:
    return next(
        (due(c, terms.calendars) for c in ticket.clocks if c.target == target and running(c)), None
    )


def _group_task(ticket: Ticket, terms: Terms) -> HumanTask:
    """The group's or the assignee's part: take it on, or work on it."""
    until = min(
        (at for c in ticket.clocks if running(c) and (at := due(c, terms.calendars))),
        default=None,
    )
    nobodys = ticket.assignee is None and ticket.status is Status.IN_PROGRESS
    task = Task.ACCEPT if nobodys or ticket.status is Status.NEW else Task.WORK
    person = ticket.assignee or ticket.duty
    return HumanTask(task=task, group=ticket.group, person=person, due=until)
