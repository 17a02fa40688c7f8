"""Messages: written with the record that caused them, delivered one by one, seen in the timeline.

queued ──mark_sent──> sent        `nobody` is a message that nobody could be told; it stays so.
   └──mark_failed──> failed ──mark_sent──> sent
"""

import json
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, func, literal, select, update

from desk.model import Frozen, Instant
from store.tables import UNDELIVERED, messages

State = Literal["queued", "sent", "failed", "nobody"]
TO_DELIVER = ("queued", "failed")
LONGEST_ERROR = 200
WEB = ("http://", "https://")


class Decides(Frozen):
    """The question that a message gives its person a link to answer: see `Order`."""

    stage: str
    form: int
    wish: str


class NewMessage(Frozen):
    """A message as it was rendered; `key` is the notice's key and the person's id.

    `person` and `address` are None where nobody could be told (`state` nobody). The link of what
    it `decides` is a secret: it is made when the message is delivered, and kept nowhere.
    """

    key: str
    events: tuple[str, ...]
    template: str
    person: str | None
    vendor: str | None = None
    address: str | None
    language: str
    subject: str
    body: str
    message_id: str
    created_at: Instant
    correlation: str = ""
    state: Literal["queued", "nobody"] = "queued"
    decides: Decides | None = None


class Message(Frozen):
    """A message as the store has it; `orphaned`: sent, and then its events turned out untrue."""

    key: str
    ticket: str
    events: tuple[str, ...]
    template: str
    person: str | None
    vendor: str | None = None
    address: str | None
    language: str
    subject: str
    body: str
    message_id: str
    correlation: str
    state: State
    orphaned: bool
    attempts: int
    last_error: str | None
    created_at: Instant
    sent_at: Instant | None
    failing_since: Instant | None = None

    @property
    def by_webhook(self) -> bool:
        """Whether it is a vendor's whose address is one of the web."""
        return self.vendor is not None and (self.address or "").startswith(WEB)

    decides: Decides | None = None


def get_message(connection: Connection, key: str) -> Message | None:
    """The message of that key; None when it never was, or its events turned out untrue."""
    row = connection.execute(select(messages).where(messages.c.key == key)).one_or_none()
    return None if row is None else _message(row)


def messages_of(connection: Connection, ticket: str) -> list[Message]:
    """All messages of a ticket, the oldest first."""
    query = select(messages).where(messages.c.ticket == ticket)
    rows = connection.execute(query.order_by(messages.c.created_at, messages.c.key))
    return [_message(row) for row in rows]


def undelivered(connection: Connection, limit: int = 500) -> list[Message]:
    """What is queued or has failed so far, the oldest first."""
    query = select(messages).where(UNDELIVERED)
    rows = connection.execute(query.order_by(messages.c.created_at, messages.c.key).limit(limit))
    return [_message(row) for row in rows]


def mark_sent(connection: Connection, key: str, at: datetime) -> bool:
    """It was handed over; False when there is no such message or it was sent before."""
    unsent = and_(messages.c.key == key, messages.c.state.in_(TO_DELIVER))
    change = {"state": "sent", "sent_at": at, "last_error": None}
    attempts = messages.c.attempts + 1
    done = connection.execute(update(messages).where(unsent).values(attempts=attempts, **change))
    return done.rowcount == 1


def mark_failed(connection: Connection, key: str, error: str, at: datetime) -> bool:
    """An attempt failed; `error` is short and holds no address. A sent message stays sent."""
    unsent = and_(messages.c.key == key, messages.c.state.in_(TO_DELIVER))
    change = {"state": "failed", "last_error": error[:LONGEST_ERROR]}
    since = messages.c.failing_since
    since_then = func.coalesce(since, literal(at, since.type))
    counted = {"attempts": messages.c.attempts + 1, "failing_since": since_then}
    done = connection.execute(update(messages).where(unsent).values(**counted, **change))
    return done.rowcount == 1


def row_of(ticket: str, message: NewMessage) -> dict[str, Any]:
    """A new message as a row."""
    return {
        **dict(message),
        "ticket": ticket,
        "events": json.dumps(message.events),
        "decides": message.decides.model_dump_json() if message.decides else None,
        "orphaned": False,
        "attempts": 0,
    }


def events_of(text: str) -> tuple[str, ...]:
    """The ids of the events that a row of messages is about."""
    return tuple(json.loads(text))


def _message(row: Row[Any]) -> Message:
    decides = json.loads(row.decides) if row.decides else None
    events = events_of(row.events)
    return Message.model_validate({**row._mapping, "events": events, "decides": decides})
