"""What an auditor asks: a ticket as it stood at any instant, and replays of many tickets."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from temporalio.service import RPCError

from api.accesses import note_reading, noted
from api.bodies import json_object, scope_in
from api.dependencies import Call, Called, Key, Number
from api.documents import body_of
from api.errors import Problem, not_seen, unavailable
from api.query import Asking, Cursor
from api.view import Ticket, as_json
from audit.code import code_version
from audit.evidence import NoEvidence
from audit.replay import replay
from audit.targets import TargetAway
from audit.travel import NextDue, stood
from desk.access import AUDIT, may_see
from desk.errors import KeyReused, NotPermitted, TicketNotFound
from desk.explain import Explanation
from desk.model import Frozen, Instant
from desk.record import HumanTask
from store.archive import newest_checkpoint
from store.engine import reading, writing
from store.entries import Checkpoint
from store.replays import Replay, Verdict, add_replay, differing, progress_of, replay_of

router = APIRouter(prefix="/audit", tags=["audit"])


class AskedInstant(Asking):
    """As of when: an instant, an event as `4.1`, or a version; without it: now."""

    at: Annotated[str, Field(max_length=40)] | None = None


class Stood(Frozen):
    """A ticket as it stood: worked out from its histories alone.

    `explanations` are those of its clocks, in their order; `differs` says what of the histories
    does not replay as it was recorded, and is empty when all does.
    """

    at: Instant
    last: str
    ticket: Ticket
    explanations: tuple[Explanation, ...]
    tasks: tuple[HumanTask, ...]
    next_due: NextDue | None
    differs: tuple[str, ...]


class Replayed(Frozen):
    """A replay: `total` is null until its tickets are listed; `items` are those that differ."""

    id: str
    state: str
    asked_at: Instant
    code_version: str
    total: int | None
    done: int
    identical: int
    events: int
    items: tuple[Verdict, ...]
    next: str | None


class Turned(Asking):
    """Which part of the tickets that differ."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Cursor | None = None


@router.get("/tickets/{number}", response_model=Stood)
async def ticket_as_of(
    number: Number, call: Called, asked: Annotated[AskedInstant, Query()]
) -> Response:
    """The ticket, its clocks, its open tasks and its next due instant, as of then."""
    _check_auditor(call)
    stood = await _stood(call, number, asked.at)
    return as_json(stood)


@router.post("/replays", status_code=202, response_model=Replayed, openapi_extra=body_of("Scope"))
async def ask_for_replay(request: Request, call: Called, idempotency_key: Key = None) -> Response:
    """Replay histories through the code that runs now; the answer says where its result will be."""
    _check_auditor(call)
    scope = scope_in(await json_object(request))
    asked = _asked(call, idempotency_key, scope.since, scope.numbers)
    kept = await run_in_threadpool(_kept, call, asked)
    await call.state.process.replay(kept.id)
    told = await run_in_threadpool(_replayed, call, kept, Turned())
    return as_json(told, 202, {"Location": f"/audit/replays/{kept.id}"})


@router.get("/replays/{id}", response_model=Replayed)
def read_replay(id: str, call: Called, turned: Annotated[Turned, Query()]) -> Response:
    """How far a replay is, and what differs so far."""
    _check_auditor(call)
    with reading(call.state.engine) as connection:
        found = replay_of(connection, id)
    if found is None:
        raise Problem("not-found", "there is no such replay")
    return as_json(_replayed(call, found, turned))


@router.get("/checkpoint", response_model=Checkpoint)
def read_checkpoint(call: Called) -> Response:
    """The newest signed end of the archive's chain: keep it elsewhere, to hold against later."""
    _check_auditor(call)
    with reading(call.state.engine) as connection:
        found = newest_checkpoint(connection)
    if found is None:
        raise Problem("not-found", "nothing is archived yet")
    return as_json(found)


def _check_auditor(call: Call) -> None:
    if not call.actor.has(*AUDIT):
        raise NotPermitted("only an auditor may ask this")


async def _stood(call: Call, number: str, at: str | None) -> Stood:
    try:
        lived = await replay(await call.state.sources.of(number))
        found = stood(lived, at)
    except TicketNotFound as error:
        raise not_seen(number) from error
    except NoEvidence as error:
        raise Problem("internal", str(error)) from error
    except (RPCError, TargetAway) as error:
        raise unavailable("the evidence is out of reach: repeat the request") from error
    if not may_see(call.actor, found.ticket):
        raise not_seen(number)
    await run_in_threadpool(note_reading, call, found.ticket)
    seen = Ticket.seen_by(call.actor, found.ticket, call.state.organisation)
    return Stood(
        at=found.at,
        last=found.last,
        ticket=seen.model_copy(update={"allowed_steps": ()}),
        explanations=found.accounts,
        tasks=found.tasks,
        next_due=found.next_due,
        differs=tuple(lived.wrong),
    )


def _asked(call: Call, key: str | None, since: Instant | None, numbers: tuple[str, ...]) -> Replay:
    source = f"{call.actor.person}\n{key}" if key else uuid4().hex
    return Replay(
        id=hashlib.sha256(source.encode()).hexdigest()[:24],
        asked_at=datetime.now(UTC),
        asked_by=call.actor.person,
        since=since,
        numbers=numbers,
        code_version=code_version(),
    )


def _kept(call: Call, asked: Replay) -> Replay:
    noted(call, "replay", asked.numbers[0] if len(asked.numbers) == 1 else None)
    with writing(call.state.engine) as connection:
        kept = add_replay(connection, asked)
    if (kept.since, kept.numbers) != (asked.since, asked.numbers):
        raise KeyReused
    return kept


def _replayed(call: Call, of: Replay, turned: Turned) -> Replayed:
    with reading(call.state.engine) as connection:
        progress = progress_of(connection, of.id)
        # What is kept from whoever asked for it themselves was not looked at, and reads so.
        reader = call.actor.person if call.actor.person != of.asked_by else ""
        items = differing(connection, of.id, turned.after or "", turned.limit, reader)
    return Replayed(
        id=of.id,
        state="done" if of.total is not None and progress.done == of.total else "running",
        asked_at=of.asked_at,
        code_version=of.code_version,
        total=of.total,
        done=progress.done,
        identical=progress.identical,
        events=progress.events,
        items=tuple(items),
        next=items[-1].number if len(items) == turned.limit else None,
    )
