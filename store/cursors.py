"""Cursors: where a page ended, opaque and URL-safe, and good for that one list only."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

from desk.errors import InvalidFact

LONGEST = 1_000


def cursor(of: str, position: Sequence[str]) -> str:
    """The cursor after a position of the list that `of` describes."""
    text = json.dumps([_name(of), *position], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(of: str, text: str, length: int) -> list[str]:
    """The position in a cursor, in so many parts.

    Raises:
        InvalidFact: when it is no cursor, or that of another list.
    """
    found: object = None
    if len(text) <= LONGEST:
        try:
            found = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (ValueError, RecursionError):
            found = None
    parts = found if isinstance(found, list) else []
    if not parts or not all(isinstance(part, str) and part.isprintable() for part in parts):
        raise _no_cursor()
    if parts[0] != _name(of):
        raise InvalidFact("after", "that page is of another list: keep its sort and filters")
    if len(parts) != 1 + length:
        raise _no_cursor()
    return parts[1:]


def instant(part: str) -> datetime:
    """An instant in a cursor."""
    try:
        found = datetime.fromisoformat(part)
    except ValueError as wrong:
        raise _no_cursor() from wrong
    if found.tzinfo is None:
        raise _no_cursor()
    return found


def place(parts: Sequence[str]) -> tuple[int, int]:
    """Version and index of an event in a cursor."""
    version, index = map(number, parts)
    return version, index


def number(part: str) -> int:
    """A row's number in a cursor."""
    if not (part.isascii() and part.isdecimal() and len(part) < 10):
        raise _no_cursor()
    return int(part)


def _no_cursor() -> InvalidFact:
    return InvalidFact("after", "no such page: take `after` from `next` of the page before")


def _name(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:12]
