"""Finds tickets: one by its number, and pages of them, always as one person may see them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    exists,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from desk.access import Sight, sees
from desk.model import Frozen, Line, Name
from desk.terms import Terms
from desk.ticket import Kind, Priority, Status, Ticket
from desk.view import View
from store.cursors import cursor, instant, position
from store.rows import folded
from store.sights import visible_to
from store.tables import SORTS, Instant, events, snapshots, terms, tickets

Sort = Literal["due", "-opened", "priority"]


# The first of these by which a list is narrowed is asked for one value at a time, each from its
# own place in an index: for several at once a database would read and sort everything.
ONE_BY_ONE = ("assignee", "requester", "group", "status")


class Filters(Frozen):
    """What a list is narrowed to: any of the values of each field, and all fields at once.

    People are ids; `q` is looked for, in any case of letters, in number, summary, description
    and in what was said to everybody.
    """

    kind: tuple[Kind, ...] = ()
    status: tuple[Status, ...] = ()
    group: tuple[Name, ...] = ()
    assignee: tuple[Name, ...] = ()
    requester: tuple[Name, ...] = ()
    priority: tuple[Priority, ...] = ()
    line: tuple[Annotated[int, Field(ge=1, le=3)], ...] = ()
    q: Line | None = None


class Stored(NamedTuple):
    """A ticket as the store has it."""

    view: View
    inner: str
    terms_digest: str

    @property
    def ticket(self) -> Ticket:
        """The ticket as its process has it; few ask."""
        return Ticket.model_validate_json(self.inner)


class Page(NamedTuple):
    """Some tickets of a list; `next` is the cursor of the following page, if there is one."""

    items: list[View]
    next: str | None


# Made once: every step asks it, and to make it takes longer than to run it.
_ONE = (
    select(snapshots.c.body, snapshots.c.inner, tickets.c.terms_digest)
    .join_from(tickets, snapshots)
    .where(tickets.c.number == bindparam("ticket"))
)


def get_ticket(connection: Connection, number: str, sight: Sight) -> Stored | None:
    """The ticket of that number, if there is one and it may be seen.

    Also by whom it waits for, which no list shows: that is asked of the ticket itself.
    """
    row = connection.execute(_ONE, {"ticket": number}).one_or_none()
    if row is None:
        return None
    view = View.model_validate_json(row.body)
    return Stored(view, row.inner, row.terms_digest) if sees(sight, view) else None


def terms_of(connection: Connection, digest: str) -> Terms | None:
    """The terms of that digest."""
    body = connection.execute(select(terms.c.body).where(terms.c.digest == digest)).scalar()
    return None if body is None else _terms(body)


def terms_by_digest(connection: Connection, digests: Collection[str]) -> dict[str, Terms]:
    """The terms of these digests, as far as they were ever recorded."""
    query = select(terms.c.digest, terms.c.body).where(terms.c.digest.in_(digests))
    return {row.digest: _terms(row.body) for row in connection.execute(query)}


@lru_cache(maxsize=64)
def _terms(body: str) -> Terms:
    """Most tickets share their terms, and each timeline and account of clocks asks for them."""
    return Terms.model_validate_json(body)


def list_tickets(
    connection: Connection,
    sight: Sight,
    filters: Filters,
    sort: Sort = "due",
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """A page of the tickets that are seen: nearest due (none last), newest, or most pressing first.

    The most pressing are by priority, the oldest first within one. A ticket that moves while the
    pages are turned is on the page where it then belongs: it may be seen twice or not at all.

    Raises:
        InvalidFact: `after` is no cursor of this list.
    """
    of = f"{sort}\n{filters.model_dump_json()}"
    place = None if after is None else _place(sort, position(of, after, len(SORTS[sort])))
    numbers = _numbers(sight, filters, sort, limit + 1, place)
    query = select(snapshots.c.body, *SORTS[sort]).join_from(tickets, snapshots)
    query = query.where(tickets.c.number.in_(numbers))
    rows = connection.execute(query.order_by(*_ordered(sort, SORTS[sort]))).all()
    items = [View.model_validate_json(row.body) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, cursor(of, [_text(part) for part in rows[limit - 1][1:]]) if more else None)


def _numbers(
    sight: Sight, filters: Filters, sort: Sort, limit: int, place: tuple[Any, ...] | None
) -> Select[tuple[str]]:
    """The numbers of the page's tickets."""
    order = SORTS[sort]
    query = select(*order).where(visible_to(sight), *_common(filters))
    if place is not None:
        here = tuple_(*order)
        query = query.where(here < place if sort.startswith("-") else here > place)
    branches = [
        query.where(branch).order_by(*_ordered(sort, order)).limit(limit).subquery()
        for branch in _branches(filters)
    ]
    if len(branches) == 1:
        return select(branches[0].c.number)
    found = union_all(*(select(branch) for branch in branches)).subquery()
    ends = [found.c[column.name] for column in order]
    best = select(found.c.number, *ends[:-1]).order_by(*_ordered(sort, ends)).limit(limit)
    return select(best.subquery().c.number)


def _branched(filters: Filters) -> str | None:
    return next((name for name in ONE_BY_ONE if getattr(filters, name)), None)


def _branches(filters: Filters) -> list[ColumnElement[bool]]:
    name = _branched(filters)
    return [tickets.c[name] == value for value in _values(filters, name)] if name else [true()]


def _common(filters: Filters) -> Iterator[ColumnElement[bool]]:
    for name in Filters.model_fields:
        if name not in ("q", _branched(filters)) and getattr(filters, name):
            yield tickets.c[name].in_(_values(filters, name))
    if filters.q is not None:
        sought = folded(filters.q)
        said = select(events.c.ticket).where(
            events.c.ticket == tickets.c.number, events.c.search.contains(sought, autoescape=True)
        )
        yield or_(tickets.c.search.contains(sought, autoescape=True), exists(said))


def _values(filters: Filters, name: str) -> list[str | int]:
    return sorted({getattr(value, "value", value) for value in getattr(filters, name)})


def _ordered(sort: Sort, columns: Sequence[Any]) -> list[Any]:
    return [column.desc() for column in columns] if sort.startswith("-") else [*columns]


def _text(part: Any) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _place(sort: Sort, parts: Sequence[str]) -> tuple[Any, ...]:
    return tuple(
        instant(part) if isinstance(column.type, Instant) else part
        for column, part in zip(SORTS[sort], parts, strict=True)
    )
