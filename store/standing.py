"""A ticket as the store has it, whole: to be held against its histories, and put right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select

from desk.record import Record
from store.once import add_terms_once
from store.rows import event_row, snapshot_row, task_rows, tasks_text, text_of, ticket_row
from store.tables import events, human_tasks, snapshots, tickets

Place = tuple[int, int]
NOT_COMPARED = ("run", "length", "recorded_at")
"""When the store was told, and by which record: not how the ticket stands."""


class Stored(NamedTuple):
    """The rows of a ticket: facts by column, events by place (version, index), tasks in order."""

    facts: dict[str, Any]
    events: dict[Place, dict[str, Any]]
    tasks: list[dict[str, Any]]


def stored_ticket(connection: Connection, number: str) -> Stored | None:
    """What the store has of a ticket; None when it has no such ticket."""
    row = _rows(connection, tickets, tickets.c.number == number)
    if not row:
        return None
    snapshot = _rows(connection, snapshots, snapshots.c.number == number)
    found = _rows(connection, events, events.c.ticket == number)
    tasks = _rows(connection, human_tasks, human_tasks.c.ticket == number)
    return Stored(
        facts=_compared(row[0] | (snapshot[0] if snapshot else {})),
        events={(event["version"], event["index"]): event for event in found},
        tasks=sorted(tasks, key=lambda task: int(task["position"])),
    )


def as_stored(record: Record) -> Stored:
    """What the store should have after a record that holds all events of its ticket."""
    facts = ticket_row(record, tasks_text(record)) | snapshot_row(record, text_of(record.ticket))
    number = record.ticket.number
    rows = [event_row(number, event, text_of(event)) for event in record.events]
    return Stored(
        facts=_compared(facts),
        events={(row["version"], row["index"]): row for row in rows},
        tasks=task_rows(record),
    )


def restore(connection: Connection, record: Record) -> None:
    """Make the ticket's rows what a record with all of its events says; messages stay."""
    number, tasks = record.ticket.number, tasks_text(record)
    for table in (human_tasks, events, snapshots):
        key = table.c.number if table is snapshots else table.c.ticket
        connection.execute(delete(table).where(key == number))
    if record.terms is not None:
        body = {"digest": record.terms_digest, "body": text_of(record.terms)}
        connection.execute(add_terms_once(connection.dialect.name), body)
    row = ticket_row(record, tasks)
    changed = tickets.update().where(tickets.c.number == number).values(row)
    if connection.execute(changed).rowcount == 0:
        connection.execute(insert(tickets).values(row))
    connection.execute(insert(snapshots).values(snapshot_row(record, text_of(record.ticket))))
    for event in record.events:
        connection.execute(insert(events).values(event_row(number, event, text_of(event))))
    for task in task_rows(record):
        connection.execute(insert(human_tasks).values(task))


def numbers(connection: Connection, after: str, limit: int) -> list[str]:
    """The numbers of the tickets that follow `after`, in their order."""
    query = select(tickets.c.number).where(tickets.c.number > after)
    return list(connection.execute(query.order_by(tickets.c.number).limit(limit)).scalars())


def _compared(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in NOT_COMPARED}


def _rows(connection: Connection, table: Table, where: Any) -> list[dict[str, Any]]:
    rows = connection.execute(select(table).where(where)).mappings()
    return [dict(row) for row in rows]
