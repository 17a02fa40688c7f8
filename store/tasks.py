"""The human tasks that are open: what a person and their groups are waited for."""

from collections.abc import Collection
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Select, and_, not_, or_, select

from desk.about import About
from desk.access import Part, Sight, plays, reading_is_noted
from desk.complaints import is_complaint
from desk.model import Frozen, Instant
from desk.order import Order
from desk.people import Actor, Role
from desk.question import Question
from desk.record import Task
from desk.ticket import Kind, Priority, Resolution, Status
from desk.view import View
from store.questions import last_questions
from store.sights import visible_to
from store.tables import NEVER, human_tasks, snapshots, tickets
from store.tickets import terms_by_digest

MOST = 500
TASK_FIELDS = ("ticket", "task", "group", "person", "role", "of", "due")
WORKS = (Task.FULFIL, Task.TAKE_BACK)
OF_ORDERS = (Task.APPROVE, *WORKS)
OF_REQUESTERS = (Task.ANSWER, Task.CONFIRM)


class OpenTask(Frozen):
    """A human task with what is needed to choose among them; people and groups are ids.

    `of` belongs to what is to be approved or done for an order, with the `titles` of its tasks.
    `questions` are those to the requester: the order's for who approves, the open one, whole, for
    who is to answer. Of a confidential order that is not their own no more than `title` is told,
    and of a complaint not the person it is about: whoever reads the ticket for the rest is noted.
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
    terms_digest: str
    title: str | None = None
    order: Order | None = None
    resolution: Resolution | None = None
    about: About | None = None
    questions: tuple[Question, ...] = ()
    titles: dict[str, str] = Field(default_factory=dict)


def open_tasks(connection: Connection, sight: Sight, limit: int = MOST) -> list[OpenTask]:
    """What the person is waited for, and anybody of their groups: nearest due first, none last."""
    found = [*_of_tickets(connection, sight, limit), *_of_orders(connection, sight, limit)]
    found.sort(key=lambda task: (task.due or NEVER, task.ticket))
    return _with_what_it_takes(connection, sight.actor, found[:limit])


def _with_what_it_takes(
    connection: Connection, actor: Actor, found: list[OpenTask]
) -> list[OpenTask]:
    """The tasks with what else a person needs to decide, a query for each sort of it."""
    read = {t.ticket for t in found if t.task in OF_REQUESTERS or is_complaint(t.ticket)}
    views = _views(connection, read)
    asked = {task.ticket for task in found if task.task is Task.ANSWER}
    questions = last_questions(connection, asked)
    works = {task.terms_digest for task in found if task.task in WORKS and task.order is not None}
    titles = _titles(connection, works)
    return [
        task.model_copy(
            update={
                **(_mine(views[task.ticket]) if task.task in OF_REQUESTERS else {}),
                "about": _about(actor, views.get(task.ticket)),
                "questions": _to_read(task, questions.get(task.ticket)),
                "titles": titles.get(task.terms_digest, {}) if task.order is not None else {},
            }
        )
        for task in found
    ]


def _to_read(task: OpenTask, question: Question | None) -> tuple[Question, ...]:
    if task.task is Task.APPROVE and task.order is not None:
        return task.order.questions
    return (question,) if task.task is Task.ANSWER and question is not None else ()


def _about(actor: Actor, view: View | None) -> About | None:
    """What a complaint is about, but no person to whom only the ticket names them."""
    about = view.about if view is not None else None
    if view is None or about is None or about.person is None:
        return about
    return None if reading_is_noted(actor, view) else about


def _views(connection: Connection, numbers: Collection[str]) -> dict[str, View]:
    """The tickets of these numbers, all of which the reader may see."""
    query = select(snapshots.c.number, snapshots.c.body).where(
        snapshots.c.number.in_(sorted(numbers))
    )
    rows = connection.execute(query) if numbers else ()
    return {row.number: View.model_validate_json(row.body) for row in rows}


def _mine(view: View) -> dict[str, object]:
    order = view.order
    title = order.title if order is not None else None
    return {"order": order, "title": title, "resolution": view.resolution}


def _titles(connection: Connection, digests: Collection[str]) -> dict[str, dict[str, str]]:
    """What the tasks of the items that these terms are of are called, by digest."""
    found = terms_by_digest(connection, digests) if digests else {}
    items = {digest: terms.item for digest, terms in found.items() if terms.item is not None}
    return {digest: {t.key: t.title for t in item.tasks} for digest, item in items.items()}


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
    facts = ("summary", "priority", "status", "requester", "terms_digest")
    return (
        select(*columns, *(tickets.c[name] for name in facts))
        .join_from(human_tasks, tickets)
        .order_by(human_tasks.c.due, human_tasks.c.ticket, human_tasks.c.position)
        .limit(limit)
    )


def _task(fields: dict[str, Any]) -> OpenTask:
    due = None if fields["due"] == NEVER else fields["due"]
    return OpenTask.model_validate({**fields, "due": due})
