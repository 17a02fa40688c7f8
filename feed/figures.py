"""The log's own figures, computed from its rows alone: they know nothing of steps or tickets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from statistics import mean, median

from desk.model import Frozen
from feed.log import Case, Row

USER = "wait - user"


class Figures(Frozen):
    """What both a log and a desk can say of the same cases.

    `highest_line` counts cases by the highest line they reached; `waiting_share` is the part of
    all the time from opening to the last row in which the requester was waited for.
    """

    cases: int
    events: int
    events_mean: float
    events_median: float
    events_max: int
    hand_off_cases: int
    ping_pong_cases: int
    highest_line: dict[str, int]
    waited_cases: int
    waiting_share: float
    reopened_cases: int


def figures_of(cases: Sequence[Case]) -> Figures:
    """The figures of these cases."""
    counts = [len(case.rows) for case in cases]
    waits = [_waited(case.rows) for case in cases]
    return Figures(
        cases=len(cases),
        events=sum(counts),
        events_mean=round(mean(counts or [0]), 2),
        events_median=median(counts or [0]),
        events_max=max(counts, default=0),
        hand_off_cases=sum(len(_teams(case.rows)) > 1 for case in cases),
        ping_pong_cases=sum(ping_pong(_teams(case.rows)) for case in cases),
        highest_line=dict(sorted(Counter(_highest(case.rows) for case in cases).items())),
        waited_cases=sum(any(_waits(row) for row in case.rows) for case in cases),
        waiting_share=share(
            sum(waits, timedelta()),
            sum((case.rows[-1].at - case.rows[0].at for case in cases), timedelta()),
        ),
        reopened_cases=sum(_reopened(case.rows) for case in cases),
    )


def ping_pong(stations: Sequence[str]) -> bool:
    """Whether something went from A to B and back to A at once."""
    return any(first == third for first, third in zip(stations, stations[2:], strict=False))


def share(part: timedelta, whole: timedelta) -> float:
    """A part of a time, from 0 to 1; of no time it is 0."""
    return round(part / whole, 4) if whole else 0.0


def without_repeats(stations: Iterable[str]) -> list[str]:
    """Each station once for a stay of any length."""
    return [station for station, _ in groupby(stations)]


def _teams(rows: Sequence[Row]) -> list[str]:
    return without_repeats(row.team for row in rows)


def _highest(rows: Sequence[Row]) -> str:
    """The log's own text: `2/L3` sorts, and so counts, above 2 and below 3."""
    return max(row.line for row in rows)


def _waits(row: Row) -> bool:
    return row.sub_status.lower() == USER


def _waited(rows: Sequence[Row]) -> timedelta:
    spans = (after.at - row.at for row, after in pairwise(rows) if _waits(row))
    return sum(spans, timedelta())


def _reopened(rows: Sequence[Row]) -> bool:
    statuses = [row.status.lower() for row in rows]
    if "completed" not in statuses:
        return False
    after = statuses[statuses.index("completed") :]
    return "accepted" in after or "queued" in after
