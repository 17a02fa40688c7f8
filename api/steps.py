"""Taking steps: what a step names is looked up, then it is sent to the ticket's process."""

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from api.bodies import json_object, step_in
from api.dependencies import Call, Called, IfMatch, Key, Number, version_of
from api.documents import body_of
from api.errors import not_seen, unavailable
from api.lookup import row_of_ticket
from api.people import agent_of, group_named, service_named
from api.process import Ended
from api.reader import Away
from api.state import State
from api.view import Ticket, answered
from desk.access import may_see, permitted
from desk.errors import InvalidFact, KeyReused, NotPermitted, StepRefused
from desk.model import Instant
from desk.numbers import parse
from desk.people import Actor
from desk.rules import allowed_steps, check_version
from desk.steps import Assign, Classify, HandOff, Step, Taken, TieTo
from desk.ticket import Facts
from desk.view import View

router = APIRouter(prefix="/tickets", tags=["steps"])


class _Checked(NamedTuple):
    """A step with people as ids, the line of the group and the groups of the person it names."""

    step: Step
    group_line: int | None = None
    assignee_groups: tuple[str, ...] | None = None
    service_customer: str | None = None


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
    seen = await _seen(state, actor, number, step)
    checked = await _checked(state, actor, number, seen, step, at)
    taken = _taken(call, step, checked, idempotency_key, at, expected)
    view = await _take(state, number, taken, seen)
    return answered(Ticket.seen_by(actor, view, state.organisation))


async def _seen(state: State, actor: Actor, number: str, step: Step) -> Facts | None:
    """The ticket; None while the store is away: then its process asks who may do what."""
    try:
        row = await row_of_ticket(state, number)
    except Away:
        return None
    ticket = row.view if row is not None else await state.process.stands(number)
    if ticket is None or not may_see(actor, ticket):
        raise not_seen(number)
    if not permitted(actor, step.step, ticket):
        raise NotPermitted(f"you may not {step.step} on {number}: it takes another role")
    return ticket


async def _checked(
    state: State,
    actor: Actor,
    number: str,
    seen: Facts | None,
    step: Step,
    at: Instant | None,
) -> _Checked:
    """What the step names, looked up; a step that is not possible now is refused for that first."""
    try:
        return await _looked_up(state, actor, number, seen, step, at)
    except InvalidFact as wrong:
        if seen is None or seen.clock == "given":
            raise
        allowed = allowed_steps(actor, seen)
        if step.step in allowed:
            raise
        why = f"{number}: {step.step} is not possible while it is {seen.status}"
        raise StepRefused(why, allowed) from wrong


async def _looked_up(
    state: State,
    actor: Actor,
    number: str,
    seen: Facts | None,
    step: Step,
    at: Instant | None,
) -> _Checked:
    if at is not None and at > datetime.now(UTC):
        raise InvalidFact("at", "must not lie in the future")
    organisation = state.organisation
    match step:
        case Assign():
            return _assigned(state, step)
        case HandOff(group=str(group)):
            return _Checked(step, group_named(organisation, group).line)
        case Classify(service=str(service)):
            owner = service_named(organisation, service, seen.customer if seen else None)
            return _Checked(step, service_customer=owner)
        case TieTo():
            return _Checked(await _tied(state, actor, number, step))
        case _:
            return _Checked(step)


def _assigned(state: State, step: Assign) -> _Checked:
    organisation = state.organisation
    group = group_named(organisation, step.group) if step.group is not None else None
    line = group.line if group is not None else None
    if step.assignee is None:
        return _Checked(step, line)
    person = agent_of(organisation, step.assignee)
    groups = organisation.groups_of(person.id)
    return _Checked(step.model_copy(update={"assignee": person.id}), line, groups)


async def _tied(state: State, actor: Actor, number: str, step: TieTo) -> TieTo:
    other = parse(step.ticket)
    if other == number:
        raise InvalidFact("ticket", "a ticket cannot be linked to itself")
    try:
        row = await row_of_ticket(state, other)
    except Away as away:
        raise unavailable("the database is away, so the other ticket is not found") from away
    if row is None or not may_see(actor, row.view):
        raise InvalidFact("ticket", f"there is no ticket {other} that you may see")
    return step.model_copy(update={"ticket": other})


def _taken(
    call: Call,
    step: Step,
    checked: _Checked,
    key: str | None,
    at: Instant | None,
    expected_version: int | None,
) -> Taken:
    """The step as sent; its id follows from actor, key and body, so that it is taken once."""
    body = f"{step.model_dump_json(by_alias=True)}\n{at}"
    body_hash = hashlib.sha256(body.encode()).hexdigest()
    same = f"{call.actor.person}\n{key}\n{body_hash}".encode()
    return Taken(
        id=hashlib.sha256(same).hexdigest() if key is not None else uuid4().hex,
        step=checked.step,
        actor=call.actor,
        correlation=call.correlation,
        key=key,
        body_hash=body_hash,
        expected_version=expected_version,
        at=at,
        group_line=checked.group_line,
        assignee_groups=checked.assignee_groups,
        service_customer=checked.service_customer,
    )


async def _take(state: State, number: str, taken: Taken, seen: Facts | None) -> View:
    try:
        view = await state.process.take(number, taken)
    except Ended as ended:
        return await _repeated_at_the_end(state, number, taken, ended)
    if isinstance(seen, View) and view.version <= seen.version:
        # A repeat, which the engine answers as it did then: the ticket has moved on since.
        return seen
    return view


async def _repeated_at_the_end(state: State, number: str, taken: Taken, ended: Ended) -> View:
    """The ticket, if the step was taken before under its key; nothing else is possible now."""
    try:
        row = await row_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away: repeat the request") from away
    if row is None or not may_see(taken.actor, row.view):
        raise not_seen(number) from ended
    use = await state.process.use_of_key(number, taken) if taken.key else "new"
    if use == "other":
        raise KeyReused from ended
    if use == "new":
        check_version(row.view, taken)
        raise StepRefused(f"{number} is {row.view.status} for good: open a new one", ()) from ended
    return row.view
