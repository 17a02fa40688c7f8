"""Clocks: one target of a ticket as the marks of when it ran; everything else is computed.

start ──> running <──resume── paused      `retarget` changes length and calendar in any state;
             │  └──────pause────^          `resume` of a stopped clock reopens it: the time that
            stop (also from paused)        it was stopped does not count.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from desk.calendar import Calendar
from desk.errors import PolicyError
from desk.model import Frozen, Instant, Name, absent
from desk.working_time import after, worked

State = Literal["running", "paused", "met", "breached", "dropped"]
Calendars = Mapping[str, Calendar]


class Mark(Frozen):
    """What happened to a clock; `start` and `retarget` carry the promise from then on.

    A stop by which the target was neither met nor missed is one of a clock that was `dropped`.
    """

    kind: Literal["start", "pause", "resume", "stop", "retarget"]
    at: Instant
    length: timedelta | None = Field(default=None, ge=timedelta(), exclude_if=absent)
    calendar: Name | None = Field(default=None, exclude_if=absent)
    dropped: Literal[True] | None = Field(default=None, exclude_if=absent)

    @model_validator(mode="after")
    def _carries_a_promise(self) -> Self:
        promises = self.kind in ("start", "retarget")
        if (self.length is not None) != promises or (self.calendar is not None) != promises:
            raise ValueError("give length and calendar with start and retarget, and only there")
        return self


class Fired(Frozen):
    """How often a rung of the target's ladder has fired."""

    rung: Name
    times: int


class Clock(Frozen):
    """One target of a ticket; `group` is set on the clocks that run per group."""

    target: Name
    group: str | None = None
    marks: tuple[Mark, ...]
    fired: tuple[Fired, ...] = ()
    breached_at: Instant | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if [n for n, mark in enumerate(self.marks) if mark.kind == "start"] != [0]:
            raise ValueError("the first mark of a clock, and no other, is its start")
        if any(b.at < a.at for a, b in pairwise(self.marks)):
            raise ValueError("put the marks of a clock in the order of time")
        return self


class Run(NamedTuple):
    """A time in which a clock ran in one calendar; without `end` it still does."""

    start: datetime
    end: datetime | None
    calendar: str


def begin(
    target: str, at: datetime, length: timedelta, calendar: str, group: str | None = None
) -> Clock:
    """A clock that runs from `at`; a zero length is due at once."""
    mark = Mark(kind="start", at=at, length=length, calendar=calendar)
    return Clock(target=target, group=group, marks=(mark,))


def pause(clock: Clock, at: datetime) -> Clock:
    """Let no time count from `at`; a paused or stopped clock stays as it is."""
    mark = _next_mark(clock, Mark(kind="pause", at=at))
    return _with(clock, mark) if running(clock) else clock


def resume(clock: Clock, at: datetime) -> Clock:
    """Let time count again, also after a stop; a running clock stays as it is."""
    mark = _next_mark(clock, Mark(kind="resume", at=at))
    return clock if running(clock) else _with(clock, mark)


def stop(clock: Clock, at: datetime) -> Clock:
    """The target is met, or was missed and is done; a stopped clock stays as it is."""
    mark = _next_mark(clock, Mark(kind="stop", at=at))
    return clock if stopped(clock) else _with(clock, mark)


def drop(clock: Clock, at: datetime) -> Clock:
    """Nobody waits for it any more: it stops, or has just been stopped, and was not met by that."""
    *before, last = stop(clock, at).marks
    dropped = last.model_copy(update={"dropped": True})
    return clock.model_copy(update={"marks": (*before, dropped)})


def retarget(
    clock: Clock, at: datetime, length: timedelta, calendar: str, calendars: Calendars
) -> Clock:
    """Another promise from `at` on; time spent until then counts as it was measured then.

    A promise that is longer than the time spent is not broken, so it clears the breach; the
    rungs that fired stay fired.
    """
    mark = _next_mark(clock, Mark(kind="retarget", at=at, length=length, calendar=calendar))
    if (_promise(clock).length, _promise(clock).calendar) == (mark.length, mark.calendar):
        return clock
    changed = _with(clock, mark)
    if clock.breached_at is not None and elapsed(clock, calendars, mark.at) < length:
        return changed.model_copy(update={"breached_at": None})
    return changed


def running(clock: Clock) -> bool:
    """Whether time counts now."""
    return _last_change(clock).kind in ("start", "resume")


def paused(clock: Clock) -> bool:
    """Whether the clock waits; a stopped clock does not."""
    return _last_change(clock).kind == "pause"


def stopped(clock: Clock) -> bool:
    """Whether the target is over and done with."""
    return _last_change(clock).kind == "stop"


def length(clock: Clock) -> timedelta:
    """The length in force."""
    return _promise(clock).length or timedelta()


def state(clock: Clock) -> State:
    """What a person is told of the clock."""
    if clock.breached_at is not None:
        return "breached"
    if stopped(clock):
        return "dropped" if _last_change(clock).dropped else "met"
    return "paused" if paused(clock) else "running"


def elapsed(clock: Clock, calendars: Calendars, now: datetime) -> timedelta:
    """Working time that has counted until `now`."""
    spent = timedelta()
    for run in runs(clock.marks):
        end = now if run.end is None else min(run.end, now)
        if end > run.start:
            spent += worked(calendar_of(calendars, run), run.start, end)
    return spent


def reach(clock: Clock, calendars: Calendars, work: timedelta) -> datetime | None:
    """The first instant at which `work` has counted, if the clock goes on as it is.

    None when it is paused or stopped before.
    """
    return _reach(clock.marks, calendars, work)


def due(clock: Clock, calendars: Calendars) -> datetime | None:
    """When the length in force is used up; of a stopped clock, when it would have been.

    None while paused, unless it was reached before.
    """
    return _reach(marks_without_stop(clock), calendars, length(clock))


def marks_without_stop(clock: Clock) -> tuple[Mark, ...]:
    """The marks as if a stopped clock had not been stopped."""
    if not stopped(clock):
        return clock.marks
    last = _last_change(clock)
    return tuple(mark for mark in clock.marks if mark is not last)


def stopped_at(clock: Clock) -> datetime | None:
    """Since when the clock has been stopped, if it is."""
    return _last_change(clock).at if stopped(clock) else None


def runs(marks: tuple[Mark, ...]) -> Iterator[Run]:
    """The times in which time counted; a retarget ends one and begins the next."""
    since: datetime | None = None
    calendar = ""
    for mark in marks:
        if since is not None and since < mark.at:
            yield Run(since, mark.at, calendar)
        if mark.kind in ("start", "resume"):
            since = mark.at
        elif mark.kind in ("pause", "stop"):
            since = None
        elif since is not None:
            since = mark.at
        calendar = mark.calendar or calendar
    if since is not None:
        yield Run(since, None, calendar)


def _reach(marks: tuple[Mark, ...], calendars: Calendars, work: timedelta) -> datetime | None:
    if not work:
        return marks[0].at
    left = work
    for run in runs(marks):
        calendar = calendar_of(calendars, run)
        if run.end is None:
            return after(calendar, run.start, left)
        spent = worked(calendar, run.start, run.end)
        if spent >= left:
            return after(calendar, run.start, left)
        left -= spent
    return None


def calendar_of(calendars: Calendars, run: Run | Mark) -> Calendar:
    """The calendar that a run or mark names; one that is gone from the rules is a PolicyError."""
    calendar = calendars.get(run.calendar or "")
    if calendar is None:
        raise PolicyError(f"a clock counts in calendar {run.calendar!r}: keep it in the rules")
    return calendar


def _next_mark(clock: Clock, mark: Mark) -> Mark:
    last = clock.marks[-1].at
    if mark.at < last:
        raise ValueError(f"a clock cannot {mark.kind} at {mark.at}: its last mark is at {last}")
    return mark


def _with(clock: Clock, mark: Mark) -> Clock:
    # A copy and not a new Clock: order is checked above, and checking all would be quadratic.
    return clock.model_copy(update={"marks": (*clock.marks, mark)})


def _last_change(clock: Clock) -> Mark:
    return next(mark for mark in reversed(clock.marks) if mark.kind != "retarget")


def _promise(clock: Clock) -> Mark:
    return next(mark for mark in reversed(clock.marks) if mark.calendar is not None)
