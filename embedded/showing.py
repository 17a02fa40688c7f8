"""Tickets as text for a terminal: a line each in a list, or a fact a line."""

from collections.abc import Mapping
from datetime import datetime

COLUMNS = ("number", "priority", "status", "group", "assignee", "due", "summary")
WIDEST = 60
NAME = 15

Json = Mapping[str, object]


def table(page: Json) -> list[str]:
    """A page of tickets as the lines of a table, with a line of names above; none for none."""
    items = [item for item in _list(page.get("items")) if isinstance(item, dict)]
    if not items:
        return []
    rows = [COLUMNS, *(_row(item) for item in items)]
    widths = [min(max(len(row[i]) for row in rows), WIDEST) for i in range(len(COLUMNS))]
    return [_line(row, widths) for row in rows]


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = zip(row, widths, strict=True)
    return "  ".join(_short(cell, width).ljust(width) for cell, width in cells).rstrip()


def _row(ticket: Json) -> tuple[str, ...]:
    shown = {**ticket, "due": next_due(ticket)}
    return tuple(_text(shown.get(column)) for column in COLUMNS)


def next_due(ticket: Json) -> str | None:
    """When the first of the running clocks is due, in the local time of this machine."""
    clocks = [clock for clock in _list(ticket.get("clocks")) if isinstance(clock, dict)]
    dues = [str(clock["due"]) for clock in clocks if clock.get("state") == "running"]
    return min((_local(due) for due in dues), default=None)


def facts(ticket: Json) -> list[str]:
    """A ticket, a fact a line: what is unknown or empty is left out."""
    known = {name: value for name, value in ticket.items() if value not in (None, [], "", {})}
    clocks = [clock for clock in _list(known.pop("clocks", None)) if isinstance(clock, dict)]
    allowed = ", ".join(map(str, _list(known.pop("allowed_steps", None))))
    lines = [f"{name:{NAME}} {_text(value)}" for name, value in known.items()]
    lines += [f"{'clock':{NAME}} {_clock(clock)}" for clock in clocks]
    return [*lines, f"{'possible now':{NAME}} {allowed or '-'}"]


def _clock(clock: Json) -> str:
    due = f", due {_local(str(clock['due']))}" if clock.get("due") else ""
    return f"{clock.get('target')} {clock.get('state')}{due}"


def _local(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone():%Y-%m-%d %H:%M}"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items() if part)
    if isinstance(value, list):
        return "; ".join(_text(part) for part in value)
    return "-" if value is None else " ".join(str(value).split())


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
