"""Who is away, and who decides on approvals for them meanwhile."""

from datetime import UTC, datetime

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.bodies import json_object
from api.dependencies import Call, Called
from api.documents import body_of
from api.errors import Problem
from api.leaves import absence_of, leave_in
from api.people import address
from api.state import State
from api.view import as_json
from desk.access import may_note_absence
from desk.errors import NotPermitted
from desk.model import Frozen, Instant
from store.absences import Absence, end_absence, put_absence
from store.engine import writing
from store.organisation import Organisation, Person

log = structlog.get_logger()
router = APIRouter(prefix="/people/{email}/absence", tags=["people"])


class Absent(Frozen):
    """An absence; people by address. Who is away reads here who noted it."""

    person: str
    begins: Instant = Field(alias="from")
    until: Instant
    deputy: str | None
    noted_by: str | None


@router.get("", response_model=Absent)
async def read_absence(email: str, call: Called) -> Response:
    """When the person is away, or will be, and who decides meanwhile."""
    person = _person(call, email)
    return _shown(call.state.organisation, person)


@router.put("", response_model=Absent, openapi_extra=body_of("Leave"))
async def note_absence(request: Request, email: str, call: Called) -> Response:
    """Note that the person is away; it replaces what was noted before."""
    person = _person(call, email)
    leave = leave_in(await json_object(request))
    by = call.actor.person
    absence = absence_of(call.state.organisation, person, leave, by, datetime.now(UTC))
    await run_in_threadpool(_put, call.state, absence)
    log.info("absence_noted", away=person.id, deputy=absence.deputy, by=by)
    return _shown(call.state.organisation, person)


@router.delete("", status_code=204)
async def drop_absence(email: str, call: Called) -> Response:
    """The person is back, or is not going; nothing is done when they were not away."""
    person = _person(call, email)
    await run_in_threadpool(_end, call.state, person.id)
    log.info("absence_ended", away=person.id, by=call.actor.person)
    return Response(status_code=204)


def _person(call: Call, email: str) -> Person:
    """Whose absence it is.

    Raises:
        NotPermitted: it is none of the caller's business, whether there is such a person or not.
        Problem: 404, there is none.
    """
    organisation = call.state.organisation
    found = organisation.person_by_email(email)
    manager = found.manager if found else None
    if not may_note_absence(call.actor, found.id if found else None, manager):
        raise NotPermitted("an absence is noted by the person, their manager, or an admin")
    if found is None or not found.active:
        raise Problem("not-found", "there is nobody active of that address")
    return found


def _put(state: State, absence: Absence) -> None:
    with writing(state.engine) as connection:
        put_absence(connection, absence)
    state.directory.refresh()


def _end(state: State, person: str) -> None:
    with writing(state.engine) as connection:
        end_absence(connection, person)
    state.directory.refresh()


def _shown(organisation: Organisation, person: Person) -> Response:
    absence = organisation.absences.get(person.id)
    if absence is None or absence.until <= datetime.now(UTC):
        raise Problem("not-found", f"no absence of {person.email} is noted")
    return as_json(
        Absent.model_validate(
            {
                "person": person.email,
                "from": absence.begins,
                "until": absence.until,
                "deputy": address(organisation, absence.deputy),
                "noted_by": address(organisation, absence.noted_by),
            }
        )
    )
