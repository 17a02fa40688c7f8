"""The human tasks that are open: what a person and their groups are waited for."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, not_, or_, select

from desk.access import Part, Sight, plays, reading_is_noted
from desk.model import Frozen, Instant
from desk.order import Order
from desk.people import Actor, Role
from desk.record import Task
from desk.ticket import Kind, Priority, Status
from desk.view import View
from store.sights import visible_to
from store.tables import NEVER, human_tasks, snapshots, tickets

MOST = 500
TASK_FIELDS = ("ticket", "task", "group", "person", "role", "of", "due")
OF_ORDERS = (Task.APPROVE, Task.FULFIL)


class OpenTask(Frozen):
    """A human task with what is needed to choose among them; people and groups are ids.

    `order` and `of` belong to what is to be approved or done for an order. Of a confidential one
    no more than `title` is told: whoever reads the ticket for the rest is noted.
    """

    ticket: str
    task: Task
    group: str | None
    person: str | None
    role: Role | None
    of: str | None
    due: Instant | None
    summary: str | None
    priority: Priority
    status: Status
    requester: str | None
    title: str | None = None
    order: Order | None = None


def open_tasks(connection: Connection, sight: Sight, limit: int = MOST) -> list[OpenTask]:
    """What the person is waited for, and anybody of their groups: nearest due first, none last."""
    found = [*_of_tickets(connection, sight, limit), *_of_orders(connection, sight, limit)]
    found.sort(key=lambda task: (task.due or NEVER, task.ticket))
    return found[:limit]


def _of_tickets(connection: Connection, sight: Sight, limit: int) -> list[OpenTask]:
    """What agents and requesters are waited for, on tickets that they see."""
    mine = human_tasks.c.person == sight.person
    # A ticket that waits to be taken on is anybody's of the group, whoever is on duty for it.
    free = or_(human_tasks.c.person.is_(None), human_tasks.c.task == Task.ACCEPT.value)
    anybodys = and_(free, human_tasks.c.group.in_(sight.member_of), _of_groups(sight))
    query = _tasks(limit).where(
        or_(mine, anybodys) if sight.member_of else mine,
        human_tasks.c.task.not_in(OF_ORDERS),
        visible_to(sight),
    )
    return [_task(dict(row)) for row in connection.execute(query).mappings()]


def _of_groups(sight: Sight) -> ColumnElement[bool]:
    """An agent's groups; a complaint is whoever's of its group, but nobody answers their own."""
    complaint = tickets.c.kind == Kind.COMPLAINT.value
    to_answer = and_(complaint, tickets.c.requester != sight.person)
    return or_(and_(not_(complaint), human_tasks.c.group.in_(sight.groups)), to_answer)


def _of_orders(connection: Connection, sight: Sight, limit: int) -> list[OpenTask]:
    """What the person may decide on, or do as one of a group: each once, whoever they are."""
    query = (
        _tasks(limit)
        .add_columns(snapshots.c.body)
        .join(snapshots)
        .where(
            or_(
                human_tasks.c.person.in_((sight.person, *sight.stands_for)),
                human_tasks.c.group.in_(sight.member_of),
                human_tasks.c.role.in_(sight.roles),
            ),
            human_tasks.c.task.in_(OF_ORDERS),
        )
    )
    actor = sight.actor
    found: dict[tuple[str, str | None], OpenTask] = {}
    for row in connection.execute(query).mappings():
        fields = dict(row)
        ticket = View.model_validate_json(fields.pop("body"))
        # A slot may be the person's by name, and yet nobody decides on what they want themselves.
        if fields["task"] == Task.APPROVE and not plays(actor, Part.APPROVER, ticket):
            continue
        known = _of_order(actor, ticket)
        found.setdefault((fields["ticket"], fields["of"]), _task({**fields, **known}))
    return list(found.values())


def _of_order(actor: Actor, ticket: View) -> dict[str, Any]:
    """What the actor is told of it without having read the ticket."""
    title = ticket.order.title if ticket.order is not None else None
    if reading_is_noted(actor, ticket):
        return {"title": title, "summary": None, "requester": None}
    return {"title": title, "order": ticket.order}


def _tasks(limit: int) -> Select[Any]:
    columns = (human_tasks.c[name] for name in TASK_FIELDS)
    facts = ("summary", "priority", "status", "requester")
    return (
        select(*columns, *(tickets.c[name] for name in facts))
        .join_from(human_tasks, tickets)
        .order_by(human_tasks.c.due, human_tasks.c.ticket, human_tasks.c.position)
        .limit(limit)
    )


def _task(fields: dict[str, Any]) -> OpenTask:
    due = None if fields["due"] == NEVER else fields["due"]
    return OpenTask.model_validate({**fields, "due": due})
