"""Calendars against the oracle that looks at each minute by itself."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.calendar import DAYS, Calendar, around_the_clock
from desk.working_time import after, holidays_between, spans, worked
from desk.zone import zone
from tests.desk import oracle
from tests.desk.oracle import CHANGES, H, local, near_a_change, office, utc, weekly

SECOND = timedelta(seconds=1)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, datetime, datetime]:
    """A calendar and an interval of at most four days around a change of its zone."""
    calendar = draw(oracle.calendars())
    start = draw(near_a_change(calendar.zone)) + timedelta(
        microseconds=draw(st.integers(0, 59_999_999))
    )
    return calendar, start, start + draw(st.timedeltas(timedelta(), timedelta(days=4)))


@given(case=cases())
@settings(max_examples=50, deadline=None)
def test_working_time_is_what_each_minute_says(case: tuple[Calendar, datetime, datetime]) -> None:
    calendar, start, end = case
    assert worked(calendar, start, end) == oracle.worked(calendar, start, end)


@given(case=cases(), share=st.fractions(0, 1))
@settings(max_examples=50, deadline=None)
def test_the_first_instant_is_what_each_minute_says(
    case: tuple[Calendar, datetime, datetime], share: float
) -> None:
    calendar, start, end = case
    total = oracle.worked(calendar, start, end)
    work = timedelta(microseconds=int(total // timedelta(microseconds=1) * share))
    expected = start if not work else oracle.after(calendar, start, work, end)
    assert after(calendar, start, work) == expected


@given(case=cases())
@settings(max_examples=50, deadline=None)
def test_spans_hold_the_working_minutes_and_no_others(
    case: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, start, end = case
    joined: list[list[datetime]] = []
    for a, b in oracle.minutes(start, end):
        if oracle.is_working(calendar, a):
            if joined and joined[-1][1] == a:
                joined[-1][1] = b
            else:
                joined.append([a, b])
    assert [[a, b] for a, b in spans(calendar, start, end)] == joined


@given(case=cases())
@settings(max_examples=30, deadline=None)
def test_holidays_are_those_whose_date_some_minute_has(
    case: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, start, end = case
    place = zone(calendar.zone)
    dates = {a.astimezone(place).date() for a, _ in oracle.minutes(start, end)}
    found = holidays_between(calendar, start, end)
    assert {holiday.date for holiday in found} == dates & {h.date for h in calendar.holidays}
    assert [h.date for h in found] == sorted(h.date for h in found)


@given(
    calendar=oracle.calendars(),
    start=st.datetimes(datetime(1990, 1, 2), datetime(2060, 1, 1)).map(  # noqa: DTZ001
        lambda naive: utc(naive.isoformat())
    ),
    length=st.timedeltas(timedelta(), timedelta(days=14_000)),
)
@settings(max_examples=100, deadline=None)
def test_after_is_the_inverse_of_worked_in_any_year(
    calendar: Calendar, start: datetime, length: timedelta
) -> None:
    work = worked(calendar, start, start + length)
    end = after(calendar, start, work)
    assert end <= start + length
    assert worked(calendar, start, end) == work
    if work:
        assert worked(calendar, start, end - timedelta(microseconds=1)) < work


@pytest.mark.parametrize("place", sorted(CHANGES))
def test_each_second_around_a_change_counts_once(place: str) -> None:
    calendar = Calendar(name="odd", zone=place, shifts=weekly("23:30-02:30", days=DAYS))
    for change in map(utc, CHANGES[place]):
        total, at = timedelta(), change - 2 * H
        while at < change + 2 * H:
            total += SECOND * oracle.is_working(calendar, at)
            at += SECOND
        assert worked(calendar, change - 2 * H, change + 2 * H) == total


def test_the_oracle_itself_knows_a_working_day() -> None:
    start, end = local("2024-04-01 00:00"), local("2024-04-02 00:00")
    assert oracle.worked(office(), start, end) == 8 * H
    assert oracle.after(office(), start, 5 * H, end) == local("2024-04-01 14:00")
    assert oracle.after(office(), start, 9 * H, end) is None
    assert oracle.worked(around_the_clock("always"), start, end) == 24 * H
