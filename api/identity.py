"""Who asks: a bearer token, proven by its signature and by the organisation as last known."""

from datetime import UTC, datetime

from starlette.datastructures import Headers

import tokens
from api.errors import Problem, unavailable
from api.state import State
from desk.people import Actor

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="firstline"'}


def identify(headers: Headers, state: State) -> Actor:
    """The person of the token, with the roles and groups of now.

    Raises:
        Problem: 401 without a good token of an active person; 503 before anybody is known.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _refused("send 'Authorization: Bearer TOKEN'")
    now = datetime.now(UTC)
    try:
        claims = tokens.verify(state.secret, token.strip(), now)
    except tokens.TokenRefused as error:
        raise _refused(str(error)) from error
    organisation = state.organisation
    if not organisation.people:
        raise unavailable("nobody is known yet: the database is away, or nothing was imported")
    person = organisation.person(claims.person)
    if person is None or not person.active:
        raise _refused("the token is of nobody who is active here")
    if organisation.is_revoked(claims.id):
        raise _refused("the token was revoked: ask for a new one")
    return organisation.actor(person.id, now)


def _refused(detail: str) -> Problem:
    return Problem("not-authenticated", detail, headers=CHALLENGE)
