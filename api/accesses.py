"""Who read confidential tickets or took evidence out: written before it is shown, for auditors."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.dependencies import Call, Caller, StateOfDesk
from api.errors import unavailable
from api.people import address, person_named
from api.query import Asking, Cursor
from api.view import as_json
from desk.access import AUDIT, reading_is_noted
from desk.errors import NotPermitted
from desk.model import Frozen, Instant, Name
from desk.numbers import parse
from desk.ticket import Facts
from store.accesses import Access, Kind, NotNoted, accesses_of, note_access
from store.engine import reading
from store.organisation import Organisation

router = APIRouter(prefix="/audit/accesses", tags=["audit"])


class AskedAccesses(Asking):
    """Accesses to one ticket, of one person, or all."""

    ticket: Name | None = None
    person: Name | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Cursor | None = None


class Noted(Frozen):
    """One access: a confidential ticket was read, or evidence exported or replayed."""

    id: int
    at: Instant
    person: str
    kind: Kind
    ticket: str | None
    correlation: str


class Accesses(Frozen):
    """A page of accesses, the newest first; `next` goes into `after`, null on the last one."""

    items: tuple[Noted, ...]
    next: str | None


@router.get("", response_model=Accesses)
def list_accesses(
    state: StateOfDesk, actor: Caller, asked: Annotated[AskedAccesses, Query()]
) -> Response:
    """Who read confidential tickets, or took evidence out."""
    if not actor.has(*AUDIT):
        raise NotPermitted("only an auditor reads who has accessed what")
    organisation = state.organisation
    ticket = parse(asked.ticket) if asked.ticket else None
    person = _id(organisation, asked.person)
    with reading(state.engine) as connection:
        page = accesses_of(
            connection, ticket, person, asked.limit, asked.after, reader=actor.person
        )
    items = tuple(_shown(access, organisation) for access in page.items)
    return as_json(Accesses(items=items, next=page.next))


def note_reading(call: Call, ticket: Facts) -> None:
    """Write down that the caller reads the ticket, where that is to be.

    Raises:
        Problem: 503, it could not be written; then the ticket is not to be shown.
    """
    if reading_is_noted(call.actor, ticket):
        noted(call, "read", ticket.number)


def noted(call: Call, kind: Kind, ticket: str | None) -> None:
    """Write an access down before it takes place.

    Raises:
        Problem: 503, it could not be written.
    """
    who, now = call.actor.person, datetime.now(UTC)
    try:
        note_access(call.state.engine, who, kind, ticket, call.correlation, now)
    except NotNoted as unsure:
        told = "this is shown only once it is written down who asked, and that failed: repeat it"
        raise unavailable(told) from unsure


def _id(organisation: Organisation, name: str | None) -> str | None:
    return person_named(organisation, name, "person", active=False).id if name else None


def _shown(access: Access, organisation: Organisation) -> Noted:
    who = address(organisation, access.person) or access.person
    return Noted.model_validate({**dict(access), "person": who})
