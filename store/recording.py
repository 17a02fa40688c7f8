"""Writes what a process hands over after a change, so that the store never keeps what never was.

A process may record before the engine has accepted its task. If the task is then lost, what was
recorded is untrue, and the next record of the true history replaces it, from the first event that
differs.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from desk.errors import NumberTaken
from desk.events import Event
from desk.record import Record, Recorded
from store.barred import bar
from store.messages import NewMessage, events_of, row_of
from store.once import add_messages_once, add_terms_once, add_ticket_once
from store.rows import event_row, snapshot_row, task_rows, tasks_text, text_of, ticket_row
from store.tables import events, human_tasks, messages, snapshots, terms, tickets

Place = tuple[int, int]

_GUARD = (
    select(*(column for column in tickets.c if column.name != "search"))
    .where(tickets.c.number == bindparam("ticket"))
    .with_for_update()
)
_UPDATE = update(tickets).where(tickets.c.number == bindparam("ticket"))
_UPDATE_SNAPSHOT = update(snapshots).where(snapshots.c.number == bindparam("ticket"))
_ADD_SNAPSHOT = insert(snapshots)
_ADD_EVENTS = insert(events)
_ADD_TASKS = insert(human_tasks)
_DROP_TASKS = delete(human_tasks).where(human_tasks.c.ticket == bindparam("of"))


class _Given(NamedTuple):
    """A record with its texts, each made once."""

    record: Record
    inner: str
    bodies: list[str]
    tasks: str

    @property
    def number(self) -> str:
        return self.record.ticket.number

    @property
    def first(self) -> Place:
        """The place from which on the record says what happened."""
        return self.record.since


def record(
    connection: Connection, given: Record, new_messages: Sequence[NewMessage] = ()
) -> Recorded:
    """Write ticket, events, human tasks and messages in the caller's transaction.

    The same call twice changes nothing and returns the same. A record of an older run, or of a
    shorter history, changes nothing.

    Raises:
        NumberTaken: the number belongs to another opening.
    """
    texts = _Given(given, text_of(given.ticket), [*map(text_of, given.events)], tasks_text(given))
    stored = _guard(connection, texts.number)
    if stored is None:
        stored = _add_ticket(connection, texts)
    if stored is None:
        _add_events(connection, texts, 0)
        _add_messages(connection, texts.number, new_messages)
        return _recorded(texts, new_messages)
    if stored.opening_id != given.ticket.opening_id:
        raise NumberTaken(f"{texts.number} belongs to another ticket")
    if (given.run, given.length) < (stored.run, stored.length):
        return _recorded_before(connection, texts, new_messages)
    return _go_on(connection, texts, stored, new_messages)


def _go_on(
    connection: Connection, given: _Given, stored: Row[Any], new: Sequence[NewMessage]
) -> Recorded:
    overlaps = given.first < (stored.version, stored.next_index)
    kept = _keep_what_is_true(connection, given) if overlaps else 0
    _add_terms(connection, given.record)
    row = ticket_row(given.record, given.tasks)
    connection.execute(_UPDATE, {**_changed(row, stored), "ticket": given.number})
    snapshot = snapshot_row(given.record, given.inner)
    connection.execute(_UPDATE_SNAPSHOT, {**snapshot, "ticket": given.number})
    bar(connection, given.record.ticket)
    if stored.tasks != given.tasks:
        connection.execute(_DROP_TASKS, {"of": given.number})
        _add_tasks(connection, given.record)
    _add_events(connection, given, kept)
    known = {event.id for event in given.record.events[:kept]}
    added = [message for message in new if not known.issuperset(message.events)]
    for message in added:
        if known.intersection(message.events):
            _supersede(connection, given.number, message)
    _add_messages(connection, given.number, added)
    return _recorded_before(connection, given, new) if kept else _recorded(given, new)


def _changed(row: dict[str, Any], stored: Row[Any]) -> dict[str, Any]:
    # SQLite writes every index of a column that is set, also when its value stays as it is.
    before = stored._mapping
    return {name: value for name, value in row.items() if before.get(name, before) != value}


def _guard(connection: Connection, number: str) -> Row[Any] | None:
    return connection.execute(_GUARD, {"ticket": number}).one_or_none()


def _add_ticket(connection: Connection, given: _Given) -> Row[Any] | None:
    """None when the ticket was new; what another process wrote, when that was faster."""
    _add_terms(connection, given.record)
    row = ticket_row(given.record, given.tasks)
    if connection.execute(add_ticket_once(connection.dialect.name), row).rowcount == 1:
        connection.execute(_ADD_SNAPSHOT, snapshot_row(given.record, given.inner))
        bar(connection, given.record.ticket)
        _add_tasks(connection, given.record)
        return None
    return _guard(connection, given.number)


def _add_terms(connection: Connection, given: Record) -> None:
    if given.terms is None:
        return
    known = select(terms.c.digest).where(terms.c.digest == given.terms_digest)
    if connection.execute(known).one_or_none() is None:
        row = {"digest": given.terms_digest, "body": text_of(given.terms)}
        connection.execute(add_terms_once(connection.dialect.name), row)


def _add_tasks(connection: Connection, given: Record) -> None:
    if rows := task_rows(given):
        connection.execute(_ADD_TASKS, rows)


def _add_events(connection: Connection, given: _Given, kept: int) -> None:
    pairs = list(zip(given.record.events, given.bodies, strict=True))[kept:]
    if pairs:
        connection.execute(_ADD_EVENTS, [event_row(given.number, *pair) for pair in pairs])


def _add_messages(connection: Connection, number: str, new: Sequence[NewMessage]) -> None:
    if new:
        rows = [row_of(number, message) for message in new]
        connection.execute(add_messages_once(connection.dialect.name), rows)


def _keep_what_is_true(connection: Connection, given: _Given) -> int:
    """How many of the given events are there already; whatever else is there is taken out."""
    place = tuple_(events.c.version, events.c.index)
    tail = (
        select(events.c.version, events.c.index, events.c.id, events.c.body)
        .where(events.c.ticket == given.number, place >= given.first)
        .order_by(events.c.version, events.c.index)
    )
    rows = connection.execute(tail).all()
    kept = 0
    for row, event, body in zip(rows, given.record.events, given.bodies, strict=False):
        if tuple(row[:2]) != _place(event) or row.body != body:
            break
        kept += 1
    if untrue := rows[kept:]:
        start = tuple(untrue[0][:2])
        connection.execute(delete(events).where(events.c.ticket == given.number, place >= start))
        _retract(connection, given.number, {row.id for row in untrue})
    return kept


def _retract(connection: Connection, number: str, untrue: set[str]) -> None:
    """Take back the unsent messages about these events; a sent one stays and is flagged."""
    query = select(messages.c.key, messages.c.events).where(messages.c.ticket == number)
    about = [row.key for row in connection.execute(query) if untrue & set(events_of(row.events))]
    if about:
        these = messages.c.key.in_(about)
        connection.execute(delete(messages).where(these, messages.c.state != "sent"))
        connection.execute(update(messages).where(these).values(orphaned=True))


def _supersede(connection: Connection, number: str, by: NewMessage) -> None:
    """Take back what says less of the same to the same person: nobody is told twice.

    It was made for a task that was never accepted, so nobody has been asked to deliver it.
    """
    query = select(messages.c.key, messages.c.events).where(
        messages.c.ticket == number,
        messages.c.person == by.person,
        messages.c.vendor == by.vendor,
        messages.c.template == by.template,
        messages.c.state != "sent",
    )
    found = connection.execute(query).all()
    less = [row.key for row in found if set(events_of(row.events)) < set(by.events)]
    connection.execute(delete(messages).where(messages.c.key.in_(less)))


def _recorded(given: _Given, new: Sequence[NewMessage]) -> Recorded:
    keys = (message.key for message in new if message.state != "nobody")
    return Recorded(digest=_digest(given), messages=tuple(sorted(keys)))


def _recorded_before(connection: Connection, given: _Given, new: Sequence[NewMessage]) -> Recorded:
    """As `_recorded`, with the messages that were made when these events were first recorded."""
    ids = {event.id for event in given.record.events}
    keys = {message.key for message in new}
    query = select(messages.c.key, messages.c.events).where(
        messages.c.ticket == given.number,
        messages.c.state != "nobody",
        messages.c.orphaned.is_(False),
    )
    rows = connection.execute(query).all()
    found = [row.key for row in rows if row.key in keys or ids & set(events_of(row.events))]
    return Recorded(digest=_digest(given), messages=tuple(sorted(found)))


def _digest(given: _Given) -> str:
    """As `desk.record.digest`, of texts that are there already."""
    return hashlib.sha256("\n".join([given.inner, *given.bodies]).encode()).hexdigest()


def _place(event: Event) -> Place:
    return event.version, event.index
