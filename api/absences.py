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
from desk.access import AUDIT, may_note_absence
from desk.errors import NotPermitted
from desk.model import Frozen, Instant
from store.absences import Absence, PastAbsence, end_absence, past_absences_of, put_absence
from store.engine import reading, writing
from store.organisation import Organisation, Person

log = structlog.get_logger()
router = APIRouter(prefix="/people/{email}", tags=["people"])
MOST_PAST = 100


class Absent(Frozen):
    """An absence; people by address. Who is away reads here who noted it."""

    person: str
    begins: Instant = Field(alias="from")
    until: Instant
    deputy: str | None
    noted_by: str | None


class WasAbsent(Absent):
    """A past one; nobody ended one that just ran out."""

    ended_at: Instant | None
    ended_by: str | None


class PastAbsences(Frozen):
    """The last hundred, the latest first."""

    items: tuple[WasAbsent, ...]


@router.get("/absence", response_model=Absent)
async def read_absence(email: str, call: Called) -> Response:
    """When the person is away, or will be, and who decides meanwhile."""
    person = _person(call, email)
    return _shown(call.state.organisation, person)


@router.put("/absence", response_model=Absent, openapi_extra=body_of("Leave"))
async def note_absence(request: Request, email: str, call: Called) -> Response:
    """Note that the person is away; it replaces what was noted before."""
    person = _person(call, email)
    leave = leave_in(await json_object(request))
    by = call.actor.person
    absence = absence_of(call.state.organisation, person, leave, by, datetime.now(UTC))
    await run_in_threadpool(_put, call.state, absence)
    log.info("absence_noted", away=person.id, deputy=absence.deputy, by=by)
    return _shown(call.state.organisation, person)


@router.delete("/absence", status_code=204)
async def drop_absence(email: str, call: Called) -> Response:
    """The person is back, or is not going; nothing is done when they were not away."""
    person = _person(call, email)
    await run_in_threadpool(_end, call.state, person.id, call.actor.person)
    log.info("absence_ended", away=person.id, by=call.actor.person)
    return Response(status_code=204)


@router.get("/absences", response_model=PastAbsences)
def list_past_absences(email: str, call: Called) -> Response:
    """The person's absences that were ended or replaced by a later one, and by whom.

    Auditors read them too, and also those of who has left.
    """
    person = _person(call, email, past=True)
    organisation = call.state.organisation
    with reading(call.state.engine) as connection:
        past = past_absences_of(connection, person.id, MOST_PAST)
    items = tuple(_was_absent(organisation, person, absence) for absence in past)
    return as_json(PastAbsences(items=items))


def _person(call: Call, email: str, past: bool = False) -> Person:
    """Whose absence it is, or was.

    Raises:
        NotPermitted: it is none of the caller's business, whether there is such a person or not.
        Problem: 404, there is none.
    """
    organisation = call.state.organisation
    found = organisation.person_by_email(email)
    manager = found.manager if found else None
    audits = past and call.actor.has(*AUDIT)
    if not (audits or may_note_absence(call.actor, found.id if found else None, manager)):
        raise NotPermitted("an absence is noted by the person, their manager, or an admin")
    if found is None or not (found.active or past):
        who = "nobody" if past else "nobody active"
        raise Problem("not-found", f"there is {who} of that address")
    return found


def _put(state: State, absence: Absence) -> None:
    with writing(state.engine) as connection:
        put_absence(connection, absence, datetime.now(UTC))
    state.directory.refresh()


def _end(state: State, person: str, by: str) -> None:
    with writing(state.engine) as connection:
        end_absence(connection, person, by, datetime.now(UTC))
    state.directory.refresh()


def _shown(organisation: Organisation, person: Person) -> Response:
    absence = organisation.absences.get(person.id)
    if absence is None or absence.until <= datetime.now(UTC):
        raise Problem("not-found", f"no absence of {person.email} is noted")
    return as_json(Absent.model_validate(_fields(organisation, person, absence)))


def _was_absent(organisation: Organisation, person: Person, absence: PastAbsence) -> WasAbsent:
    ended_by = address(organisation, absence.ended_by)
    ended = {"ended_at": absence.ended_at, "ended_by": ended_by}
    return WasAbsent.model_validate({**_fields(organisation, person, absence), **ended})


def _fields(organisation: Organisation, person: Person, absence: Absence) -> dict[str, object]:
    return {
        "person": person.email,
        "from": absence.begins,
        "until": absence.until,
        "deputy": address(organisation, absence.deputy),
        "noted_by": address(organisation, absence.noted_by),
    }
