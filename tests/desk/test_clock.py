"""The edge cases of clocks, each with an answer worked out by hand; rows as in peers.md 2.7."""

from datetime import datetime, timedelta
from functools import reduce

import pytest
from pydantic import ValidationError

from desk.clock import (
    Clock,
    Fired,
    Mark,
    begin,
    due,
    elapsed,
    length,
    pause,
    paused,
    reach,
    resume,
    retarget,
    running,
    state,
    stop,
    stopped,
    stopped_at,
)
from desk.errors import PolicyError
from tests.desk.oracle import CALENDARS, H, local

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """`at("mon 08:00")` in the week from monday, 2024-04-01, in Berlin; `next mon` a week later."""
    *later, day, time = text.split()
    number = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day) + 1 + 7 * len(later)
    return local(f"2024-04-{number:02} {time}")


def clock_of(hours: float, *marks: str, calendar: str = "office") -> Clock:
    """`clock_of(8, "mon 08:00", "pause mon 10:00")`: begun and then marked as said."""
    steps = {"pause": pause, "resume": resume, "stop": stop}
    clock = begin("resolution", at(marks[0]), hours * H, calendar)
    for mark in marks[1:]:
        kind, when = mark.split(maxsplit=1)
        clock = steps[kind](clock, at(when))
    return clock


def due_of(clock: Clock) -> datetime | None:
    return due(clock, CALENDARS)


def spent(clock: Clock, when: str) -> timedelta:
    return elapsed(clock, CALENDARS, at(when))


@pytest.mark.parametrize(
    ("hours", "marks", "expected"),
    [
        pytest.param(8, ["mon 08:00"], "mon 17:00", id="a-day"),
        pytest.param(10, ["mon 08:00"], "tue 10:00", id="into-the-next-day"),
        pytest.param(0, ["sat 08:00"], "sat 08:00", id="17-zero-target"),
        pytest.param(0, ["mon 08:00", "pause mon 08:00"], "mon 08:00", id="17-zero-born-paused"),
        pytest.param(4, ["mon 08:00"], "mon 12:00", id="17-at-shift-end"),
        pytest.param(
            4, ["wed 15:00", "pause wed 20:00", "resume fri 03:00"], "fri 10:00", id="5-outside"
        ),
        pytest.param(
            4,
            ["fri 16:00", "pause fri 16:30", "resume next mon 09:00"],
            "next mon 13:30",
            id="5-over-the-weekend",
        ),
        pytest.param(
            16,
            ["fri 15:00", "pause fri 18:00", "resume next mon 07:00"],
            "next tue 15:00",
            id="5-two-days-around-a-weekend-pause",
        ),
        pytest.param(
            4, ["mon 10:00", "pause mon 12:30", "resume mon 12:45"], "mon 15:00", id="5-in-lunch"
        ),
        pytest.param(
            8, ["mon 08:00", "pause mon 10:00", "pause mon 11:00"], None, id="no-due-while-paused"
        ),
        pytest.param(
            2, ["mon 08:00", "pause mon 11:00"], "mon 10:00", id="due-reached-before-the-pause"
        ),
        pytest.param(
            2, ["mon 08:00", "pause mon 10:00"], "mon 10:00", id="due-reached-as-it-paused"
        ),
        pytest.param(
            4, ["mon 08:00", "pause mon 08:00", "resume mon 14:00"], "tue 09:00", id="7-born-paused"
        ),
        pytest.param(4, ["mon 08:00", "stop mon 08:00"], "mon 12:00", id="7-born-stopped"),
        pytest.param(4, ["mon 08:00", "stop mon 09:00"], "mon 12:00", id="stopped-keeps-its-due"),
        pytest.param(4, ["mon 08:00", "stop mon 16:00"], "mon 12:00", id="stopped-when-late"),
        pytest.param(
            8, ["mon 08:00", "stop mon 16:00", "resume mon 20:00"], "tue 09:00", id="10-at-night"
        ),
        pytest.param(
            3,
            [
                "mon 08:00",
                "stop mon 09:00",
                "resume mon 10:00",
                "stop mon 11:00",
                "resume tue 08:00",
            ],
            "tue 09:00",
            id="10-reopened-twice",
        ),
        pytest.param(
            4,
            ["mon 08:00", "pause mon 09:00", "stop mon 11:00", "resume tue 08:00"],
            "tue 11:00",
            id="10-reopened-after-a-stop-in-the-pause",
        ),
    ],
)
def test_when_a_clock_is_due(hours: float, marks: list[str], expected: str | None) -> None:
    assert due_of(clock_of(hours, *marks)) == (at(expected) if expected else None)


def test_row_6_time_paused_before_the_stop_does_not_count() -> None:
    clock = clock_of(4, "mon 08:00", "pause mon 09:00", "stop mon 16:00")
    assert spent(clock, "fri 12:00") == H
    assert state(clock) == "met"
    assert due_of(clock) is None
    assert stopped_at(clock) == at("mon 16:00")


def test_row_7_a_clock_born_paused_has_spent_nothing() -> None:
    clock = clock_of(4, "mon 08:00", "pause mon 08:00")
    assert (state(clock), due_of(clock), spent(clock, "fri 12:00")) == ("paused", None, 0 * H)


def test_row_7_a_clock_born_stopped_is_met() -> None:
    clock = clock_of(4, "mon 08:00", "stop mon 08:00")
    assert (state(clock), spent(clock, "fri 12:00")) == ("met", 0 * H)


def test_row_8_a_new_target_while_paused_keeps_the_time_spent() -> None:
    clock = clock_of(8, "mon 08:00", "pause mon 10:00")
    clock = retarget(clock, at("mon 11:00"), 4 * H, "office", CALENDARS)
    assert paused(clock)
    assert due_of(clock) is None
    assert due_of(resume(clock, at("mon 13:00"))) == at("mon 15:00")


def test_row_8_a_new_target_after_a_pause_does_not_forget_the_pause() -> None:
    clock = clock_of(8, "mon 08:00", "pause mon 10:00", "resume tue 10:00")
    clock = retarget(clock, at("tue 11:00"), 4 * H, "office", CALENDARS)
    assert due_of(clock) == at("tue 12:00")


def test_row_9_a_new_target_that_is_already_past_was_due_when_it_was_spent() -> None:
    clock = retarget(clock_of(8, "mon 08:00"), at("mon 14:00"), 3 * H, "office", CALENDARS)
    assert due_of(clock) == at("mon 11:00")


def test_row_10_the_time_it_was_closed_does_not_count() -> None:
    clock = clock_of(8, "mon 08:00", "stop mon 10:00", "resume thu 09:00")
    assert spent(clock, "thu 10:00") == 3 * H
    assert state(clock) == "running"


def test_row_11_another_calendar_counts_only_from_then_on() -> None:
    clock = retarget(clock_of(8, "mon 08:00"), at("mon 14:00"), 8 * H, "always", CALENDARS)
    assert spent(clock, "mon 20:00") == 11 * H
    assert due_of(clock) == at("mon 17:00")
    back = retarget(clock, at("mon 16:00"), 10 * H, "office", CALENDARS)
    assert due_of(back) == at("tue 10:00")


def test_row_11_a_calendar_that_is_gone_is_named() -> None:
    clock = clock_of(4, "mon 08:00", calendar="old office")
    with pytest.raises(PolicyError, match="'old office': keep it in the rules"):
        due_of(clock)


def test_row_13_who_wrote_last_decides_also_at_the_same_instant() -> None:
    asked = clock_of(4, "mon 08:00")
    answered_last = clock_of(4, "mon 08:00", "stop mon 10:00", "resume mon 10:00", "stop mon 10:00")
    asked_last = clock_of(4, "mon 08:00", "stop mon 10:00", "resume mon 10:00")
    assert stopped(answered_last)
    assert running(asked_last)
    assert due_of(asked_last) == due_of(answered_last) == due_of(asked) == at("mon 12:00")


def test_row_14_a_warning_passed_before_the_pause_keeps_its_instant() -> None:
    clock = clock_of(4, "mon 08:00", "pause mon 11:30", "resume wed 09:00")
    assert reach(clock, CALENDARS, 3 * H) == at("mon 11:00")
    assert reach(clock, CALENDARS, 4 * H) == at("wed 09:30")


def test_row_14_a_warning_of_a_shorter_target_set_while_paused_lies_before_the_pause() -> None:
    clock = clock_of(8, "mon 08:00", "pause mon 11:00")
    clock = retarget(clock, at("mon 15:00"), 4 * H, "office", CALENDARS)
    assert reach(clock, CALENDARS, length(clock) * 0.5) == at("mon 10:00")
    assert reach(clock, CALENDARS, length(clock) * 0.75) == at("mon 11:00")
    assert reach(clock, CALENDARS, length(clock)) is None


def test_row_15_deadlines_do_not_depend_on_when_they_are_asked_for() -> None:
    clock = clock_of(8, "mon 08:00", "pause mon 10:00", "resume mon 15:00")
    woken = Clock.model_validate_json(clock.model_dump_json())
    thresholds = [reach(woken, CALENDARS, share * 8 * H / 100) for share in (25, 50, 75, 100)]
    assert thresholds == [at("mon 10:00"), at("mon 17:00"), at("tue 10:00"), at("tue 12:00")]


def test_row_19_the_clock_of_a_group_starts_anew_and_the_promise_does_not() -> None:
    first = begin("ola", at("mon 08:00"), 4 * H, "office", group="desk")
    second = begin("ola", at("mon 11:00"), 4 * H, "office", group="network")
    first = stop(first, at("mon 11:00"))
    assert (state(first), spent(first, "fri 12:00")) == ("met", 3 * H)
    assert (second.group, due_of(second)) == ("network", at("mon 16:00"))
    assert due_of(clock_of(8, "mon 08:00")) == at("mon 17:00")


def test_elapsed_before_the_last_mark_looks_back() -> None:
    clock = clock_of(8, "mon 08:00", "pause mon 10:00", "resume mon 13:00")
    assert spent(clock, "mon 07:00") == 0 * H
    assert spent(clock, "mon 09:00") == H
    assert spent(clock, "mon 11:00") == 2 * H


def test_what_is_already_so_changes_nothing() -> None:
    fresh = clock_of(4, "mon 08:00")
    waiting = pause(fresh, at("mon 09:00"))
    done = stop(waiting, at("mon 10:00"))
    later = at("mon 11:00")
    assert resume(fresh, later) is fresh
    assert pause(waiting, later) is waiting
    assert pause(done, later) is done
    assert stop(done, later) is done
    assert retarget(done, later, 4 * H, "office", CALENDARS) is done


def test_a_stopped_clock_may_get_another_target_and_stays_stopped() -> None:
    clock = clock_of(4, "mon 08:00", "stop mon 10:00")
    clock = retarget(clock, at("mon 11:00"), 6 * H, "office", CALENDARS)
    assert (state(clock), due_of(clock)) == ("met", at("mon 15:00"))


@pytest.mark.parametrize(("hours", "kept"), [(6, False), (5, True), (4.5, True)])
def test_a_longer_promise_clears_the_breach_and_keeps_the_rungs(hours: float, kept: bool) -> None:
    fired = (Fired(rung="late", times=2),)
    clock = clock_of(4, "mon 08:00")
    clock = clock.model_copy(update={"breached_at": at("mon 12:00"), "fired": fired})
    assert state(stop(clock, at("mon 13:00"))) == "breached"
    changed = retarget(clock, at("mon 14:00"), hours * H, "office", CALENDARS)
    assert (changed.breached_at is not None) is kept
    assert state(changed) == ("breached" if kept else "running")
    assert changed.fired == fired


def test_a_mark_before_the_last_one_is_refused() -> None:
    clock = clock_of(4, "mon 08:00", "pause mon 10:00")
    for mark in (pause, resume, stop):
        with pytest.raises(ValueError, match="its last mark is at 2024-04-01 08:00"):
            mark(clock, at("mon 09:59"))
    with pytest.raises(ValueError, match="cannot retarget"):
        retarget(clock, at("mon 09:59"), H, "office", CALENDARS)


@pytest.mark.parametrize(
    "mark",
    [
        {"kind": "start"},
        {"kind": "pause", "length": 3600},
        {"kind": "retarget", "length": 3600},
        {"kind": "stop", "calendar": "office"},
        {"kind": "start", "length": -1, "calendar": "office"},
        {"kind": "start", "length": 1, "calendar": "office", "at": "2024-04-01T08:00:00"},
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(mark: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Mark.model_validate({"at": at("mon 08:00")} | mark)


def test_marks_in_disorder_are_refused() -> None:
    start = Mark(kind="start", at=at("mon 08:00"), length=H, calendar="office")
    early = Mark(kind="pause", at=at("mon 07:00"))
    for marks in ((), (early,), (start, start)):
        with pytest.raises(ValidationError, match="the first mark of a clock"):
            Clock(target="response", marks=marks)
    with pytest.raises(ValidationError, match="in the order of time"):
        Clock(target="response", marks=(start, early))


def test_a_mark_is_small_in_json() -> None:
    clock = pause(begin("response", at("mon 08:00"), 4 * H, "office"), at("mon 09:00"))
    assert clock.marks[1].model_dump_json() == '{"kind":"pause","at":"2024-04-01T07:00:00Z"}'
    assert clock.marks[0].model_dump_json() == (
        '{"kind":"start","at":"2024-04-01T06:00:00Z","length":"PT4H","calendar":"office"}'
    )


def test_a_hundred_pauses_of_a_minute_move_the_due_time_by_a_hundred_minutes() -> None:
    def wait_a_minute(clock: Clock, n: int) -> Clock:
        begun = at("mon 08:00") + 2 * n * MINUTE
        return resume(pause(clock, begun), begun + MINUTE)

    clock = reduce(wait_a_minute, range(1, 101), clock_of(4, "mon 08:00"))
    assert len(clock.marks) == 201
    assert due_of(clock) == at("mon 14:40")
