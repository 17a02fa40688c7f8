"""Reading tickets: lists, one by its number, its timeline and the account of its clocks."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.accesses import note_reading
from api.dependencies import Called, Caller, Number, StateOfDesk
from api.errors import not_seen
from api.people import group_named, person_named
from api.query import Asking, Cursor
from api.reasons import reasons
from api.timeline import Timeline
from api.view import Ticket, Tickets, answered, as_json, is_ours
from desk.access import STAFF, sees_internal, sight
from desk.clock import Clock
from desk.explain import Line as Counted
from desk.explain import explain
from desk.model import Frozen, Line, Name
from desk.people import Actor
from desk.terms import Terms
from desk.ticket import Kind, Priority, Status
from desk.ticket import Ticket as Inner
from desk.view import ClockView, clock_view
from store.engine import reading
from store.organisation import Organisation
from store.reads import Connection
from store.tickets import Filters, Sort, Stored, get_ticket, list_tickets, terms_of
from store.timeline import timeline

router = APIRouter(prefix="/tickets", tags=["tickets"])


class Asked(Asking):
    """What a list is narrowed to; each filter may be given several times."""

    kind: tuple[Kind, ...] = ()
    status: tuple[Status, ...] = ()
    group: tuple[Name, ...] = ()
    assignee: tuple[Name, ...] = ()
    requester: tuple[Name, ...] = ()
    priority: tuple[Priority, ...] = ()
    line: tuple[Annotated[int, Field(ge=1, le=3)], ...] = ()
    q: Line | None = None
    sort: Sort = "due"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Cursor | None = None

    def filters(self, actor: Actor, organisation: Organisation) -> Filters:
        """The filters with people as ids.

        Raises:
            InvalidFact: a group or person is unknown; requesters are not told who is known.
        """

        def person(name: str, field: str) -> str:
            if not actor.has(*STAFF):
                known = organisation.person_by_email(name)
                return known.id if known else name
            return person_named(organisation, name, field, active=False).id

        return Filters(
            kind=self.kind,
            status=self.status,
            group=tuple(group_named(organisation, name).id for name in self.group),
            assignee=tuple(person(name, "assignee") for name in self.assignee),
            requester=tuple(person(name, "requester") for name in self.requester),
            priority=self.priority,
            line=self.line,
            q=self.q,
        )


class Turned(Asking):
    """Which part of a timeline."""

    limit: Annotated[int, Field(ge=1, le=500)] = 200
    after: Cursor | None = None


class Account(ClockView):
    """Why a clock is due when it is: each working interval, pause and holiday that was counted."""

    elapsed: timedelta
    remaining: timedelta
    explanation: tuple[Counted, ...]


class Accounts(Frozen):
    """The clocks of a ticket."""

    items: tuple[Account, ...]


@router.get("", response_model=Tickets)
def list_them(state: StateOfDesk, actor: Caller, asked: Annotated[Asked, Query()]) -> Response:
    """The tickets that the caller may see, a page at a time."""
    organisation = state.organisation
    filters = asked.filters(actor, organisation)
    with reading(state.engine) as connection:
        page = list_tickets(connection, sight(actor), filters, asked.sort, asked.limit, asked.after)
    items = tuple(Ticket.seen_by(actor, view, organisation) for view in page.items)
    return as_json(Tickets.model_construct(items=items, next=page.next))


@router.get("/{number}", response_model=Ticket)
def read_ticket(number: Number, call: Called) -> Response:
    """A ticket; its ETag goes into `If-Match` of a step."""
    with reading(call.state.engine) as connection:
        found = _found(connection, number, call.actor)
    note_reading(call, found.view)
    return answered(Ticket.seen_by(call.actor, found.view, call.state.organisation))


@router.get("/{number}/timeline", response_model=Timeline)
def read_timeline(number: Number, call: Called, turned: Annotated[Turned, Query()]) -> Response:
    """What happened to the ticket, in order, why, and what was told of it to whom."""
    with reading(call.state.engine) as connection:
        found = _found(connection, number, call.actor)
        inside = sees_internal(call.actor, found.view)
        entries = timeline(connection, number, inside, turned.limit, turned.after)
        why = reasons(connection, found, entries) if inside else None
    note_reading(call, found.view)
    return as_json(Timeline.of(entries, call.state.organisation, why))


@router.get("/{number}/clocks", response_model=Accounts)
def read_clocks(number: Number, call: Called) -> Response:
    """Each clock with the account of its due time."""
    with reading(call.state.engine) as connection:
        found = _found(connection, number, call.actor)
        terms = terms_of(connection, found.terms_digest)
    if terms is None:
        raise not_seen(number)
    note_reading(call, found.view)
    inside = sees_internal(call.actor, found.view)
    return as_json(Accounts(items=_accounts(found.ticket, terms, inside)))


def _accounts(ticket: Inner, terms: Terms, inside: bool) -> tuple[Account, ...]:
    """A given clock stands still between its events; others than the desk see what is theirs."""
    now = ticket.last_at if ticket.clock == "given" else datetime.now(UTC)
    return tuple(
        _account(clock, terms, now) for clock in ticket.clocks if inside or not is_ours(clock)
    )


def _account(clock: Clock, terms: Terms, now: datetime) -> Account:
    told = explain(clock, terms.calendars, now)
    return Account(
        **dict(clock_view(clock, terms.calendars)),
        elapsed=told.elapsed,
        remaining=told.remaining,
        explanation=told.lines,
    )


def _found(connection: Connection, number: str, actor: Actor) -> Stored:
    found = get_ticket(connection, number, sight(actor))
    if found is None:
        raise not_seen(number)
    return found
