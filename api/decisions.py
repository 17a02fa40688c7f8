"""Deciding by the link in a mail: whose it is, whether it still asks, and what they said.

Opening a link changes nothing, however often: scanners of mail do. Only its form decides.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

import tokens
from api.accesses import note_reading
from api.asking import Ended, Visit, asked_page, decided_page, judged, said_in
from api.decide_page import Page, answer, spoken
from api.dependencies import Call
from api.errors import Problem, from_desk, unavailable
from api.identity import identify
from api.lookup import row_of_ticket, terms_of_ticket
from api.reader import Away
from api.state import State
from api.steps import carry_out, taken_by
from desk.errors import DeskError
from desk.people import Actor
from desk.steps import Step
from desk.terms import Terms
from desk.ticket import Ticket
from desk.view import View
from store.organisation import Person

router = APIRouter(prefix="/decide", tags=["decisions"])
Visited = Callable[[Request, Visit], Awaitable[Page]]
LIMIT = 32 * 1024
FORM = "application/x-www-form-urlencoded"
TRIES = 3
VIA = "mail-link"
OF_PROBLEMS = {"too-many-requests": "busy", "unavailable": "away", "internal": "away"}


@router.get("/{token}", response_class=HTMLResponse)
async def show_question(request: Request, token: str) -> HTMLResponse:
    """What is to be decided, with a form; a link that asks nothing any more says why."""
    return await _page(request, token, _shown)


@router.post("/{token}", response_class=HTMLResponse)
async def decide(request: Request, token: str) -> HTMLResponse:
    """Approve or reject by the form of the page; sent twice it is done once."""
    return await _page(request, token, _decided)


async def _page(request: Request, token: str, visited: Visited) -> HTMLResponse:
    """The page that the visit comes to; whatever goes wrong is told as a page too."""
    state: State = request.app.state.desk
    try:
        question = tokens.read_question(state.secret, token)
    except tokens.TokenForged:
        return answer(Page("forged", spoken(request.headers.get("accept-language", ""))))
    person = state.organisation.person(question.person)
    language = spoken(person.language if person else request.headers.get("accept-language", ""))
    try:
        actor = await _admitted(request, state, question, person)
        call = Call(state, actor, request.state.correlation)
        page = await visited(request, Visit(call, state.organisation, question, token))
    except Ended as ended:
        page = Page(ended.end, language, ended.number)
    except DeskError as error:
        page = _refused(from_desk(error), language)
    except Problem as problem:
        page = _refused(problem, language)
    return answer(page)


def _refused(problem: Problem, language: str) -> Page:
    return Page(OF_PROBLEMS.get(problem.kind, "away"), language)


async def _admitted(
    request: Request, state: State, question: tokens.Question, person: Person | None
) -> Actor:
    """Whose link it is, as what they are now.

    Raises:
        Ended: they have left, the link has expired, or somebody else has it.
        Problem: 429, or 503 before anybody is known.
    """
    now = datetime.now(UTC)
    if not state.organisation.people:
        raise unavailable("nobody is known yet: the database is away")
    if person is None or not person.active:
        raise Ended("left")
    actor = state.organisation.actor(person.id, now)
    request.state.actor = actor
    await state.rate.count(actor)
    if "authorization" in request.headers:
        try:
            other = identify(request.headers, state).person != person.id
        except Problem:
            other = True
        if other:
            raise Ended("other")
    if question.expires <= now:
        raise Ended("expired")
    return actor


async def _shown(request: Request, visit: Visit) -> Page:
    ticket = await _stored(visit) or await _stands(visit)
    decided = judged(visit, ticket)
    if decided is not None:
        return decided_page(visit, decided)
    await run_in_threadpool(note_reading, visit.call, ticket)
    return asked_page(visit, ticket, await _terms(visit))


async def _decided(request: Request, visit: Visit) -> Page:
    said = said_in(await _body(request))
    for _ in range(TRIES):
        # By its process, and not the store, which may be behind: it may be decided already.
        ticket = await _stands(visit)
        decided = judged(visit, ticket)
        if decided is not None:
            return decided_page(visit, decided, said.verdict)
        if said.step is None:
            await run_in_threadpool(note_reading, visit.call, ticket)
            return asked_page(visit, ticket, await _terms(visit), said)
        try:
            view = await _taken(visit, said.step, ticket.version)
        except (DeskError, Problem) as refused:
            if _is_away(refused):
                raise
            continue
        decided = judged(visit, view)
        if decided is None:
            # What was decided by this link was an earlier order of the ticket.
            raise Ended("not_asked", visit.question.ticket)
        return decided_page(visit, decided)
    raise Ended("moving")


async def _taken(visit: Visit, step: Step, version: int) -> View:
    """The step, on the ticket as it was judged: the next stage might ask the same person."""
    key = hashlib.sha256(f"decide\n{visit.token}".encode()).hexdigest()
    step = step.model_copy(update={"form": visit.question.form})
    taken = taken_by(visit.call, step, key, None, version)
    return await carry_out(
        visit.call.state, visit.question.ticket, taken.model_copy(update={"via": VIA})
    )


def _is_away(refused: DeskError | Problem) -> bool:
    return isinstance(refused, Problem) and refused.kind in OF_PROBLEMS


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM or request.headers.get("content-encoding", "identity") != "identity":
        raise Ended("malformed")
    parts = bytearray()
    try:
        async for part in request.stream():
            parts += part
            if len(parts) > LIMIT:
                raise Ended("malformed")
    except ClientDisconnect as gone:
        raise Ended("malformed") from gone
    return bytes(parts)


async def _stored(visit: Visit) -> Ticket | None:
    try:
        row = await row_of_ticket(visit.call.state, visit.question.ticket)
    except Away:
        return None
    return row.ticket if row is not None else None


async def _stands(visit: Visit) -> Ticket:
    """The ticket as its process has it; of one that has none any more, as the store has it."""
    number = visit.question.ticket
    ticket = await visit.call.state.process.stands(number) or await _stored(visit)
    if ticket is None:
        raise Ended("forged")
    return ticket


async def _terms(visit: Visit) -> Terms | None:
    try:
        return await terms_of_ticket(visit.call.state, visit.question.ticket)
    except Away:
        return None
