"""The human tasks that are open: what a person and their groups are waited for."""

from sqlalchemy import Connection, and_, or_, select

from desk.access import Sight
from desk.model import Frozen, Instant
from desk.record import Task
from desk.ticket import Priority, Status
from store.sights import visible_to
from store.tables import NEVER, human_tasks, tickets

MOST = 500


class OpenTask(Frozen):
    """A human task with what is needed to choose among them; people and groups are ids."""

    ticket: str
    task: Task
    group: str | None
    person: str | None
    due: Instant | None
    summary: str
    priority: Priority
    status: Status


def open_tasks(connection: Connection, sight: Sight, limit: int = MOST) -> list[OpenTask]:
    """What the person is waited for, and anybody of their groups: nearest due first, none last."""
    mine = human_tasks.c.person == sight.person
    # A ticket that waits to be taken on is anybody's of the group, whoever is on duty for it.
    free = or_(human_tasks.c.person.is_(None), human_tasks.c.task == Task.ACCEPT.value)
    anybodys = and_(free, human_tasks.c.group.in_(sight.groups))
    query = (
        select(human_tasks, tickets.c.summary, tickets.c.priority, tickets.c.status)
        .join_from(human_tasks, tickets)
        .where(or_(mine, anybodys) if sight.groups else mine, visible_to(sight))
        .order_by(human_tasks.c.due, human_tasks.c.ticket, human_tasks.c.position)
        .limit(limit)
    )
    rows = connection.execute(query).mappings()
    known = OpenTask.model_fields
    return [
        OpenTask.model_validate(
            {
                **{name: row[name] for name in known},
                "due": None if row["due"] == NEVER else row["due"],
            }
        )
        for row in rows
    ]
