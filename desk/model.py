"""The shapes that every part of the desk is built from: frozen models and bounded texts."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
SURROGATE = re.compile(r"[\ud800-\udfff]")


def _printable(text: str) -> str:
    if CONTROL.search(text) or SURROGATE.search(text):
        raise ValueError("must not hold control characters other than line break and tab")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("must be a single line")
    return text


def _lines(text: str) -> str:
    # Trimmed here: a constraint that follows a validator measures before it trims.
    return text.replace("\r\n", "\n").strip()


def _utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside of the years that can be counted with") from None


def absent(value: object) -> bool:
    """For `exclude_if`: a fact that came later leaves the canonical form of older ones alone."""
    return value is None


def empty(value: object) -> bool:
    """The same for a fact that is a collection."""
    return not value


class Frozen(BaseModel):
    """A value: equal by content, never changed, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
Text = Annotated[
    str,
    AfterValidator(_lines),
    StringConstraints(min_length=1, max_length=20_000),
    AfterValidator(_printable),
]
Reason = Annotated[
    str,
    AfterValidator(_lines),
    StringConstraints(min_length=1, max_length=2_000),
    AfterValidator(_printable),
]
