"""What a person is told who asks why a clock is due when it is."""

from datetime import date, timedelta

import pytest

from desk.calendar import Holiday, Hours
from desk.clock import Clock, begin, pause, resume, retarget, stop
from desk.explain import Explanation, explain
from tests.desk.oracle import CALENDARS, H, local, office

MINUTE = timedelta(minutes=1)
EVE = Holiday(
    date=date(2024, 12, 24),
    name="Christmas Eve",
    hours=(Hours(start="08:00", end="10:00"), Hours(start="11:00", end="12:00")),
)
DAY = Holiday(date=date(2024, 12, 25), name="Christmas Day")


def _told(told: Explanation) -> list[str]:
    return [f"{line.kind} {line.worked} {line.total} {line.note}" for line in told.lines]


def test_a_clock_over_christmas_is_explained() -> None:
    calendars = {"office": office(EVE, DAY)}
    clock = begin("resolution", local("2024-12-23 16:00"), 5 * H, "office")
    told = explain(clock, calendars, local("2024-12-23 16:30"))
    assert (told.due, told.state) == (local("2024-12-26 09:00"), "running")
    assert (told.elapsed, told.remaining) == (H / 2, 4.5 * H)
    assert _told(told) == [
        "working 1:00:00 1:00:00 mon 2024-12-23 16:00 to 17:00 Europe/Berlin",
        "holiday 0:00:00 1:00:00 2024-12-24 Christmas Eve: only 08:00 to 10:00, 11:00 to 12:00",
        "working 2:00:00 3:00:00 tue 2024-12-24 08:00 to 10:00 Europe/Berlin",
        "working 1:00:00 4:00:00 tue 2024-12-24 11:00 to 12:00 Europe/Berlin",
        "holiday 0:00:00 4:00:00 2024-12-25 Christmas Day: closed",
        "working 1:00:00 5:00:00 thu 2024-12-26 08:00 to 09:00 Europe/Berlin",
        "due 0:00:00 5:00:00 due: 5 h of working time are used up here",
    ]


def test_pauses_and_new_targets_are_explained_up_to_now() -> None:
    clock = begin("resolution", local("2024-04-01 08:00"), 4 * H, "office")
    clock = pause(clock, local("2024-04-01 09:00"))
    clock = resume(clock, local("2024-04-01 11:00"))
    clock = retarget(clock, local("2024-04-01 11:30"), 100 * MINUTE, "always", CALENDARS)
    told = explain(clock, CALENDARS, local("2024-04-01 12:00"))
    assert told.remaining == -20 * MINUTE
    assert _told(told) == [
        "working 1:00:00 1:00:00 mon 2024-04-01 08:00 to 09:00 Europe/Berlin",
        "paused 0:00:00 1:00:00 paused: no time counts",
        "working 0:30:00 1:30:00 mon 2024-04-01 11:00 to 11:30 Europe/Berlin",
        "retarget 0:00:00 1:30:00 the target is now 1 h 40 min in calendar always",
        "working 0:10:00 1:40:00 mon 2024-04-01 11:30 to 11:40 Europe/Berlin",
        "due 0:00:00 1:40:00 due: 1 h 40 min of working time are used up here",
        "working 0:20:00 2:00:00 mon 2024-04-01 11:40 to 12:00 Europe/Berlin",
    ]


def test_a_stopped_clock_shows_what_would_have_counted() -> None:
    clock = begin("response", local("2024-04-01 08:00"), 2 * H, "office")
    clock = stop(clock, local("2024-04-01 09:00"))
    told = explain(clock, CALENDARS, local("2024-04-03 12:00"))
    assert (told.state, told.elapsed, told.due) == ("met", H, local("2024-04-01 10:00"))
    assert _told(told) == [
        "working 1:00:00 1:00:00 mon 2024-04-01 08:00 to 09:00 Europe/Berlin",
        "stopped 0:00:00 1:00:00 stopped: no time counts",
        "working 1:00:00 2:00:00 mon 2024-04-01 09:00 to 10:00 Europe/Berlin, "
        "would have counted had it not been stopped",
        "due 0:00:00 2:00:00 due: 2 h of working time are used up here",
    ]
    assert (told.lines[1].start, told.lines[1].end) == (
        local("2024-04-01 09:00"),
        local("2024-04-03 12:00"),
    )


def test_a_paused_clock_is_explained_without_a_due_time() -> None:
    clock = pause(
        begin("response", local("2024-04-01 08:00"), 2 * H, "office"), local("2024-04-01 08:00:30")
    )
    told = explain(clock, CALENDARS, local("2024-04-01 12:00"))
    assert told.due is None
    assert _told(told) == [
        "working 0:00:30 0:00:30 mon 2024-04-01 08:00 to 08:00:30 Europe/Berlin",
        "paused 0:00:00 0:00:30 paused: no time counts",
    ]


@pytest.mark.parametrize(
    ("length", "words"), [(0 * H, "due: 0 h of"), (H + timedelta(seconds=5.5), "due: 1 h 5.5 s of")]
)
def test_a_length_is_said_in_words(length: timedelta, words: str) -> None:
    told = explain(
        begin("response", local("2024-04-01 08:00"), length, "office"),
        CALENDARS,
        local("2024-04-01 08:00"),
    )
    assert words in told.lines[-1].note


def test_a_change_of_the_clocks_is_pointed_out() -> None:
    clock = begin("response", local("2024-03-30 23:00"), 4 * H, "always")
    told = explain(clock, CALENDARS, local("2024-03-30 23:00"))
    assert _told(told)[0] == (
        "working 4:00:00 4:00:00 sat 2024-03-30 23:00 to sun 2024-03-31 04:00 Europe/Berlin, "
        "real time: the clocks change in between"
    )


def _adds_up(clock: Clock, hours: int) -> tuple[int, Explanation]:
    told = explain(clock, CALENDARS, clock.marks[-1].at)
    assert told.lines[-1].kind == "due"
    assert told.lines[-1].total == told.length == hours * H
    assert sum((line.worked for line in told.lines), timedelta()) == hours * H
    return len(told.lines), told


def test_a_long_target_is_told_in_whole_weeks() -> None:
    # 60 weeks of ten intervals would be 600 lines.
    count, told = _adds_up(begin("x", local("2024-01-01 00:00"), 60 * 40 * H, "office"), 2400)
    assert count == 61
    assert told.lines[1].worked == 40 * H
    assert told.lines[1].note == (
        "mon 2024-01-08 08:00 to fri 2024-01-12 17:00 Europe/Berlin: "
        "whole weeks, 10 lines summed in one"
    )


def test_a_target_of_many_years_is_told_in_years() -> None:
    # 450 weeks: too many for a line each, so 52 are summed in one.
    count, _ = _adds_up(begin("x", local("2024-01-01 00:00"), 450 * 40 * H, "office"), 18_000)
    assert 9 <= count <= 12


def test_a_thousand_pauses_are_summed_as_well() -> None:
    start = local("2024-04-01 08:00")
    clock = begin("x", start, 100 * H, "always")
    for n in range(1, 501):
        clock = resume(pause(clock, start + 2 * n * MINUTE), start + (2 * n + 1) * MINUTE)
    count, told = _adds_up(clock, 100)
    assert count == 2
    assert told.lines[0].note.endswith("whole weeks, 1001 lines summed in one")


def test_pauses_between_working_weeks_stay_visible() -> None:
    clock = begin("x", local("2024-01-01 00:00"), 60 * 40 * H, "office")
    clock = resume(pause(clock, local("2024-01-10 09:00")), local("2024-01-10 10:00"))
    _, told = _adds_up(clock, 2400)
    assert [line.kind for line in told.lines[:4]] == ["working", "working", "paused", "working"]
