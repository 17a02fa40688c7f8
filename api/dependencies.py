"""What routes ask for by type: the desk's resources, who asks, and what the headers say.

Dependencies are coroutines because plain functions would each be sent to a thread.
"""

import re
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Path, Request
from pydantic import AfterValidator

from api.errors import Problem
from api.state import State
from desk.errors import InvalidFact
from desk.numbers import parse
from desk.people import Actor

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,15})"')


class Call(NamedTuple):
    """A request of somebody whom the guard let in.

    `correlation` is the id that it has in every log line, event and mail.
    """

    state: State
    actor: Actor
    correlation: str


async def call_of(request: Request) -> Call:
    """What the lifespan made and the guard found, in one."""
    found = request.state
    return Call(request.app.state.desk, found.actor, found.correlation)


async def state_of_desk(request: Request) -> State:
    """What the lifespan made."""
    found: State = request.app.state.desk
    return found


async def actor_of(request: Request) -> Actor:
    """Whoever the guard let in."""
    found: Actor = request.state.actor
    return found


def _stored(number: str) -> str:
    try:
        return parse(number)
    except InvalidFact as error:
        raise Problem("ticket-not-found", str(error)) from error


def _printable(key: str | None) -> str | None:
    if key is None or _KEY.fullmatch(key):
        return key
    raise Problem("malformed", "Idempotency-Key: give 1 to 200 printable ASCII characters")


def version_of(if_match: str | None) -> int | None:
    """The version that the caller read, if it says so."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Problem("malformed", 'If-Match: give the ETag of the ticket as it came, like "7"')
    return int(found[1])


StateOfDesk = Annotated[State, Depends(state_of_desk)]
Caller = Annotated[Actor, Depends(actor_of)]
Called = Annotated[Call, Depends(call_of)]
Number = Annotated[
    str,
    Path(description="INC-7K3M9Q2M, as it was told on the phone"),
    AfterValidator(_stored),
]
"""The ticket's number as it is stored."""
Key = Annotated[
    str | None,
    Header(description="the same key and body are carried out once"),
    AfterValidator(_printable),
]
"""The caller's key for this request."""
IfMatch = Annotated[str | None, Header(description='the ETag that was read, as "7"; * for any')]
