"""The application: its routes, its guard, how refusals are answered, and what it holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import (
    absences,
    accesses,
    audits,
    catalogue,
    complaints,
    decisions,
    health,
    incidents,
    pages,
    policy,
    replies,
    reports,
    requests,
    steps,
    tasks,
    tickets,
    vendors,
)
from api.bodies import wrong
from api.documents import PROBLEMS, document, operation_id
from api.errors import Problem, answer, from_desk, invalid, unavailable
from api.guard import Guard
from api.process import Process
from api.rate import Rate
from api.reader import Reader
from api.rules import Rules
from api.state import State
from audit.evidence import Sources
from audit.targets import Bodies
from desk.errors import DeskError
from settings import Settings, desk_secret
from store.engine import make_engine
from store.organisation import Directory
from store.reads import AWAY

ROUTERS = (
    audits, incidents, catalogue, requests, complaints, steps, tickets, tasks, policy, accesses,
    reports, health, pages, absences, decisions, vendors, replies,
)  # fmt: skip
BY_STATUS = {404: "not-found", 405: "method-not-allowed"}


def create_app(settings: Settings) -> FastAPI:
    """The api with these settings; it starts, and answers 503, while its servers are down."""
    app = routed()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _state(settings) as app.state.desk:
            yield

    app.router.lifespan_context = lifespan
    app.add_middleware(Guard)
    return app


@asynccontextmanager
async def _state(settings: Settings) -> AsyncIterator[State]:
    engine = make_engine(settings.database)
    reader = Reader(engine)
    directory = Directory(engine)
    directory.start()
    process = await Process.connect(settings)
    try:
        yield State(
            engine=engine,
            reader=reader,
            directory=directory,
            process=process,
            sources=Sources(process.client, engine, Bodies(engine, settings.archive_url)),
            rate=Rate(settings.rate_per_minute),
            rules=Rules(reader),
            secret=desk_secret(settings),
        )
    finally:
        directory.stop()
        reader.close()
        engine.dispose()


def routed() -> FastAPI:
    """The routes and their description, without anything that they need to run."""
    app = FastAPI(
        title="Firstline",
        version="0.1.0",
        description="An ITIL service desk in which every ticket is a durable workflow.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
        generate_unique_id_function=operation_id,
    )
    for module in ROUTERS:
        app.include_router(module.router)
    description = cache(lambda: document(app))
    app.openapi = description  # type: ignore[method-assign]
    app.add_api_route("/openapi.json", description, include_in_schema=False)
    for error in (Problem, DeskError, RequestValidationError, HTTPException, *AWAY):
        app.add_exception_handler(error, _refuse)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    return answer(problem_of(error), request.url.path, request.state.correlation)


def problem_of(error: Exception) -> Problem:
    """What the caller is told of an error that a route raised."""
    match error:
        case Problem():
            return error
        case DeskError():
            return from_desk(error)
        case RequestValidationError():
            return invalid(wrong(error))
        case HTTPException():
            kind = BY_STATUS.get(error.status_code, "malformed")
            headers = dict(error.headers or {})
            return Problem(kind, "see the page of this problem's type", headers=headers)
        case _:
            return unavailable("the database is away: repeat the request")
