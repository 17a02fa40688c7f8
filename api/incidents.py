"""Opening an incident: the report is checked whole before anything is sent."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.bodies import Report, json_object, report_in
from api.dependencies import Call, Called, Key
from api.documents import body_of
from api.errors import Field, invalid, tried, unavailable
from api.openings import answer_of, identity, opened, usual_channel
from api.people import person_named, service_named
from api.state import State
from api.view import Ticket
from desk.access import GIVE_TIME, OPEN_FOR_OTHERS
from desk.errors import InvalidFact, NotPermitted
from desk.fitting import check_year
from desk.opening import Opening
from desk.people import Actor
from desk.ticket import Kind
from store.organisation import Person
from store.policy import Policy

router = APIRouter(prefix="/incidents", tags=["incidents"])


@router.post("", status_code=201, response_model=Ticket, openapi_extra=body_of("Report"))
async def open_incident(request: Request, call: Called, idempotency_key: Key = None) -> Response:
    """Report an incident; the same Idempotency-Key and body open it once."""
    report = report_in(await json_object(request))
    state, actor, _ = call
    requester = await _checked(state, actor, report)
    opening = _opening(report, requester, call, idempotency_key)
    view = await opened(state, opening)
    return await answer_of(call, view)


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


def _opening(report: Report, requester: Person, call: Call, key: str | None) -> Opening:
    facts = report.model_dump(exclude={"requester", "channel"})
    return Opening.model_validate(
        {
            **facts,
            **identity(Kind.INCIDENT, call, key, report),
            "requester": requester.id,
            "customer": requester.customer,
            "channel": report.channel or usual_channel(call.actor),
        }
    )
