"""Who read a confidential ticket, or took evidence out: written before anything is shown."""

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from desk.model import Frozen, Instant
from store.barred import not_barred_if_any
from store.cursors import cursor, number, position
from store.engine import writing
from store.tables import accesses

Kind = Literal["read", "export", "replay"]


class NotNoted(Exception):
    """The access could not be written down, so it must not take place."""


class Access(Frozen):
    """One access; `person` is an id, `ticket` None where it was to more than one."""

    id: int
    at: Instant
    person: str
    kind: Kind
    ticket: str | None
    correlation: str


class Accesses(NamedTuple):
    """Some accesses, the newest first; `next` is the cursor of the older ones, if there are any."""

    items: list[Access]
    next: str | None


def note_access(
    engine: Engine, person: str, kind: Kind, ticket: str | None, correlation: str, at: datetime
) -> None:
    """Write an access down, in a transaction of its own.

    Raises:
        NotNoted: it is not sure that it was written.
    """
    row = {
        "at": at,
        "person": person,
        "kind": kind,
        "ticket": ticket,
        "correlation": correlation,
    }
    try:
        with writing(engine) as connection:
            connection.execute(insert(accesses).values(row))
    except SQLAlchemyError as failed:
        raise NotNoted(f"the {kind} of {ticket or 'several tickets'} was not noted") from failed


def accesses_of(
    connection: Connection,
    ticket: str | None = None,
    person: str | None = None,
    limit: int = 50,
    after: str | None = None,
    reader: str = "",
) -> Accesses:
    """Accesses to a ticket, of a person, or all; none to what is kept from the `reader`.

    Raises:
        InvalidFact: `after` is no cursor of this list.
    """
    of = f"accesses\n{ticket}\n{person}"
    query = select(*(accesses.c[name] for name in Access.model_fields))
    query = query.where(not_barred_if_any(reader, accesses.c.ticket))
    if ticket is not None:
        query = query.where(accesses.c.ticket == ticket)
    if person is not None:
        query = query.where(accesses.c.person == person)
    if after is not None:
        query = query.where(accesses.c.id < number(position(of, after, 1)[0]))
    rows = connection.execute(query.order_by(accesses.c.id.desc()).limit(limit + 1)).mappings()
    found = [Access.model_validate(dict(row)) for row in rows]
    items = found[:limit]
    return Accesses(items, cursor(of, [str(items[-1].id)]) if len(found) > limit else None)
