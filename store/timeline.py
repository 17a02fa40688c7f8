"""The timeline of a ticket: its events in order, each with what was told about it to whom."""

from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select, tuple_

from desk.events import Event
from desk.model import Frozen, Instant
from store.cursors import cursor, place, position
from store.messages import State, events_of
from store.tables import events, messages, tickets

TURNS = ("adopted", "became")


class Delivery(Frozen):
    """Where a message stands; `person` is an id, None where a vendor, or nobody, was told."""

    key: str
    template: str
    person: str | None
    vendor: str | None
    state: State
    attempts: int
    last_error: str | None
    sent_at: Instant | None


class Entry(NamedTuple):
    """One event, and the messages about it."""

    event: Event
    deliveries: tuple[Delivery, ...]


class Entries(NamedTuple):
    """Some entries of a timeline; `next` is the cursor of the following ones, if there are any."""

    items: list[Entry]
    next: str | None


def timeline(
    connection: Connection,
    number: str,
    internal: bool,
    limit: int = 200,
    after: str | None = None,
) -> Entries:
    """The events of a ticket that the caller has found to be visible.

    Without `internal`: no internal event, and of messages those to the requester alone.

    Raises:
        InvalidFact: `after` is no cursor of this timeline.
    """
    of = f"timeline\n{number}\n{internal}"
    query = select(events.c.version, events.c.index, events.c.id, events.c.body)
    query = query.where(events.c.ticket == number)
    if not internal:
        query = query.where(events.c.internal.is_(False))
    if after is not None:
        here = place(position(of, after, 2))
        query = query.where(tuple_(events.c.version, events.c.index) > here)
    query = query.order_by(events.c.version, events.c.index).limit(limit + 1)
    rows = connection.execute(query).all()
    told = _deliveries(connection, number, internal) if rows else {}
    items = [
        Entry(Event.model_validate_json(row.body), tuple(told.get(row.id, ())))
        for row in rows[:limit]
    ]
    last = items[-1].event if len(rows) > limit else None
    return Entries(items, cursor(of, [str(last.version), str(last.index)]) if last else None)


def events_before(connection: Connection, number: str, first: Event) -> list[Event]:
    """Every event of the ticket before that one, in order, with the internal ones."""
    here = (first.version, first.index)
    query = select(events.c.body).where(
        events.c.ticket == number, tuple_(events.c.version, events.c.index) < here
    )
    rows = connection.execute(query.order_by(events.c.version, events.c.index)).scalars()
    return [Event.model_validate_json(body) for body in rows]


def turns_after(connection: Connection, number: str, last: Event) -> list[Event]:
    """Those events after that one by which the ticket moved to other terms, or changed its kind."""
    here = (last.version, last.index)
    query = select(events.c.body).where(
        events.c.ticket == number,
        tuple_(events.c.version, events.c.index) > here,
        or_(*(events.c.body.contains(f'"event":"{kind}"') for kind in TURNS)),
    )
    rows = connection.execute(query.order_by(events.c.version, events.c.index)).scalars()
    return [Event.model_validate_json(body) for body in rows]


def _deliveries(connection: Connection, number: str, internal: bool) -> dict[str, list[Delivery]]:
    """The messages of a ticket by the ids of the events that they are about."""
    query = select(messages.c.events, *(messages.c[name] for name in Delivery.model_fields)).where(
        messages.c.ticket == number, messages.c.orphaned.is_(False)
    )
    if not internal:
        requester = select(tickets.c.requester).where(tickets.c.number == number)
        query = query.where(messages.c.person == requester.scalar_subquery())
    by_event: dict[str, list[Delivery]] = defaultdict(list)
    for row in connection.execute(query.order_by(messages.c.created_at, messages.c.key)):
        fields: dict[str, Any] = dict(row._mapping)
        about = events_of(fields.pop("events"))
        for event in about:
            by_event[event].append(Delivery.model_validate(fields))
    return by_event
