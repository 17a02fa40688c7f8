"""What a vendor answers by webhook: proven by a signature, taken once, and little told in return.

Forged, old and unknown are one answer each, and so are a ticket that is not with this vendor and
one that is not there.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.bodies import checked, object_in, read, refuse, wrong
from api.dependencies import StateOfDesk
from api.documents import body_of
from api.errors import Problem, unavailable
from api.lookup import row_of_ticket
from api.process import Ended
from api.reader import Away
from api.state import State
from api.vendor_body import VENDOR_ANSWER, VendorAnswer
from api.view import as_json
from desk.errors import InvalidFact
from desk.model import Frozen
from desk.numbers import parse
from desk.people import Actor
from desk.steps import Taken
from desk.ticket import Facts, Ticket
from desk.vendor import actor_of, clock_of
from desk.vendor_answer import taken_from_vendor
from desk.vendor_steps import VendorReply
from desk.view import View
from desk.webhook import Forged, secret_of, verify

router = APIRouter(prefix="/vendors", tags=["vendors"])
GONE = ("ticket-not-found", "not-permitted", "step-refused", "invalid-fact")
"""What the process says to a vendor that it has let go in between."""


class VendorTaken(Frozen):
    """The answer was taken: now, or when it was sent first."""

    ticket: str
    taken: bool = True


@router.post(
    "/{vendor}/replies",
    response_model=VendorTaken,
    openapi_extra={**body_of("VendorAnswer"), "security": []},
)
async def take_reply(request: Request, state: StateOfDesk, vendor: str) -> Response:
    """What a vendor says of a ticket that it works on; signed after Standard Webhooks.

    The webhook-id is its key: the same answer is taken once, however often it is sent.
    """
    raw = await read(request)
    key = _proven(request, state, vendor, raw)
    actor = Actor(person=actor_of(vendor))
    request.state.actor = actor
    await state.rate.count(actor)
    answer = _answer(object_in(raw))
    number = _number(answer.ticket)
    taken = _taken(vendor, number, answer, key, request.state.correlation)
    await _take(state, number, vendor, taken)
    return as_json(VendorTaken(ticket=number))


def _proven(request: Request, state: State, vendor: str, raw: bytes) -> str:
    organisation = state.organisation
    if not organisation.people:
        raise unavailable("nobody is known yet: the database is away, or nothing was imported")
    known = organisation.vendor(vendor)
    # Nobody was ever given the secret of generation 0, so who is not known cannot prove anything.
    secret = secret_of(state.secret, vendor, known.generation if known else 0)
    try:
        return verify(secret, request.headers, raw, datetime.now(UTC))
    except Forged as forged:
        raise Problem("not-signed", str(forged)) from forged


def _answer(fields: dict[str, object]) -> VendorAnswer:
    try:
        return checked(VENDOR_ANSWER, fields)
    except ValidationError as error:
        refuse(wrong(error))


def _number(text: str) -> str:
    try:
        return parse(text)
    except InvalidFact as error:
        raise _none() from error


def _used() -> Problem:
    return Problem("key-reused", "this webhook-id came with another answer: take a new one")


def _none() -> Problem:
    return Problem("ticket-not-found", "there is no such ticket with you")


def _taken(vendor: str, number: str, answer: VendorAnswer, key: str, correlation: str) -> Taken:
    fields = {**answer.model_dump(exclude={"ticket"}), "step": "vendor_reply", "vendor": vendor}
    step = VendorReply.model_validate(fields)
    return taken_from_vendor(number, step, key=key, via="webhook", correlation=correlation)


async def _take(state: State, number: str, vendor: str, taken: Taken) -> None:
    ticket = await _standing(state, number, vendor)
    if not _is_with(vendor, ticket):
        await _check_taken_before(state, ticket, vendor, taken)
        return
    try:
        await state.process.take(number, taken)
    except Ended:
        await _check_taken_before(state, ticket, vendor, taken)
    except Problem as refused:
        if refused.kind == "key-reused":
            raise _used() from refused
        if refused.kind not in GONE:
            raise
        await _check_taken_before(state, ticket, vendor, taken)


async def _standing(state: State, number: str, vendor: str) -> Ticket | View:
    """The ticket; its process is asked too, as the store may be behind."""
    try:
        row = await row_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away: repeat the request") from away
    if row is not None and _is_with(vendor, row.view):
        return row.view
    stands = await state.process.stands(number)
    found = stands or (row.view if row is not None else None)
    if found is None:
        raise _none()
    return found


def _is_with(vendor: str, ticket: Facts) -> bool:
    return any(at.vendor == vendor for at in ticket.vendors)


async def _check_taken_before(
    state: State, ticket: Ticket | View, vendor: str, taken: Taken
) -> None:
    """A repeat is answered as it was; of what is over, only the vendor that had it hears so."""
    if not any(clock.target == clock_of(vendor) for clock in ticket.clocks):
        raise _none()
    use = await state.process.use_of_key(ticket.number, taken)
    if use == "other":
        raise _used()
    if use == "new":
        over = f"{ticket.number} is over for you: nobody waits for an answer of yours any more"
        raise Problem("step-refused", over, allowed_steps=())
