"""What the desk made of a case, read from its ticket's timeline as anybody of the desk sees it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from desk.model import Frozen, Instant
from desk.people import GroupRef
from feed.figures import ping_pong, without_repeats

JsonObject = Mapping[str, object]
ENDS_WAIT = frozenset({"resume", "wait", "resolve", "cancel", "hand_off"})


class Measured(Frozen):
    """One ticket in figures; lines and hand-offs of people alone, unless they say otherwise."""

    events: int = 0
    steps: int = 0
    hand_offs: int = 0
    ping_pong: bool = False
    bounces: int = 0
    highest_line: int = 1
    highest_line_with_rungs: int = 1
    rung_hand_offs: int = 0
    waited: bool = False
    waiting: timedelta = timedelta()
    lasted: timedelta = timedelta()
    reopened: bool = False
    rungs: dict[str, int] = Field(default_factory=dict)
    breaches: dict[str, int] = Field(default_factory=dict)
    closed_by_silence: int = 0


class _Part(Frozen):
    """Of an entry only what is counted is looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Entry(_Part):
    at: Instant


class _StepOf(_Part):
    step: str
    waits_for: str | None = Field(default=None, alias="for")


class _Step(_Entry):
    event: Literal["step"]
    step: _StepOf


class _Routed(_Entry):
    event: Literal["routed"]
    group: GroupRef
    by: str
    bounced: bool


class _Breached(_Entry):
    event: Literal["breached"]
    target: str


class _Rung(_Entry):
    event: Literal["rung_fired"]
    target: str
    percent: int
    nth: int


class _Ended(_Entry):
    event: Literal["wait_over", "closed_by_silence"]


_Known = TypeAdapter[_Step | _Routed | _Breached | _Rung | _Ended](
    Annotated[_Step | _Routed | _Breached | _Rung | _Ended, Field(discriminator="event")]
)
_KNOWN = frozenset({"step", "routed", "breached", "rung_fired", "wait_over", "closed_by_silence"})


def measure(timeline: Iterable[JsonObject]) -> Measured:
    """The figures of a whole timeline, in its order."""
    items = list(timeline)
    known = [_Known.validate_python(item) for item in items if item.get("event") in _KNOWN]
    steps = [entry for entry in known if isinstance(entry, _Step)]
    moves = [entry for entry in known if isinstance(entry, _Routed)]
    made = [move for move in moves if move.by == "person"]
    rungs = Counter(_rung(entry) for entry in known if isinstance(entry, _Rung))
    breaches = Counter(entry.target for entry in known if isinstance(entry, _Breached))
    taken = Counter(entry.step.step for entry in steps)
    waits = list(_waits(known))
    return Measured(
        events=len(items),
        steps=len(steps),
        hand_offs=taken["hand_off"],
        ping_pong=ping_pong(without_repeats(move.group.id for move in made)),
        bounces=sum(move.bounced for move in moves),
        highest_line=max((move.group.line for move in made), default=1),
        highest_line_with_rungs=max((move.group.line for move in moves), default=1),
        rung_hand_offs=sum(move.by == "rung" for move in moves),
        waited=any(step.step.waits_for == "requester" for step in steps),
        waiting=sum(waits, timedelta()),
        lasted=steps[-1].at - _opened(items) if steps else timedelta(),
        reopened=taken["reopen"] > 0,
        rungs=dict(rungs),
        breaches=dict(breaches),
        closed_by_silence=sum(e.event == "closed_by_silence" for e in known),
    )


def _opened(items: list[JsonObject]) -> Instant:
    return _Entry.model_validate(items[0]).at


def _rung(entry: _Rung) -> str:
    return f"{entry.target} {entry.percent}%{' again' if entry.nth else ''}"


def _waits(known: list[_Step | _Routed | _Breached | _Rung | _Ended]) -> Iterator[timedelta]:
    """How long each wait for the requester was, until something that was done ended it."""
    turns = [entry for entry in known if isinstance(entry, _Ended) or _turns(entry)]
    for entry, after in pairwise(turns):
        if isinstance(entry, _Step) and entry.step.waits_for == "requester":
            yield after.at - entry.at


def _turns(entry: object) -> bool:
    return isinstance(entry, _Step) and entry.step.step in ENDS_WAIT
