"""Taking steps: what a step names is looked up, then it is sent to the ticket's process."""

import hashlib
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from api.bodies import json_object, step_in
from api.dependencies import Call, Called, IfMatch, Key, Number, version_of
from api.documents import body_of
from api.errors import Problem, not_seen, unavailable
from api.lookup import row_of_ticket
from api.named import named
from api.process import Ended
from api.reader import Away
from api.repeats import as_known
from api.state import State
from api.view import Ticket, answered
from desk.access import STEPS, Part, may_see, permitted
from desk.asked import asked_by_name
from desk.errors import InvalidFact, KeyReused, StepRefused
from desk.model import Instant
from desk.people import Actor
from desk.rules import allowed_steps, check_version, not_permitted
from desk.steps import Step, Taken
from desk.ticket import Facts
from desk.view import View

router = APIRouter(prefix="/tickets", tags=["steps"])


@router.post("/{number}/steps", response_model=Ticket, openapi_extra=body_of("StepWithInstant"))
async def take_step(
    request: Request,
    call: Called,
    number: Number,
    idempotency_key: Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Take one step on a ticket; `allowed_steps` of the ticket says which are possible."""
    expected = version_of(if_match)
    step, at = step_in(await json_object(request))
    state, actor, _ = call
    view = await carry_out(state, number, taken_by(call, step, idempotency_key, at, expected))
    return answered(Ticket.seen_by(actor, view, state.organisation))


async def carry_out(state: State, number: str, taken: Taken) -> View:
    """Take the step, once it is looked up who may do what and what it names."""
    seen = await _seen(state, number, taken)
    asks = seen
    if asks is None and taken.actor.stands_for:
        asks = await state.process.stands(number)
    taken = taken.model_copy(update={"actor": _concerned(taken.actor, asks)})
    return await _take(state, number, await _checked(state, number, seen, taken), seen)


def _concerned(actor: Actor, ticket: Facts | None) -> Actor:
    """The actor with those alone for whom they stand whom the ticket has asked."""
    order = ticket.order if ticket is not None else None
    asked = asked_by_name(order) if order is not None else frozenset()
    stands_for = tuple(one for one in actor.stands_for if one in asked)
    return actor.model_copy(update={"stands_for": stands_for})


async def _seen(state: State, number: str, taken: Taken) -> Facts | None:
    """The ticket; None while the store is away: then its process asks who may do what."""
    try:
        row = await row_of_ticket(state, number)
    except Away:
        return None
    ticket = row.view if row is not None else await state.process.stands(number)
    name = taken.step.step
    if ticket is None:
        raise not_seen(number)
    if _may(taken, ticket):
        return ticket
    # The store may be behind, and somebody is asked only since then.
    now = await state.process.stands(number) if row is not None and _is_of_a_part(name) else None
    if now is not None and now.version > ticket.version:
        ticket = now
    if _may(taken, ticket):
        return ticket
    # Who has decided, or done their part, may not do it again; a repeat is answered all the same.
    if ticket.order is not None and taken.key and await _is_repeat(state, number, taken):
        return ticket
    if may_see(taken.actor, ticket):
        raise not_permitted(taken.actor, name, ticket)
    raise not_seen(number)


def _may(taken: Taken, ticket: Facts) -> bool:
    return may_see(taken.actor, ticket) and permitted(taken.actor, taken.step.step, ticket)


def _is_of_a_part(step: str) -> bool:
    return any(isinstance(may, Part) for may in STEPS[step])


async def _is_repeat(state: State, number: str, taken: Taken) -> bool:
    """Whether the actor has sent this step before.

    Raises:
        KeyReused: it was another one, under the same key.
    """
    use = await state.process.use_of_key(number, taken)
    if use == "other":
        raise KeyReused
    return use == "same"


async def _checked(state: State, number: str, seen: Facts | None, taken: Taken) -> Taken:
    """What the step names, looked up; a step that is not possible now is refused for that first."""
    step, actor = taken.step, taken.actor
    try:
        found = await named(state, actor, number, seen, step, taken.at)
    except (InvalidFact, Problem) as wrong:
        if seen is None or seen.clock == "given" or not _is_of_a_field(wrong):
            raise
        allowed = allowed_steps(actor, seen)
        if step.step in allowed:
            raise
        why = f"{number}: {step.step} is not possible while it is {seen.status}"
        raise StepRefused(why, allowed) from wrong
    return taken.model_copy(update=found._asdict())


def _is_of_a_field(wrong: InvalidFact | Problem) -> bool:
    return isinstance(wrong, InvalidFact) or wrong.kind == "invalid-fact"


def taken_by(
    call: Call, step: Step, key: str | None, at: Instant | None, expected_version: int | None
) -> Taken:
    """The step as sent; its id follows from actor, key and body, so that it is taken once."""
    body = f"{step.model_dump_json(by_alias=True)}\n{at}"
    body_hash = hashlib.sha256(body.encode()).hexdigest()
    same = f"{call.actor.person}\n{key}\n{body_hash}".encode()
    return Taken(
        id=hashlib.sha256(same).hexdigest() if key is not None else uuid4().hex,
        step=step,
        actor=call.actor,
        correlation=call.correlation,
        key=key,
        body_hash=body_hash,
        expected_version=expected_version,
        at=at,
    )


async def _take(state: State, number: str, taken: Taken, seen: Facts | None) -> View:
    try:
        view = await state.process.take(number, taken)
    except Ended as ended:
        return await _repeated_at_the_end(state, number, taken, ended)
    if isinstance(seen, View) and view.version <= seen.version:
        return as_known(taken.actor, await _as_it_stands(state, number, view))
    return view


async def _as_it_stands(state: State, number: str, view: View) -> View:
    """The ticket after a step that is older than what was seen before it was sent.

    Either it was a repeat, which the engine answers as it did then, and the ticket has moved on;
    or what was seen came from a task that the engine never accepted, and the step's own record
    has replaced it. In both cases the store says now how it stands.
    """
    try:
        row = await row_of_ticket(state, number)
    except Away:
        return view
    return row.view if row is not None and row.view.version >= view.version else view


async def _repeated_at_the_end(state: State, number: str, taken: Taken, ended: Ended) -> View:
    """The ticket, if the step was taken before under its key; nothing else is possible now."""
    try:
        row = await row_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away: repeat the request") from away
    if row is None:
        raise not_seen(number) from ended
    use = await state.process.use_of_key(number, taken) if taken.key else "new"
    if use == "same":
        return as_known(taken.actor, row.view)
    if not may_see(taken.actor, row.view):
        raise not_seen(number) from ended
    if use == "other":
        raise KeyReused from ended
    check_version(row.view, taken)
    raise StepRefused(f"{number} is {row.view.status} for good: open a new one", ()) from ended
