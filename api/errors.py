"""Every refusal over HTTP: one table from problem type to status, title and what to do.

Both the errors raised here and those that a workflow answers with are named by their class:
`StepRefused` is the problem `/errors/step-refused` (RFC 9457).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import structlog
from fastapi.responses import JSONResponse

from desk.errors import DeskError, InvalidFact

T = TypeVar("T")
log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
"""So many wrong fields are named; who mends them hears of the others."""


class Field(NamedTuple):
    """What is wrong with one field of the request."""

    field: str
    message: str


@dataclass(frozen=True)
class Kind:
    """A problem type: its status, its constant title, and what a person can do about it."""

    status: int
    title: str
    advice: str


KINDS: dict[str, Kind] = {
    "malformed": Kind(
        400,
        "The request could not be read",
        "Send one JSON object in UTF-8, each name once, and well-formed headers.",
    ),
    "not-authenticated": Kind(
        401,
        "A valid token is needed",
        "Send the header 'Authorization: Bearer TOKEN'. 'firstline token EMAIL' prints a new one.",
    ),
    "not-signed": Kind(
        401,
        "The body is not proven",
        "Sign it after Standard Webhooks with the secret of 'firstline vendor secret ID', and send "
        "it at once: the headers are webhook-id, webhook-timestamp and webhook-signature.",
    ),
    "not-permitted": Kind(
        403,
        "Not permitted",
        "Your roles do not allow this. Ask somebody of the role that the detail names.",
    ),
    "not-found": Kind(
        404, "Not found", "There is nothing at this address. /openapi.json lists what there is."
    ),
    "ticket-not-found": Kind(
        404,
        "No such ticket",
        "There is no such ticket, or not one that you may see. Read the number once more: its "
        "last symbol checks the others.",
    ),
    "method-not-allowed": Kind(
        405, "Method not allowed", "Use one of the methods that the header 'Allow' lists."
    ),
    "step-refused": Kind(
        409,
        "The step is not possible now",
        "Take one of 'allowed_steps', or read the ticket again: it may have moved on.",
    ),
    "stale-version": Kind(
        412,
        "The ticket has changed",
        "Read the ticket again and repeat the step with its new ETag in 'If-Match'.",
    ),
    "too-large": Kind(
        413,
        "The request is too large",
        "A body may have 256 KiB. Shorten the text, or put it where the ticket can point to it.",
    ),
    "unsupported-media-type": Kind(
        415, "Only JSON is read", "Send the header 'Content-Type: application/json', uncompressed."
    ),
    "invalid-fact": Kind(
        422, "Some fields are not right", "'errors' names each field and says what would do."
    ),
    "key-reused": Kind(
        422,
        "The key was used before",
        "This Idempotency-Key or webhook-id came with another body. Use a new one.",
    ),
    "too-many-requests": Kind(
        429, "Too many requests", "Wait as many seconds as 'Retry-After' says."
    ),
    "internal": Kind(
        500,
        "Something went wrong inside the desk",
        "Nothing you can mend. Tell whoever runs the desk, with the correlation id.",
    ),
    "policy-error": Kind(
        500,
        "The rules of the desk make no sense",
        "Tell the process owner, with the correlation id.",
    ),
    "unavailable": Kind(
        503,
        "The desk cannot answer now",
        "Repeat the request after 'Retry-After' seconds. With the same Idempotency-Key it is done "
        "once, however often it is sent.",
    ),
}


class Problem(Exception):
    """A refusal on its way to the caller; `kind` is a key of the table."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Field] = (),
        allowed_steps: Sequence[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.allowed_steps = allowed_steps
        self.headers = headers or {}


def kebab(class_name: str) -> str:
    """The problem type of an error's class: StepRefused is step-refused."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", class_name).lower()


def from_desk(error: DeskError) -> Problem:
    """The problem that a refusal of the desk becomes."""
    return named(type(error).__name__, str(error), error.details())


def named(class_name: str, message: str, details: dict[str, list[str] | str]) -> Problem:
    """The problem of a refusal that is known by its class name, as a workflow answers it."""
    kind = kebab(class_name)
    if kind not in KINDS:
        log.error("unknown_refusal", type=class_name)
        return Problem("internal", "the request could not be carried out")
    field, allowed = details.get("field"), details.get("allowed_steps")
    return Problem(
        kind,
        message,
        errors=[Field(field, message)] if isinstance(field, str) else (),
        allowed_steps=allowed if isinstance(allowed, list) else None,
    )


def invalid(errors: Sequence[Field]) -> Problem:
    """Fields that cannot be: each with what would do, and no more of them than anybody reads."""
    detail = "; ".join(f"{f}: {m}" for f, m in errors[:5])
    return Problem("invalid-fact", detail, errors=errors[:MOST_ERRORS])


def tried(errors: list[Field], check: Callable[[], T]) -> T | None:
    """What a check gives; one that cannot be is noted, so that the caller hears of all at once."""
    try:
        return check()
    except InvalidFact as error:
        errors.append(Field(error.field, str(error)))
        return None


def not_seen(number: str) -> Problem:
    """The same whether it is not there or not to be seen."""
    return Problem("ticket-not-found", f"there is no ticket {number} that you may see")


def unavailable(detail: str, retry_after: int = 2) -> Problem:
    """Not known to be done: worth repeating with the same key."""
    return Problem("unavailable", detail, headers={"Retry-After": str(retry_after)})


def answer(problem: Problem, instance: str, correlation: str) -> JSONResponse:
    """The problem as the caller reads it."""
    kind = KINDS[problem.kind]
    body: dict[str, object] = {
        "type": f"/errors/{problem.kind}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": instance,
        "correlation_id": correlation,
    }
    if problem.errors:
        body["errors"] = [error._asdict() for error in problem.errors]
    if problem.allowed_steps is not None:
        body["allowed_steps"] = list(problem.allowed_steps)
    return JSONResponse(body, kind.status, problem.headers, MEDIA_TYPE)
