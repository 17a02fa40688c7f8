"""The answers to an item's form: bounded, and held against its JSON schema, each by its name."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError as Unfit
from jsonschema.validators import create
from pydantic import JsonValue, TypeAdapter, ValidationError

from api.bodies import refuse
from api.errors import MOST_ERRORS, Field
from api.wording import words
from desk.model import CONTROL, Name, Text
from desk.order import Answers

MOST_FIELDS = 50
MOST_ENTRIES = 100
MOST_VALUES = 2_000
DEEPEST = 5
LARGEST = 2**53
"""What every reader of JSON counts exactly."""
NAME: TypeAdapter[str] = TypeAdapter(Name)
TEXT: TypeAdapter[str] = TypeAdapter(Text)
Schema = Mapping[str, Any]
FORMATS = FormatChecker()
WEST = timedelta(hours=12)
PLAIN = r"[\w!#$%&'*+/=?^`{|}~-]+"
LABEL = r"[^\W_]([\w-]*[^\W_])?"
E_MAIL = re.compile(rf"{PLAIN}(\.{PLAIN})*@{LABEL}(\.{LABEL})+")
LONGEST_E_MAIL = 254
SHAPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
LIKE = {
    "date": "must be a date, like 2026-03-02",
    "date-time": "must be an instant with its zone, like 2026-03-02T09:00:00+01:00",
    "email": "must be an e-mail address, like ada@example.org",
    "single-line": "must be a single line",
}


@FORMATS.checks("date-time", ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("email")
def _is_e_mail(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return len(value) <= LONGEST_E_MAIL and E_MAIL.fullmatch(value) is not None


@FORMATS.checks("single-line")
def _is_single_line(value: object) -> bool:
    return not isinstance(value, str) or not ("\n" in value or CONTROL.search(value))


def _not_before(_form: object, _today: object, value: object, _schema: object) -> Iterator[Unfit]:
    """A date that has not passed yet, wherever on earth whoever sends it is."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return
    if day is not None and day < (datetime.now(UTC) - WEST).date():
        yield Unfit("lies in the past")


FORM = create(
    Draft202012Validator.META_SCHEMA,
    {**Draft202012Validator.VALIDATORS, "notBefore": _not_before},
    type_checker=Draft202012Validator.TYPE_CHECKER,
)


def checked_answers(form: Schema, answers: Answers) -> Answers:
    """The answers with their texts trimmed.

    Raises:
        Problem: 422, naming the answers that do not fit, with what would do.
    """
    if len(answers) > MOST_FIELDS:
        refuse([Field("answers", f"may have at most {MOST_FIELDS} fields")])
    if _too_many(answers):
        refuse([Field("answers", f"may have at most {MOST_VALUES} values, however nested")])
    errors = list(_unknown(form, answers))
    unknown = {error.field for error in errors}
    sound = {
        name: _sound((name,), value, errors)
        for name, value in answers.items()
        if _field(name) not in unknown
    }
    named = {error.field for error in errors}
    for found in FORM(dict(form), format_checker=FORMATS).iter_errors(sound):
        if len(errors) >= MOST_ERRORS:
            break
        errors += [error for error in _wrong(found) if error.field not in named]
    if errors:
        refuse(errors)
    return sound


def trimmed(answers: Answers) -> Answers:
    """The answers as they are kept if they fit their form, whatever it is."""
    if _too_many(answers):
        return answers
    return {name: _sound((name,), value, []) for name, value in answers.items()}


def _too_many(answers: Answers) -> bool:
    """Whether there are more values than are worth looking at, counted no further than that."""
    left: list[JsonValue] = [answers]
    count = 0
    while left:
        value = left.pop()
        if isinstance(value, dict | list):
            count += len(value)
            if count > MOST_VALUES:
                return True
            left.extend(value.values() if isinstance(value, dict) else value)
    return False


def _unknown(form: Schema, answers: Answers) -> Iterator[Field]:
    """The answers that the form does not ask for, and those whose name cannot be one."""
    known = form.get("properties", {})
    for name in answers:
        unfit = _unfit(NAME, name)
        if form.get("additionalProperties") is False and name not in known:
            unfit = unfit or [_no_such(known)]
        yield from (Field(_field(name), why) for why in unfit)


def _no_such(known: Schema) -> str:
    return f"the form has no such field: {', '.join(known) or 'leave it out'}"


def _sound(path: tuple[str, ...], value: JsonValue, errors: list[Field]) -> JsonValue:
    """The value with its texts trimmed, whatever the form says of it; what cannot be is noted."""
    place = _field(*path)
    match value:
        case str():
            unfit = _unfit(TEXT, value)
            errors += [Field(place, why) for why in unfit]
            return value if unfit else TEXT.validate_python(value)
        case bool() | None:
            return value
        case int() | float():
            if not math.isfinite(value) or abs(value) > LARGEST:
                errors.append(Field(place, "is too large a number"))
            return value
        case list() | dict() if len(path) == DEEPEST or len(value) > MOST_ENTRIES:
            why = f"may have at most {MOST_ENTRIES} entries, and be nested {DEEPEST} deep"
            errors.append(Field(place, why))
            return None
        case list():
            return [_sound((*path, str(nth)), part, errors) for nth, part in enumerate(value)]
        case dict():
            for name in value:
                errors += [Field(place, f"a name in it {why}") for why in _unfit(NAME, name)]
            return {name: _sound((*path, name), part, errors) for name, part in value.items()}


def _unfit(adapter: TypeAdapter[str], text: str) -> list[str]:
    try:
        adapter.validate_python(text)
    except ValidationError as error:
        return [words(found) for found in error.errors()]
    return []


def _wrong(found: Unfit) -> Iterator[Field]:
    """What of an answer does not fit, in words that say what would."""
    names = [str(part) for part in found.absolute_path]
    here = found.instance if isinstance(found.instance, dict) else {}
    wanted: Any = found.validator_value
    match found.validator:
        case "required":
            needed = [name for name in wanted if name not in here]
            yield from (Field(_field(*names, name), "is needed") for name in needed)
        case "additionalProperties":
            known = _schema(found).get("properties", {})
            yield from (Field(_field(*names, n), _no_such(known)) for n in here if n not in known)
        case "anyOf" | "oneOf" if likely := _likely(found):
            for part in likely:
                yield from _wrong(part)
        case _:
            yield Field(_field(*names), _words(found))


def _likely(found: Unfit) -> list[Unfit]:
    """Of several ways that all do not fit, what is wrong with the first that is not null."""
    ways = [part for part in found.context or () if _schema(part).get("type") != "null"]
    return [part for part in ways if part.schema_path[0] == ways[0].schema_path[0]]


def _schema(found: Unfit) -> Schema:
    return found.schema if isinstance(found.schema, Mapping) else {}


def _words(found: Unfit) -> str:
    wanted: Any = found.validator_value
    match found.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            if wanted == "string" and (like := LIKE.get(_schema(found).get("format", ""))):
                return like
            return f"must be {' or '.join(SHAPES.get(kind, kind) for kind in kinds)}"
        case "enum":
            return f"one of {', '.join(json.dumps(one, ensure_ascii=False) for one in wanted)}"
        case "const":
            return f"must be {str(wanted).lower() if isinstance(wanted, bool) else wanted}"
        case "format":
            return LIKE.get(wanted, f"must be written as {wanted}")
        case "minimum" | "exclusiveMinimum":
            return f"must be {'at least' if found.validator == 'minimum' else 'more than'} {wanted}"
        case "maximum" | "exclusiveMaximum":
            return f"must be {'at most' if found.validator == 'maximum' else 'less than'} {wanted}"
        case "minLength" | "minItems":
            return f"needs at least {wanted} {_counted(found)}"
        case "maxLength" | "maxItems":
            return f"may have at most {wanted} {_counted(found)}"
        case "notBefore":
            return "lies in the past: give a day that is still to come"
        case "uniqueItems":
            return "names something twice"
        case "pattern":
            return f"must be like {wanted}"
        case _:
            return "does not fit the form: GET /catalogue has it"


def _counted(found: Unfit) -> str:
    return "characters" if str(found.validator).endswith("Length") else "entries"


def _field(*names: str) -> str:
    """The place of an answer as it can be repeated to the caller."""
    return ".".join(name[:80].encode("unicode_escape").decode() for name in ("answers", *names))
