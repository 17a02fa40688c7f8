"""A ticket as the store has it, whole: to be held against its histories, and put right."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select

from desk.record import Record, terms_digest
from desk.terms import Terms
from store.barred import bar_anew, barred_people
from store.once import add_terms_once
from store.rows import event_row, snapshot_row, task_rows, tasks_text, text_of, ticket_row
from store.tables import events, human_tasks, snapshots, terms, tickets

Place = tuple[int, int]
NOT_COMPARED = ("run", "length", "recorded_at")
"""When the store was told, and by which record: not how the ticket stands."""


class Stored(NamedTuple):
    """The rows of a ticket: facts by column, events by place (version, index), tasks in order.

    `terms` is the text of its terms; None where they are not known or not compared.
    """

    facts: dict[str, Any]
    terms: str | None
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
    body = select(terms.c.body).where(terms.c.digest == row[0]["terms_digest"])
    return Stored(
        facts=_compared(row[0] | (snapshot[0] if snapshot else {}))
        | {"barred": barred_people(connection, number)},
        terms=connection.execute(body).scalar(),
        events={(event["version"], event["index"]): event for event in found},
        tasks=sorted(tasks, key=lambda task: int(task["position"])),
    )


def as_stored(record: Record) -> Stored:
    """What the store should have after a record that holds all events of its ticket."""
    facts = ticket_row(record, tasks_text(record)) | snapshot_row(record, text_of(record.ticket))
    number = record.ticket.number
    rows = [event_row(number, event, text_of(event)) for event in record.events]
    return Stored(
        facts=_compared(facts) | {"barred": sorted(record.ticket.barred)},
        terms=text_of(record.terms) if record.terms is not None else None,
        events={(row["version"], row["index"]): row for row in rows},
        tasks=task_rows(record),
    )


def restore(
    connection: Connection, record: Record, seen: Stored | None, former: Iterable[Terms] = ()
) -> bool:
    """Make the ticket's rows what a record with all of its events says; messages stay.

    `former` are the terms that it had before: its older events are explained by them.
    Nothing is done, and False returned, when the rows are no longer what was `seen`, or are those
    of another opening: then the ticket has moved on meanwhile.
    """
    number, tasks = record.ticket.number, tasks_text(record)
    lock = select(tickets.c.number).where(tickets.c.number == number).with_for_update()
    connection.execute(lock)
    if stored_ticket(connection, number) != seen:
        return False
    if seen is not None and seen.facts["opening_id"] != record.ticket.opening_id:
        return False
    for table in (human_tasks, events, snapshots):
        key = table.c.number if table is snapshots else table.c.ticket
        connection.execute(delete(table).where(key == number))
    if record.terms is not None:
        body = {"digest": record.terms_digest, "body": text_of(record.terms)}
        connection.execute(add_terms_once(connection.dialect.name), body)
        same = terms.c.digest == record.terms_digest
        connection.execute(terms.update().where(same).values(body=body["body"]))
    for had in former:
        body = {"digest": terms_digest(had), "body": text_of(had)}
        connection.execute(add_terms_once(connection.dialect.name), body)
    row = ticket_row(record, tasks)
    changed = tickets.update().where(tickets.c.number == number).values(row)
    if connection.execute(changed).rowcount == 0:
        connection.execute(insert(tickets).values(row))
    connection.execute(insert(snapshots).values(snapshot_row(record, text_of(record.ticket))))
    bar_anew(connection, record.ticket)
    for event in record.events:
        connection.execute(insert(events).values(event_row(number, event, text_of(event))))
    for task in task_rows(record):
        connection.execute(insert(human_tasks).values(task))
    return True


def numbers(connection: Connection, after: str, limit: int) -> list[str]:
    """The numbers of the tickets that follow `after`, in their order."""
    query = select(tickets.c.number).where(tickets.c.number > after)
    return list(connection.execute(query.order_by(tickets.c.number).limit(limit)).scalars())


def _compared(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in NOT_COMPARED}


def _rows(connection: Connection, table: Table, where: Any) -> list[dict[str, Any]]:
    rows = connection.execute(select(table).where(where)).mappings()
    return [dict(row) for row in rows]
