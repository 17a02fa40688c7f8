"""What each row of a log means on the desk: the opening of its case, and steps of the ticket.

The steps follow from the rows alone and never from the desk's answers, so that a feed that is
resumed or repeated sends the same steps under the same keys. docs/feeding-a-log.md has the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feed.log import Case, Row
from feed.organisation import Groups, Team

JsonObject = dict[str, object]

IMPACTS = {"high": "high", "medium": "medium", "low": "low", "major": "high"}
URGENCY, MAJOR = "medium", {"major": "high"}
WAITS = {
    "wait - user": "requester",
    "wait - customer": "requester",
    "wait - vendor": "vendor",
    "wait - implementation": "change",
    "wait": "change",
}
CODE = "fixed"


class Meaning(StrEnum):
    """What the status of a row says, in the desk's terms."""

    QUEUED = "queued"
    WORKING = "working"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


MEANINGS = {
    ("queued", "awaiting assignment"): Meaning.QUEUED,
    ("accepted", "assigned"): Meaning.QUEUED,
    ("accepted", "in progress"): Meaning.WORKING,
    **{("accepted", words): Meaning.WAITING for words in WAITS},
    ("completed", "resolved"): Meaning.RESOLVED,
    ("completed", "closed"): Meaning.CLOSED,
    ("completed", "in call"): Meaning.CLOSED,
    ("completed", "cancelled"): Meaning.CANCELLED,
}
OPEN_AGAIN = (Meaning.QUEUED, Meaning.WORKING, Meaning.WAITING)


@dataclass(frozen=True)
class RowSteps:
    """The steps that a row means, in order: at least one."""

    row: Row
    steps: tuple[JsonObject, ...]


@dataclass(frozen=True)
class Plan:
    """What is sent for a case: the opening, then the steps of each of its rows."""

    case: str
    opening: JsonObject
    rows: tuple[RowSteps, ...]

    @property
    def steps(self) -> int:
        """How many steps that are, without the opening."""
        return sum(len(row.steps) for row in self.rows)


def meaning(row: Row) -> Meaning:
    """What the row's status says; one that the table does not have is UNKNOWN."""
    return MEANINGS.get((row.status.lower(), row.sub_status.lower()), Meaning.UNKNOWN)


def plan(case: Case, groups: Groups, categories: Iterable[str] = ()) -> Plan:
    """Everything to be sent for a case; `categories` are those that the desk's rules know."""
    ticket = _Ticket(groups)
    rows = tuple(RowSteps(row, tuple(ticket.steps(row))) for row in case.rows)
    return Plan(case.id, _opening(case, categories), rows)


def _opening(case: Case, categories: Iterable[str]) -> JsonObject:
    first = case.rows[0]
    facts = [
        f"{name}: {value}"
        for name in ("product", "organisation", "function", "country", "impact")
        if (value := getattr(first, name))
    ]
    body: JsonObject = {
        "summary": f"{first.product or 'Incident'}: case {case.id} of another desk",
        "description": "\n".join([f"Moved in from an incident log as case {case.id}.", *facts]),
        "clock": "given",
        "at": _instant(first.at),
    }
    impact = first.impact.lower()
    if impact in IMPACTS:
        body |= {"impact": IMPACTS[impact], "urgency": MAJOR.get(impact, URGENCY)}
    if first.product.lower() in set(categories):
        body["category"] = first.product.lower()
    return body


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


class _Ticket:
    """Where the log has its ticket: which team, whether it was taken on, waits, or is over."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._group: str | None = None
        self._accepted = False
        self._state = Meaning.QUEUED

    def steps(self, row: Row) -> list[JsonObject]:
        """The steps of the next row."""
        at = _instant(row.at)
        means = meaning(row)
        if means is Meaning.UNKNOWN:
            said = f"The log says {row.status or 'nothing'} / {row.sub_status or 'nothing'}"
            return [{"step": "comment", "internal": True, "text": said, "at": at}]
        steps = [*self._reopen(row, means), *self._move(row), *self._own(row, means)]
        if not steps:
            steps = [{"step": "assign", "group": self._group}]
        self._state = means
        return [{**step, "at": at} for step in steps]

    def _reopen(self, row: Row, means: Meaning) -> list[JsonObject]:
        over = self._state in (Meaning.RESOLVED, Meaning.CLOSED, Meaning.CANCELLED)
        if not over or means not in OPEN_AGAIN:
            return []
        self._state = Meaning.WORKING
        return [{"step": "reopen", "reason": _said(row)}]

    def _move(self, row: Row) -> list[JsonObject]:
        """The first team has it by assignment: nobody of the log handed it off to them."""
        group = self._groups[Team(row.team, row.line)].id
        before = self._group
        if group == before or self._state not in OPEN_AGAIN:
            return []
        self._group, self._accepted = group, False
        if before is None:
            return [{"step": "assign", "group": group}]
        # Handing a ticket off ends its wait.
        self._state = Meaning.WORKING
        return [{"step": "hand_off", "group": group, "reason": _said(row)}]

    def _own(self, row: Row, means: Meaning) -> list[JsonObject]:
        match means:
            case Meaning.QUEUED:
                return self._resume()
            case Meaning.WORKING:
                return [*self._resume(), *self._accept()]
            case Meaning.WAITING:
                waits_for = WAITS[row.sub_status.lower()]
                return [{"step": "wait", "for": waits_for, "reason": _said(row)}]
            case Meaning.CANCELLED:
                return [{"step": "cancel", "reason": _said(row)}]
            case Meaning.RESOLVED:
                return [_resolve(row)]
            case _:
                return self._close(row)

    def _resume(self) -> list[JsonObject]:
        return [{"step": "resume"}] if self._state is Meaning.WAITING else []

    def _accept(self) -> list[JsonObject]:
        if self._accepted:
            return []
        self._accepted = True
        return [{"step": "accept"}]

    def _close(self, row: Row) -> list[JsonObject]:
        resolve = [_resolve(row)] if self._state in OPEN_AGAIN else []
        return [*resolve, {"step": "confirm"}]


def _resolve(row: Row) -> JsonObject:
    return {"step": "resolve", "code": CODE, "text": _said(row)}


def _said(row: Row) -> str:
    """The row in its own words, for the texts that a step must have."""
    who = f" ({row.person})" if row.person else ""
    return f"{row.status} / {row.sub_status or '-'} at {row.team}{who}, as the log has it"
