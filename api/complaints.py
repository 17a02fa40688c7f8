"""Complaining about a ticket, a person or a service: checked whole before anything is sent."""

from fastapi import APIRouter, Request, Response

from api.bodies import json_object
from api.complaint_body import Complaint, complaint_in
from api.concerned import Concerned, concerned
from api.dependencies import Call, Called, Key
from api.documents import body_of
from api.errors import Problem
from api.openings import answer_of, identity, opened, opened_before, usual_channel
from api.people import person_named
from api.view import Ticket
from desk.access import OPEN_FOR_OTHERS
from desk.errors import InvalidFact, NotPermitted
from desk.opening import Opening
from desk.ticket import Kind
from desk.view import View
from store.organisation import Person

router = APIRouter(prefix="/complaints", tags=["complaints"])
LONGEST_BEGINNING = 80


@router.post("", status_code=201, response_model=Ticket, openapi_extra=body_of("Complaint"))
async def open_complaint(request: Request, call: Called, idempotency_key: Key = None) -> Response:
    """Complain; the same Idempotency-Key and body complain once.

    Whom it is about never sees the complaint nor handles it: the person, or everybody who has
    handled the ticket.
    """
    complaint = complaint_in(await json_object(request))
    view = await _placed(call, complaint, idempotency_key)
    return await answer_of(call, view)


async def _placed(call: Call, complaint: Complaint, key: str | None) -> View:
    try:
        complainant = _complainant(call, complaint)
        found = await concerned(call, complainant, complaint.about)
    except (InvalidFact, NotPermitted, Problem):
        # It may have been in order when it was sent first.
        view = await _opened_before(call, complaint, key)
        if view is None:
            raise
        return view
    return await opened(call.state, _opening(call, complaint, key, complainant, found))


async def _opened_before(call: Call, complaint: Complaint, key: str | None) -> View | None:
    if key is None:
        return None
    known = identity(Kind.COMPLAINT, call, key, complaint)
    return await opened_before(call.state, Kind.COMPLAINT, known)


def _complainant(call: Call, complaint: Complaint) -> Person:
    organisation = call.state.organisation
    own = organisation.people[call.actor.person]
    if complaint.requester is None or complaint.requester.lower() in (own.id, own.email):
        return own
    if not call.actor.has(*OPEN_FOR_OTHERS):
        raise NotPermitted("only an agent or a lead may complain for somebody else")
    return person_named(organisation, complaint.requester, "requester")


def _opening(
    call: Call, complaint: Complaint, key: str | None, complainant: Person, found: Concerned
) -> Opening:
    return Opening.model_validate(
        {
            **identity(Kind.COMPLAINT, call, key, complaint),
            "summary": complaint.summary or beginning(complaint.text),
            "description": complaint.text,
            "requester": complainant.id,
            "customer": complainant.customer,
            "channel": complaint.channel or usual_channel(call.actor),
            "confidential": True,
            "service": found.about.service,
            "about": found.about,
            "barred": found.barred,
        }
    )


def beginning(text: str) -> str:
    """How a text begins, as a line of its own."""
    line = " ".join(text.splitlines()[0].split())
    if len(line) <= LONGEST_BEGINNING:
        return line
    return f"{line[:LONGEST_BEGINNING].rpartition(' ')[0] or line[:LONGEST_BEGINNING]} ..."
