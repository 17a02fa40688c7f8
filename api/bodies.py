"""What comes in: a body read within its limits, parsed strictly, each wrong field named."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field as Member
from pydantic import (
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from starlette.requests import ClientDisconnect

from api.errors import Field, Problem, invalid
from api.wording import words
from desk.errors import InvalidFact
from desk.model import SURROGATE, Frozen, Instant, Line, Name, Text
from desk.numbers import parse
from desk.order import Answers
from desk.steps import STEP_NAMES, Step, wrong_fields
from desk.ticket import Level

LIMIT = 256 * 1024
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""How the report came: phone, email, web, chat, walk-in, monitoring, or a name of one's own."""
_JSON = re.compile(r'application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)
NOT_NAMED = {*STEP_NAMES, "query", "path", "header"}
"""What the places of errors begin with, and the caller never wrote."""
T = TypeVar("T")
JsonObject = dict[str, object]


class Report(Frozen):
    """An incident as it is reported; people as e-mail address or id, the rest by name."""

    summary: Line
    description: Text | None = None
    requester: Name | None = None
    service: Name | None = None
    category: Name | None = None
    impact: Level | None = None
    urgency: Level | None = None
    channel: Channel | None = None
    confidential: bool = False
    clock: Literal["real", "given"] = "real"
    at: Instant | None = None


class Wish(Frozen):
    """An item of the catalogue as it is ordered, with the answers to its form.

    `for` is whom it is for, as e-mail address or id; `summary` is the item's title unless said.
    """

    item: Name
    answers: Answers = Member(default_factory=dict)
    wanted_for: Name | None = Member(default=None, alias="for")
    summary: Line | None = None
    confidential: bool = False
    channel: Channel | None = None


class Scope(Frozen):
    """Which tickets are replayed: these, or those that are open or ended since then, or all."""

    numbers: tuple[Name, ...] = ()
    since: Instant | None = None

    @field_validator("numbers")
    @classmethod
    def _each_once(cls, numbers: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_number(number) for number in numbers))

    @field_validator("since", mode="before")
    @classmethod
    def _past(cls, value: object) -> datetime | None:
        try:
            since = checked(AT, value)
        except ValidationError:
            raise ValueError("is no instant with its zone: write 2026-03-02T09:30:00Z") from None
        if since is not None and since > datetime.now(UTC):
            raise ValueError("must not lie in the future")
        return since

    @model_validator(mode="after")
    def _one_of_them(self) -> "Scope":
        if self.numbers and self.since:
            why = "give numbers, or since, or neither for all tickets"
            raise wrong_fields(why, "numbers", "since")
        return self


def _number(text: str) -> str:
    try:
        return parse(text)
    except InvalidFact as error:
        raise ValueError(f"{text}: {error}") from None


SCOPE: TypeAdapter[Scope] = TypeAdapter(Scope)
WISH: TypeAdapter[Wish] = TypeAdapter(Wish)
REPORT: TypeAdapter[Report] = TypeAdapter(Report)
STEP: TypeAdapter[Step] = TypeAdapter(Step)
AT: TypeAdapter[Instant | None] = TypeAdapter(Instant | None)


async def read(request: Request) -> bytes:
    """The body, whole; also when its length was not announced.

    Raises:
        Problem: 415 when it is no JSON, 413 when it is larger than the limit.
    """
    encoded = request.headers.get("content-encoding", "identity").lower() != "identity"
    if encoded or not _JSON.fullmatch(request.headers.get("content-type", "").strip()):
        raise Problem("unsupported-media-type", "send JSON, with Content-Type: application/json")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > LIMIT:
        raise _too_large()
    parts = bytearray()
    try:
        async for part in request.stream():
            parts += part
            if len(parts) > LIMIT:
                raise _too_large()
    except ClientDisconnect as gone:
        raise Problem("malformed", "the body ended too early") from gone
    return bytes(parts)


async def json_object(request: Request) -> JsonObject:
    """The body as a JSON object whose texts are sound; the values are not yet checked."""
    return object_in(await read(request))


def object_in(raw: bytes) -> JsonObject:
    """The same of a body that was read."""
    try:
        parsed = json.loads(
            raw.decode(), object_pairs_hook=_each_name_once, parse_constant=_no_json
        )
    except RecursionError as deep:
        raise invalid([Field("body", "is nested too deeply")]) from deep
    except UnicodeDecodeError as broken:
        raise Problem("malformed", "the body is not UTF-8") from broken
    except json.JSONDecodeError as broken:
        raise Problem("malformed", f"the body is not JSON: {broken}") from broken
    except ValueError as broken:
        raise Problem("malformed", f"the body cannot be read: {broken}") from broken
    if not isinstance(parsed, dict):
        raise invalid([Field("body", "must be a JSON object")])
    broken_names = [name for name, value in parsed.items() if _broken(name) or _broken(value)]
    if broken_names:
        raise invalid([Field(_name(n), "holds half a character") for n in broken_names])
    return parsed


def _too_large() -> Problem:
    return Problem(
        "too-large", f"a body may have {LIMIT // 1024} KiB", headers={"Connection": "close"}
    )


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("it gives a name twice")
    return names


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _broken(value: object) -> bool:
    return isinstance(value, str) and SURROGATE.search(value) is not None


def _name(part: object) -> str:
    """A field's name as it can be repeated to the caller."""
    return str(part)[:80].encode("ascii", "backslashreplace").decode()


def checked(adapter: TypeAdapter[T], fields: object) -> T:
    """The fields as a model, strictly: a number is no text and 1 is not true.

    Raises:
        ValidationError: see `wrong`.
    """
    return adapter.validate_json(json.dumps(fields), strict=True)


def report_in(fields: JsonObject) -> Report:
    """The report in a body."""
    try:
        return checked(REPORT, fields)
    except ValidationError as error:
        refuse(wrong(error))


def wish_in(fields: JsonObject) -> Wish:
    """The order in a body; its answers are not yet held against their form."""
    try:
        return checked(WISH, fields)
    except ValidationError as error:
        refuse(wrong(error))


def scope_in(fields: JsonObject) -> Scope:
    """The scope of a replay in a body."""
    try:
        return checked(SCOPE, fields)
    except ValidationError as error:
        refuse(wrong(error))


def step_in(fields: JsonObject) -> tuple[Step, Instant | None]:
    """The step in a body, and the instant beside it."""
    rest = {name: value for name, value in fields.items() if name != "at"}
    errors: list[Field] = []
    at, taken = None, None
    try:
        at = checked(AT, fields["at"]) if "at" in fields else None
    except ValidationError as error:
        errors += [Field("at", found.message) for found in wrong(error)]
    try:
        taken = checked(STEP, rest)
    except ValidationError as error:
        errors += wrong(error)
    if errors or taken is None:
        refuse(errors)
    return taken, at


def refuse(errors: Iterable[Field]) -> NoReturn:
    """Each field once."""
    raise invalid(list(dict.fromkeys(errors)))


def wrong(error: ValidationError | RequestValidationError) -> list[Field]:
    """Each field that is wrong, by the name it has in the request, with what would do."""
    return [Field(place, words(found)) for found in error.errors() for place in _places(found)]


def _places(found: Mapping[str, Any]) -> Iterable[str]:
    if found["type"] == "wrong_fields":
        return found["ctx"]["fields"]  # type: ignore[no-any-return]
    if found["type"].startswith("union_tag"):
        return ("step",)
    loc = found["loc"][1:] if found["loc"] and found["loc"][0] in NOT_NAMED else found["loc"]
    return (".".join(_name(part) for part in loc if isinstance(part, str)) or "body",)
