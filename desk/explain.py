"""Why a clock is due when it is: each working interval, pause and holiday that was counted."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, groupby, pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from desk import clock as clocks
from desk.calendar import DAYS, Calendar, Holiday
from desk.clock import Calendars, Clock, State, calendar_of
from desk.model import Frozen, Instant
from desk.working_time import holiday_spans, spans
from desk.zone import zone

Kind = Literal["working", "paused", "stopped", "holiday", "retarget", "due"]
MOST_LINES = 400

_RANK: dict[Kind, int] = {
    "due": 0, "retarget": 1, "paused": 2, "stopped": 3, "holiday": 4, "working": 5,
}  # fmt: skip
_COUNTED: tuple[Kind, ...] = ("working", "holiday")
_ALL_BUT_DUE: tuple[Kind, ...] = (*_COUNTED, "paused", "stopped", "retarget")


class Line(Frozen):
    """One thing that was counted, or not; `total` is the sum of `worked` up to here."""

    kind: Kind
    start: Instant
    end: Instant
    worked: timedelta = timedelta()
    total: timedelta = timedelta()
    note: str


class Explanation(Frozen):
    """The account of a clock; `remaining` is negative by the time it went over.

    The lines go up to `due` or now, whichever is later; the total at the line `due` is `length`.
    After a stop before `due` they go on with what would have counted; `elapsed` leaves that out.
    """

    target: str
    state: State
    length: timedelta
    due: Instant | None
    elapsed: timedelta
    remaining: timedelta
    lines: tuple[Line, ...]


def explain(clock: Clock, calendars: Calendars, now: datetime) -> Explanation:
    """The whole account, at most 400 lines: when there are more, weeks are summed in one."""
    due = clocks.due(clock, calendars)
    elapsed = clocks.elapsed(clock, calendars, now)
    length = clocks.length(clock)
    until = max(at for at in (now, clock.marks[-1].at, due) if at is not None)
    place = zone(calendar_of(calendars, clock.marks[0]).zone)
    found = chain(_counted(clock, calendars, due, until), _idle(clock, until), _changes(clock))
    lines = sorted(chain(found, _reached(due, length)), key=lambda x: (x.start, _RANK[x.kind]))
    return Explanation(
        target=clock.target,
        state=clocks.state(clock),
        length=length,
        due=due,
        elapsed=elapsed,
        remaining=length - elapsed,
        lines=_bounded(tuple(_totalled(lines)), place),
    )


def _counted(
    clock: Clock, calendars: Calendars, due: datetime | None, until: datetime
) -> Iterator[Line]:
    """Working intervals and holidays of each run, cut where the clock was due or stopped."""
    over = clocks.stopped_at(clock)
    last = until if over is None or due is None else max(due, over)
    for run in clocks.runs(clocks.marks_without_stop(clock)):
        calendar = calendar_of(calendars, run)
        end = min(run.end or last, last)
        cuts = sorted(at for at in (due, over) if at is not None and run.start < at < end)
        for a, b in pairwise((run.start, *cuts, end)):
            if a < b:
                yield from _working(calendar, a, b, late=over is not None and a >= over)
        if run.start < end:
            yield from _holidays(calendar, run.start, end)


def _working(calendar: Calendar, start: datetime, end: datetime, late: bool) -> Iterator[Line]:
    place = zone(calendar.zone)
    for a, b in spans(calendar, start, end):
        note = _period(a, b, place)
        if a.astimezone(place).utcoffset() != b.astimezone(place).utcoffset():
            note += ", real time: the clocks change in between"
        if late:
            note += ", would have counted had it not been stopped"
        yield Line(kind="working", start=a, end=b, worked=b - a, note=note)


def _holidays(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Line]:
    found = holiday_spans(calendar, start, end)
    for holiday, parts in groupby(found, key=lambda part: part[2]):
        times = [(a, b) for a, b, _ in parts]
        yield Line(kind="holiday", start=times[0][0], end=times[-1][1], note=_holiday(holiday))


def _holiday(holiday: Holiday) -> str:
    hours = ", ".join(f"{hours.start} to {hours.end}" for hours in holiday.hours)
    return f"{holiday.date} {holiday.name}: " + (f"only {hours}" if hours else "closed")


def _idle(clock: Clock, until: datetime) -> Iterator[Line]:
    """From each pause or stop to what ended it."""
    changes = [mark for mark in clock.marks if mark.kind != "retarget"]
    ends = [mark.at for mark in changes[1:]] + [until]
    for mark, end in zip(changes, ends, strict=True):
        if mark.kind == "pause":
            yield Line(kind="paused", start=mark.at, end=end, note="paused: no time counts")
        elif mark.kind == "stop":
            yield Line(kind="stopped", start=mark.at, end=end, note="stopped: no time counts")


def _changes(clock: Clock) -> Iterator[Line]:
    for mark in clock.marks:
        if mark.kind == "retarget" and mark.length is not None:
            note = f"the target is now {duration(mark.length)} in calendar {mark.calendar}"
            yield Line(kind="retarget", start=mark.at, end=mark.at, note=note)


def _reached(due: datetime | None, length: timedelta) -> Iterator[Line]:
    if due is not None:
        note = f"due: {duration(length)} of working time are used up here"
        yield Line(kind="due", start=due, end=due, note=note)


def _totalled(lines: Iterable[Line]) -> Iterator[Line]:
    total = timedelta()
    for line in lines:
        total += line.worked
        yield line.model_copy(update={"total": total})


def _bounded(lines: tuple[Line, ...], place: ZoneInfo) -> tuple[Line, ...]:
    """Single weeks first, then whole years, then also the pauses: few enough after 110 years."""
    shown = lines
    for weeks, kinds in ((1, _COUNTED), (52, _COUNTED), (52, _ALL_BUT_DUE)):
        if len(shown) <= MOST_LINES:
            break
        shown = tuple(_folded(lines, weeks, kinds, place))
    return shown


def _folded(
    lines: tuple[Line, ...], weeks: int, kinds: tuple[Kind, ...], place: ZoneInfo
) -> Iterator[Line]:
    def bucket(line: Line) -> int | None:
        if line.kind not in kinds:
            return None
        # Day 1 of the proleptic calendar was a monday.
        return (line.start.astimezone(place).toordinal() - 1) // 7 // weeks

    for key, group in groupby(lines, key=bucket):
        together = tuple(group)
        if key is None or len(together) == 1:
            yield from together
        else:
            yield _summed(together, place)


def _summed(lines: tuple[Line, ...], place: ZoneInfo) -> Line:
    kinds = {line.kind for line in lines}
    start, end = lines[0].start, max(line.end for line in lines)
    return Line(
        kind=lines[0].kind if len(kinds) == 1 else "working",
        start=start,
        end=end,
        worked=sum((line.worked for line in lines), timedelta()),
        total=lines[-1].total,
        note=f"{_period(start, end, place)}: whole weeks, {len(lines)} lines summed in one",
    )


def _period(start: datetime, end: datetime, place: ZoneInfo) -> str:
    a, b = start.astimezone(place), end.astimezone(place)
    until = _time(b) if a.date() == b.date() else f"{_day(b)} {_time(b)}"
    return f"{_day(a)} {_time(a)} to {until} {place.key}"


def _day(local: datetime) -> str:
    return f"{DAYS[local.weekday()]} {local.date()}"


def _time(local: datetime) -> str:
    whole_minute = local.second == local.microsecond == 0
    return f"{local:%H:%M}" if whole_minute else f"{local:%H:%M:%S}"


def duration(span: timedelta) -> str:
    """A length as a person says it: 1 h 30 min."""
    minutes, seconds = divmod(span, timedelta(minutes=1))
    parts = [(minutes // 60, "h"), (minutes % 60, "min"), (seconds.total_seconds(), "s")]
    return " ".join(f"{amount:g} {unit}" for amount, unit in parts if amount) or "0 h"
