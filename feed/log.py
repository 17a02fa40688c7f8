"""Reads an incident log: a CSV file, plain or gzipped, checked whole before anything is sent."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

COLUMNS = (
    "case", "at", "status", "sub_status", "team", "line", "function", "organisation", "impact",
    "product", "country", "person",
)  # fmt: skip
NEEDED = ("case", "at", "status", "team")
MOST_SHOWN = 10
LONGEST = 120
_GZIP = b"\x1f\x8b"
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


class LogError(Exception):
    """The file is no incident log that can be fed; the message says where and why."""


@dataclass(frozen=True)
class Row:
    """One event of the log; `number` is its line in the file, `at` is in UTC."""

    number: int
    case: str
    at: datetime
    status: str
    sub_status: str
    team: str
    line: str
    function: str
    organisation: str
    impact: str
    product: str
    country: str
    person: str


@dataclass(frozen=True)
class Case:
    """One incident: its rows in order of time, those of one instant in the file's order."""

    id: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Log:
    """A log as read; `digest` names its content, `disordered` counts cases that were sorted."""

    digest: str
    cases: tuple[Case, ...]
    disordered: int = 0

    @property
    def rows(self) -> Iterator[Row]:
        """All rows, case by case."""
        return (row for case in self.cases for row in case.rows)


def read_log(path: Path) -> Log:
    """The log in a file.

    Raises:
        LogError: it cannot be read, is no CSV, lacks columns, or has rows that make no sense.
    """
    raw = _bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LogError(f"{path} is not a CSV file in UTF-8: see byte {error.start}") from error
    if "\0" in text:
        raise LogError(f"{path} is not a CSV file: it has NUL characters in it")
    rows = _rows(path, text)
    if not rows:
        raise LogError(f"{path} has a header and no rows: there is nothing to feed")
    cases: dict[str, list[Row]] = {}
    for row in rows:
        cases.setdefault(row.case, []).append(row)
    return Log(
        digest=hashlib.sha256(raw).hexdigest(),
        # The sort is stable: rows of one instant stay in the order of the file.
        cases=tuple(Case(id, tuple(sorted(of, key=_at))) for id, of in cases.items()),
        disordered=sum(any(b.at < a.at for a, b in pairwise(of)) for of in cases.values()),
    )


def chosen(log: Log, first: int | None, only: tuple[str, ...]) -> Log:
    """The part of the log that is asked for; the digest stays that of the whole file.

    Raises:
        LogError: a case that was asked for is not there.
    """
    cases = log.cases
    if only:
        missing = set(only) - {case.id for case in cases}
        if missing:
            raise LogError(f"there is no case {', '.join(sorted(missing))} in the log")
        cases = tuple(case for case in cases if case.id in only)
    return Log(log.digest, cases[:first], log.disordered)


def _at(row: Row) -> datetime:
    return row.at


def _bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        if raw.startswith(_GZIP):
            raw = gzip.decompress(raw)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise LogError(f"{path} is a damaged gzip file: {error}") from error
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror or error}") from error
    if not raw.strip():
        raise LogError(f"{path} is empty")
    return raw


def _rows(path: Path, text: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    wrong: list[str] = []
    try:
        place = _places(path, next(reader))
        for fields in reader:
            if not any(fields):
                continue
            found = _row(reader.line_num, place, fields)
            if isinstance(found, Row):
                rows.append(found)
            else:
                wrong.append(found)
    except csv.Error as error:
        raise LogError(f"{path} is not a CSV file: line {reader.line_num}: {error}") from error
    if wrong:
        more = f"\n... and {len(wrong) - MOST_SHOWN} more" if len(wrong) > MOST_SHOWN else ""
        raise LogError(f"{path} cannot be fed:\n" + "\n".join(wrong[:MOST_SHOWN]) + more)
    return rows


def _places(path: Path, header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if len(missing) == len(COLUMNS):
        raise LogError(
            f"{path} is not an incident log: its first line must name the columns "
            f"{', '.join(COLUMNS)}, with commas in between"
        )
    if missing:
        raise LogError(f"{path} lacks the columns {', '.join(missing)}")
    twice = sorted({name for name in COLUMNS if names.count(name) > 1})
    if twice:
        raise LogError(f"{path} has the columns {', '.join(twice)} more than once")
    return {name: names.index(name) for name in COLUMNS}


def _row(number: int, place: dict[str, int], fields: list[str]) -> Row | str:
    """The row, or what is wrong with it."""
    if len(fields) <= max(place.values()):
        return f"line {number}: has {len(fields)} fields, {max(place.values()) + 1} are needed"
    told = {name: fields[where].strip() for name, where in place.items()}
    empty = [name for name in NEEDED if not told[name]]
    if empty:
        return f"line {number}: {', '.join(empty)} must not be empty"
    long = [name for name, value in told.items() if len(value) > LONGEST]
    if long:
        return f"line {number}: {', '.join(long)} may have {LONGEST} characters"
    at = _instant(told.pop("at"))
    if isinstance(at, str):
        return f"line {number}: {at}"
    return Row(number=number, at=at, **told)


def _instant(text: str) -> datetime | str:
    if not _OFFSET.search(text):
        return f"{text!r} is no instant with its offset from UTC, like 2012-05-02T14:30:00+01:00"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return f"{text!r} is no instant: write it like 2012-05-02T14:30:00+01:00"
