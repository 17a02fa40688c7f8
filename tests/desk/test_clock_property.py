"""Clocks with pauses, stops and new targets against the oracle that looks at each minute."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.clock import (
    Calendars,
    Clock,
    begin,
    due,
    elapsed,
    length,
    pause,
    reach,
    resume,
    retarget,
    running,
    stop,
    stopped,
)
from desk.explain import explain
from tests.desk import oracle
from tests.desk.oracle import CHANGES, MINUTE, life, near_a_change

HORIZON = timedelta(days=2)
KINDS = st.sampled_from(("pause", "resume", "stop", "retarget"))
LENGTHS = st.integers(0, 20 * 60).map(lambda n: n * MINUTE)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Clock, Calendars]:
    """A clock with up to eight marks around a change, in two calendars of any two zones."""
    place = draw(st.sampled_from(sorted(CHANGES)))
    calendars = {
        "one": draw(oracle.calendars("one", place)),
        "two": draw(oracle.calendars("two")),
    }
    names = st.sampled_from(("one", "two"))
    at = draw(near_a_change(place))
    clock = begin("resolution", at, draw(LENGTHS), draw(names))
    for kind in draw(st.lists(KINDS, max_size=8)):
        at += draw(st.integers(0, 400)) * MINUTE
        if kind == "retarget":
            clock = retarget(clock, at, draw(LENGTHS), draw(names), calendars)
        else:
            clock = {"pause": pause, "resume": resume, "stop": stop}[kind](clock, at)
    return clock, calendars


def _first(clock: Clock, calendars: Calendars, work: timedelta) -> datetime | None:
    until = clock.marks[-1].at + HORIZON
    return next((m.at for m in life(clock, calendars, until) if m.elapsed == work), None)


def _agree(found: datetime | None, expected: datetime | None, clock: Clock) -> bool:
    """Equal; the oracle may only be blind to what lies behind its horizon."""
    if expected is None and found is not None:
        return found > clock.marks[-1].at + HORIZON
    return found == expected


@given(case=cases())
@settings(max_examples=50, deadline=None)
def test_elapsed_is_what_each_minute_says(case: tuple[Clock, Calendars]) -> None:
    clock, calendars = case
    for moment in list(life(clock, calendars, clock.marks[-1].at + HORIZON))[::97]:
        assert elapsed(clock, calendars, moment.at) == moment.elapsed


@given(case=cases(), work=LENGTHS)
@settings(max_examples=50, deadline=None)
def test_reach_is_the_first_minute_that_shows_it(
    case: tuple[Clock, Calendars], work: timedelta
) -> None:
    clock, calendars = case
    assert _agree(reach(clock, calendars, work), _first(clock, calendars, work), clock)


@given(case=cases())
@settings(max_examples=50, deadline=None)
def test_due_is_the_first_minute_that_shows_the_length_in_force(
    case: tuple[Clock, Calendars],
) -> None:
    clock, calendars = case
    found = due(clock, calendars)
    if stopped(clock):
        kept = [mark for mark in clock.marks if mark.kind != "retarget"][-1]
        clock = clock.model_copy(
            update={"marks": tuple(mark for mark in clock.marks if mark is not kept)}
        )
    assert _agree(found, _first(clock, calendars, length(clock)), clock)


@given(case=cases(), gap=st.integers(0, 20_000).map(lambda n: n * MINUTE))
@settings(max_examples=100, deadline=None)
def test_the_explanation_adds_up(case: tuple[Clock, Calendars], gap: timedelta) -> None:
    clock, calendars = case
    now = clock.marks[-1].at + gap
    told = explain(clock, calendars, now)
    assert told.due == due(clock, calendars)
    assert told.elapsed == elapsed(clock, calendars, now)
    assert told.remaining == told.length - told.elapsed
    assert len(told.lines) <= 400
    assert [line.start for line in told.lines] == sorted(line.start for line in told.lines)
    total = timedelta()
    for line in told.lines:
        total += line.worked
        assert line.total == total
    at_due = [line for line in told.lines if line.kind == "due"]
    assert [(line.start, line.total) for line in at_due] == (
        [(told.due, told.length)] if told.due is not None else []
    )
    if running(clock) and told.due is not None and told.due <= now:
        assert total == told.elapsed
    assert type(told).model_validate_json(told.model_dump_json()) == told
