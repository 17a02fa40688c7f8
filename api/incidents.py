"""Opening an incident: the report is checked whole, then a number is derived and tried."""

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from api.bodies import Report, json_object, report_in
from api.dependencies import Called, Key
from api.documents import body_of
from api.errors import Field, invalid, tried, unavailable
from api.lookup import row_of_ticket
from api.people import person_named, service_named
from api.process import Ended
from api.reader import Away
from api.state import State
from api.view import Ticket, answered
from desk.access import AGENTS, GIVE_TIME, OPEN_FOR_OTHERS
from desk.errors import InvalidFact, KeyReused, NotPermitted, NumberTaken
from desk.numbers import derive
from desk.opening import Opening
from desk.people import Actor
from desk.rules import check_year
from desk.ticket import Kind
from desk.view import View
from store.organisation import Person
from store.policy import Policy

router = APIRouter(prefix="/incidents", tags=["incidents"])
PREFIX = "INC"
ATTEMPTS = 20


@router.post("", status_code=201, response_model=Ticket, openapi_extra=body_of("Report"))
async def open_incident(request: Request, call: Called, idempotency_key: Key = None) -> Response:
    """Report an incident; the same Idempotency-Key and body open it once."""
    report = report_in(await json_object(request))
    state, actor, correlation = call
    requester = await _checked(state, actor, report)
    opening = _opening(report, requester, actor, correlation, idempotency_key)
    view = await _open(state, opening)
    if idempotency_key is not None:
        view = await _as_it_stands(state, view)
    return answered(Ticket.seen_by(actor, view, state.organisation), 201)


async def _as_it_stands(state: State, view: View) -> View:
    """The ticket that a repeat asks for, which may have moved on since it was opened."""
    try:
        row = await row_of_ticket(state, view.number)
    except Away:
        return view
    return row.view if row is not None and row.view.version > view.version else view


async def _checked(state: State, actor: Actor, report: Report) -> Person:
    """The requester, once every field is known to be right: a refusal after this is too late."""
    policy = await state.rules.current() if report.category else None
    errors: list[Field] = []
    requester = tried(errors, lambda: _requester(state, actor, report))
    customer = requester.customer if requester else None
    tried(errors, lambda: _check_clock(actor, report))
    tried(errors, lambda: _check_category(policy, report))
    tried(errors, lambda: service_named(state.organisation, report.service, customer))
    if errors or requester is None:
        raise invalid(errors)
    return requester


def _requester(state: State, actor: Actor, report: Report) -> Person:
    organisation = state.organisation
    named = report.requester
    own = organisation.person(actor.person)
    if own is not None and (named is None or named.lower() in (own.id, own.email)):
        return own
    others = OPEN_FOR_OTHERS | (GIVE_TIME if report.clock == "given" else frozenset())
    if not actor.has(*others):
        raise NotPermitted("only an agent or a lead may report for somebody else")
    return person_named(organisation, named or actor.person, "requester")


def _check_clock(actor: Actor, report: Report) -> None:
    if report.clock == "real":
        if report.at is not None:
            raise InvalidFact("at", 'goes with "clock": "given" only: leave it out')
        return
    if not actor.has(*GIVE_TIME):
        raise NotPermitted("only the role import may give a ticket's clock")
    if report.at is None:
        raise InvalidFact("at", "is needed with a given clock: say when it was reported")
    if report.at > datetime.now(UTC):
        raise InvalidFact("at", "must not lie in the future")
    check_year("at", report.at)


def _check_category(policy: Policy | None, report: Report) -> None:
    if report.category is None:
        return
    if policy is None:
        raise unavailable("the rules are not known yet: a worker tells them when it starts")
    known = policy.terms.routing.categories
    if report.category not in known:
        raise InvalidFact("category", f"there is no such category: one of {', '.join(known)}")


def _opening(
    report: Report, requester: Person, actor: Actor, correlation: str, key: str | None
) -> Opening:
    who = f"{actor.person}\n{key or uuid4().hex}"
    facts = report.model_dump(exclude={"requester", "channel"})
    return Opening(
        **facts,
        opening_id=hashlib.sha256(f"{PREFIX}\n{who}".encode()).hexdigest(),
        number="",
        kind=Kind.INCIDENT,
        requester=requester.id,
        customer=requester.customer,
        actor=actor,
        channel=report.channel or ("phone" if actor.has(*AGENTS) else "web"),
        correlation=correlation,
        key=key,
        body_hash=hashlib.sha256(report.model_dump_json().encode()).hexdigest(),
    )


async def _open(state: State, opening: Opening) -> View:
    """Under the first number that is free, or that this very opening has already."""
    for attempt in range(ATTEMPTS):
        number = derive(PREFIX, state.number_key, opening.opening_id, attempt)
        try:
            return await state.process.open(opening.model_copy(update={"number": number}))
        except NumberTaken:
            continue
        except Ended:
            view = await _ended(state, number, opening)
            if view is not None:
                return view
    raise unavailable("no free number was found: repeat the request with another key")


async def _ended(state: State, number: str, opening: Opening) -> View | None:
    """The ticket that this opening opened before and that has ended since."""
    try:
        row = await row_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away: repeat the request with its key") from away
    if row is None or row.ticket.opening_id != opening.opening_id:
        return None
    if not _same_report(opening, row.view):
        raise KeyReused
    return row.view


def _same_report(opening: Opening, view: View) -> bool:
    """Whether the ticket came of this report; nothing of it changes in the ticket's life."""
    same = ("summary", "description", "requester", "channel", "confidential", "clock")
    reported = ("category", "impact", "urgency", "service")
    return all(getattr(opening, name) == getattr(view, name) for name in same) and all(
        getattr(opening, name) == getattr(view.reported, name) for name in reported
    )
