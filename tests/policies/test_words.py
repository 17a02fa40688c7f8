"""The words that rules are written in: what they mean, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from desk.calendar import Calendar, Holiday
from desk.ladder import Call, HandToNextLine, Repeat, Tell, Whom
from desk.people import GroupRef
from desk.terms import Closure, Terms
from policies import words
from policies.in_force import IN_FORCE
from policies.words import (
    LEAD,
    MANAGER,
    at,
    call,
    every_working_day,
    every_working_hour,
    groups,
    hand_to_next_line,
    hours,
    ladder,
    minutes,
    target,
    tell,
    weekdays,
)


def test_a_ladder_reads_as_it_is_said() -> None:
    rungs = ladder(
        "response",
        at(50, tell(LEAD)),
        at(100, hand_to_next_line(), call("page"), then=[every_working_hour(5, tell(MANAGER))]),
    ).rungs
    assert [(rung.key, rung.percent) for rung in rungs] == [("50%", 50), ("100%", 100)]
    assert rungs[0].actions == (Tell(whom=Whom.LEAD),)
    assert rungs[1].actions == (HandToNextLine(), Call(name="page"))
    assert rungs[1].then == (
        Repeat(every=timedelta(hours=1), times=5, actions=(Tell(whom=Whom.MANAGER),)),
    )


def test_each_working_day_is_a_day_of_the_targets_calendar() -> None:
    assert every_working_day(3, tell(LEAD)).every == "working_day"


def test_lengths_targets_and_groups() -> None:
    assert (minutes(15), hours(4)) == (timedelta(minutes=15), timedelta(hours=4))
    assert target(hours(4), "office").ladder is None
    assert target(hours(4), "office", ladder("steep")).ladder == "steep"
    assert groups("a", "b") == (GroupRef(id="a", line=1), GroupRef(id="b", line=2))


def test_weekdays_are_monday_to_friday() -> None:
    shifts = weekdays("08:00", "18:00")
    assert [shift.day for shift in shifts] == ["mon", "tue", "wed", "thu", "fri"]
    assert {(shift.start, shift.end) for shift in shifts} == {("08:00", "18:00")}


def test_every_role_has_a_word() -> None:
    assert {getattr(words, whom.name) for whom in Whom} == set(Whom)


@pytest.mark.parametrize("at_most", [0, -1, 51, 10_000])
def test_a_repeat_without_a_sensible_end_is_refused(at_most: int) -> None:
    for every in (every_working_hour, every_working_day):
        with pytest.raises(ValidationError, match="times"):
            every(at_most, tell(LEAD))


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValidationError, match="'requester', 'assignee', 'group', 'duty', 'lead'"):
        tell("boss")  # type: ignore[arg-type]


def test_a_rung_or_a_repeat_that_does_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        at(50)
    with pytest.raises(ValidationError):
        every_working_hour(5)


def test_the_same_percent_twice_is_refused_by_the_name_of_the_ladder() -> None:
    with pytest.raises(ValidationError, match="ladder response: two rungs have the same key"):
        ladder("response", at(50, tell(LEAD)), at(50, tell(MANAGER)))


def test_a_target_below_zero_is_refused() -> None:
    with pytest.raises(ValidationError):
        target(hours(-1), "office")


def test_a_reopening_window_below_zero_is_refused() -> None:
    fields = {**dict(IN_FORCE.closure), "reopen_for": timedelta(days=-1)}
    with pytest.raises(ValidationError):
        Closure.model_validate(fields)


def changed(**changes: Any) -> None:
    Terms.model_validate({**dict(IN_FORCE), **changes})


def test_a_target_in_a_calendar_that_is_not_there_is_refused_by_its_place() -> None:
    with pytest.raises(ValidationError, match="target response of P1: there is no calendar"):
        changed(calendars={"office": IN_FORCE.calendars["office"]})


def test_a_target_with_a_ladder_that_is_not_there_is_refused_by_its_place() -> None:
    ladders = {name: each for name, each in IN_FORCE.ladders.items() if name != "response"}
    with pytest.raises(ValidationError, match="target response of P1: there is no ladder"):
        changed(ladders=ladders)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"shifts": ()}, "has no working time: add a shift", id="never"),
        pytest.param({"zone": "Europe/Atlantis"}, "there is no time zone", id="nowhere"),
        pytest.param(
            {"shifts": weekdays("08:00", "18:00") + weekdays("17:00", "19:00")},
            "working times overlap",
            id="twice-at-once",
        ),
    ],
)
def test_an_impossible_calendar_is_refused(fields: dict[str, Any], said: str) -> None:
    usual = {"name": "office", "zone": "Europe/Berlin", "shifts": weekdays("08:00", "18:00")}
    with pytest.raises(ValidationError, match=said):
        Calendar.model_validate({**usual, **fields})


def test_shifts_without_length_are_refused_where_they_are_written() -> None:
    with pytest.raises(ValidationError, match="has no length"):
        weekdays("08:00", "08:00")


def test_a_year_of_holidays_is_refused() -> None:
    days = [
        Holiday.model_validate({"date": f"2026-{month:02}-{day:02}", "name": "off"})
        for month in (1, 2, 3, 4)
        for day in range(1, 29)
    ]
    with pytest.raises(ValidationError, match="has no working time from"):
        Calendar(
            name="office",
            zone="Europe/Berlin",
            shifts=(words.weekdays("08:00", "18:00")[0],),
            holidays=tuple(days),
        )
