"""What every opening shares: its number is derived and tried, and its repeat finds the ticket."""

import hashlib
from uuid import uuid4

from fastapi import Response
from pydantic import BaseModel

from api.dependencies import Call
from api.errors import unavailable
from api.lookup import row_of_ticket
from api.process import Ended
from api.reader import Away
from api.repeats import as_opened
from api.state import State
from api.view import Ticket, answered
from desk.access import AGENTS
from desk.errors import KeyReused, NumberTaken
from desk.numbers import derive
from desk.opening import Opening
from desk.people import Actor
from desk.ticket import Kind
from desk.view import View
from store.tickets import Stored

PREFIXES = {Kind.INCIDENT: "INC", Kind.REQUEST: "REQ", Kind.COMPLAINT: "CMP"}
ATTEMPTS = 20


def identity(kind: Kind, call: Call, key: str | None, body: BaseModel) -> dict[str, object]:
    """Which opening it is: the same person, key and body make the same one."""
    who = f"{PREFIXES[kind]}\n{call.actor.person}\n{key or uuid4().hex}"
    sent = body.model_dump_json(by_alias=True)
    return {
        "opening_id": hashlib.sha256(who.encode()).hexdigest(),
        "number": "",
        "kind": kind,
        # Whoever orders decides on nothing.
        "actor": call.actor.model_copy(update={"stands_for": ()}),
        "correlation": call.correlation,
        "key": key,
        "body_hash": hashlib.sha256(sent.encode()).hexdigest(),
    }


def usual_channel(actor: Actor) -> str:
    """How somebody reports who does not say."""
    return "phone" if actor.has(*AGENTS) else "web"


async def answer_of(call: Call, view: View) -> Response:
    """The ticket that was opened, now or before, as its opener is to read it."""
    view = await as_opened(call, view)
    return answered(Ticket.seen_by(call.actor, view, call.state.organisation), 201)


async def opened(state: State, opening: Opening) -> View:
    """The ticket, opened once, as it stands now: a repeat may come long after.

    Raises:
        KeyReused: the key was used with another body.
        Problem: 503, it is not known to be open.
    """
    view = await _open(state, opening)
    return view if opening.key is None else await _as_it_stands(state, view)


async def opened_before(state: State, kind: Kind, known: dict[str, object]) -> View | None:
    """The ticket that the opening of this identity has opened, as far as the store has it.

    Raises:
        KeyReused: it was of another body.
        Problem: 503, it cannot be looked up now.
    """
    opening_id = str(known["opening_id"])
    for attempt in range(ATTEMPTS):
        row = await _row(state, derive(PREFIXES[kind], state.number_key, opening_id, attempt))
        if row is None:
            return None
        ticket = row.ticket
        if ticket.opening_id != opening_id:
            # The number was another's, so the next one was tried.
            continue
        if ticket.sent not in (None, known["body_hash"]):
            raise KeyReused
        return row.view
    return None


async def _row(state: State, number: str) -> Stored | None:
    try:
        return await row_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away: repeat the request with its key") from away


async def _as_it_stands(state: State, view: View) -> View:
    try:
        row = await row_of_ticket(state, view.number)
    except Away:
        return view
    return row.view if row is not None and row.view.version > view.version else view


async def _open(state: State, opening: Opening) -> View:
    """Under the first number that is free, or that this very opening has already."""
    prefix = PREFIXES[opening.kind]
    for attempt in range(ATTEMPTS):
        number = derive(prefix, state.number_key, opening.opening_id, attempt)
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
    row = await _row(state, number)
    if row is None or row.ticket.opening_id != opening.opening_id:
        return None
    sent = row.ticket.sent
    if not (_came_of(opening, row.view) if sent is None else sent == opening.body_hash):
        raise KeyReused
    return row.view


def _came_of(opening: Opening, view: View) -> bool:
    """Whether the ticket came of this opening, by what does not change in the ticket's life."""
    same = ("summary", "description", "requester", "channel", "confidential", "clock")
    reported = ("category", "impact", "urgency", "service")
    return (
        all(getattr(opening, name) == getattr(view, name) for name in same)
        and all(getattr(opening, name) == getattr(view.reported, name) for name in reported)
        and _ordered_so(opening, view)
    )


def _ordered_so(opening: Opening, view: View) -> bool:
    order = view.order
    if view.kind != opening.kind:
        # What was ordered went with the kind: the opening's id has to do.
        return True
    if order is None:
        return opening.item is None
    as_sent = order.form > 1 or order.answers == opening.answers
    return as_sent and (order.item, order.wanted_for) == (opening.item, opening.wanted_for)
