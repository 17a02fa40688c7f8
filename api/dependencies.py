"""What routes ask for by type: the desk's resources, who asks, and what the headers say.

They are coroutines because plain functions would each be sent to a thread.
"""

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Request

from api.errors import Problem
from api.state import State
from desk.errors import InvalidFact
from desk.numbers import parse
from desk.people import Actor

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,15})"')


async def state_of_desk(request: Request) -> State:
    """What the lifespan made."""
    found: State = request.app.state.desk
    return found


async def actor_of(request: Request) -> Actor:
    """Whoever the guard let in."""
    found: Actor = request.state.actor
    return found


async def correlation_of(request: Request) -> str:
    """The id that this request has in every log line, event and mail."""
    return str(request.state.correlation)


async def number_of(
    number: Annotated[str, Path(description="INC-7K3M9Q2M, as it was told on the phone")],
) -> str:
    """The ticket's number as it is stored."""
    try:
        return parse(number)
    except InvalidFact as error:
        raise Problem("ticket-not-found", str(error)) from error


async def key_of(
    idempotency_key: Annotated[
        str | None, Header(description="the same key and body are carried out once")
    ] = None,
) -> str | None:
    """The caller's key for this request."""
    if idempotency_key is None or _KEY.fullmatch(idempotency_key):
        return idempotency_key
    raise Problem("malformed", "Idempotency-Key: give 1 to 200 printable ASCII characters")


async def version_of(
    if_match: Annotated[
        str | None, Header(description='the ETag that was read, as "7"; * for any')
    ] = None,
) -> int | None:
    """The version that the caller read, if it says so."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Problem("malformed", 'If-Match: give the ETag of the ticket as it came, like "7"')
    return int(found[1])


StateOfDesk = Annotated[State, Depends(state_of_desk)]
Caller = Annotated[Actor, Depends(actor_of)]
Correlation = Annotated[str, Depends(correlation_of)]
Number = Annotated[str, Depends(number_of)]
Key = Annotated[str | None, Depends(key_of)]
ExpectedVersion = Annotated[int | None, Depends(version_of)]
