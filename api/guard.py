"""What happens to each request before and after its route: who asks, how often, what is logged."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Problem, answer
from api.identity import identify

log = structlog.get_logger()

CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
PUBLIC = re.compile(r"/health/(live|ready)|/errors/[a-z-]+")
SIGNED = re.compile(r"/vendors/[^/]+/replies")
"""A vendor has no token: its route finds out whose the signature is, and counts it."""
LINK = re.compile(r"/decide/[^/]+")
"""Who has such a link needs no token: the page behind it finds out whose it is, and counts it."""
SECURITY = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


class Guard:
    """Refuses whoever has no token before anything else is looked at; lets no traceback out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; the lifespan and anything else pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # The server leaves the body out; what asks for a ticket's head wants its headers.
            scope = {**scope, "method": "GET"}
        headers = Headers(scope=scope)
        correlation = headers.get("x-correlation-id", "")
        if not CORRELATION.fullmatch(correlation):
            correlation = uuid4().hex
        scope.setdefault("state", {})["correlation"] = correlation
        with structlog.contextvars.bound_contextvars(correlation=correlation):
            await self._answer(scope, headers, receive, _Reply(send, correlation))

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, reply: "_Reply"
    ) -> None:
        begun = time.perf_counter()
        try:
            await self._admit(scope, headers)
            await self._app(scope, receive, reply)
        except Problem as problem:
            await answer(problem, scope["path"], reply.correlation)(scope, receive, reply)
        except Exception:
            log.exception("request_failed", method=scope["method"], route=_route(scope))
            if not reply.begun:
                failed = Problem("internal", "the desk failed, and knows it: nothing was told")
                await answer(failed, scope["path"], reply.correlation)(scope, receive, reply)
        finally:
            # A health check every other second would hide everything else.
            note = log.debug if PUBLIC.fullmatch(scope["path"]) else log.info
            note(
                "request",
                method=scope["method"],
                route=_route(scope),
                ticket=scope.get("path_params", {}).get("number"),
                person=getattr(scope["state"].get("actor"), "person", None),
                status=reply.status,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )

    async def _admit(self, scope: Scope, headers: Headers) -> None:
        if (
            SIGNED.fullmatch(scope["path"])
            or PUBLIC.fullmatch(scope["path"])
            or LINK.fullmatch(scope["path"])
        ):
            return
        desk = scope["app"].state.desk
        actor = identify(headers, desk)
        scope["state"]["actor"] = actor
        await desk.rate.count(actor)


class _Reply:
    """Adds to each answer what every answer carries, and remembers its status."""

    def __init__(self, send: Send, correlation: str) -> None:
        self._send = send
        self.correlation = correlation
        self.begun = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
            given = dict(message["headers"])
            always = {b"x-correlation-id": self.correlation.encode(), **SECURITY}
            missing = [pair for pair in always.items() if pair[0] not in given]
            message["headers"] = [*message["headers"], *missing]
        await self._send(message)


def _route(scope: Scope) -> str:
    """The address as it was written down, without what the caller put into it."""
    return getattr(scope.get("route"), "path", "none")
