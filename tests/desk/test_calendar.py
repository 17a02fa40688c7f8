"""The edge cases of calendars, each with an answer worked out by hand; rows as in peers.md 2.7."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.calendar import Calendar, Holiday, Hours, around_the_clock
from desk.working_time import after, holidays_between, spans, worked, working_day
from tests.desk.oracle import BERLIN, NEW_YORK, H, local, office, utc, weekly

CHRISTMAS = Holiday.model_validate({"date": "2024-12-25", "name": "Christmas Day"})
NIGHTS = Calendar(
    name="nights", zone=BERLIN, shifts=weekly("22:00-06:00", days=("fri", "sat", "sun"))
)
PARIS = around_the_clock("paris", "Europe/Paris")
SUNDAY_AT_TWO = Calendar(name="two", zone=BERLIN, shifts=weekly("02:00-03:00", days=("sun",)))
LORD_HOWE = Calendar(
    name="lh", zone="Australia/Lord_Howe", shifts=weekly("01:00-03:00", days=("sun",))
)
CAIRO = Calendar(name="cairo", zone="Africa/Cairo", shifts=weekly("00:00-02:00", days=("fri",)))
FULL_WEEK = weekly("08:00-24:00", days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        pytest.param(PARIS, "2025-10-25 22:30", "2025-10-26 22:45", 24.25, id="1-autumn-day"),
        pytest.param(PARIS, "2025-03-29 22:30", "2025-03-31 08:00", 33.5, id="1-spring-weekend"),
        pytest.param(NIGHTS, "2024-03-30 12:00", "2024-03-31 12:00", 7, id="1-spring-night"),
        pytest.param(NIGHTS, "2024-10-26 12:00", "2024-10-27 12:00", 9, id="1-autumn-night"),
        pytest.param(SUNDAY_AT_TWO, "2024-03-30 12:00", "2024-04-01", 0, id="1-skipped-hour"),
        pytest.param(SUNDAY_AT_TWO, "2024-10-26 12:00", "2024-10-28", 2, id="1-repeated-hour"),
        pytest.param(LORD_HOWE, "2024-10-05", "2024-10-06", 1.5, id="1-half-hour-skipped"),
        pytest.param(LORD_HOWE, "2024-04-06", "2024-04-07", 2.5, id="1-half-hour-repeated"),
        pytest.param(CAIRO, "2024-04-25", "2024-04-26 12:00", 1, id="1-no-midnight"),
        pytest.param(CAIRO, "2024-10-31", "2024-11-01 12:00", 2, id="1-thursday-repeats"),
        pytest.param(office(), "2024-04-01", "2024-04-02", 8, id="3-lunch-break"),
        pytest.param(office(), "2024-04-01 10:00", "2024-04-01 11:00", 0, id="3-in-the-lunch"),
        pytest.param(NIGHTS, "2024-06-02 12:00", "2024-06-03 12:00", 8, id="3-sunday-to-monday"),
        pytest.param(office(CHRISTMAS), "2024-12-24", "2024-12-27", 16, id="4-holiday"),
        pytest.param(PARIS, "2016-12-31 23:59", "2017-01-01 00:01", 1 / 30, id="17-leap-second"),
        pytest.param(office(), "2024-04-01 12:00", "2024-04-01 12:00", 0, id="17-no-time-at-all"),
    ],
)
def test_working_time_between_two_instants(
    calendar: Calendar, start: str, end: str, hours: float
) -> None:
    assert worked(calendar, utc(start), utc(end)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "end"),
    [
        pytest.param(PARIS, "2024-03-30 22:00", 4, "2024-03-31 02:00", id="1-spring-around"),
        pytest.param(NIGHTS, "2024-03-30 21:00", 7, "2024-03-31 04:00", id="1-spring-inside"),
        pytest.param(NIGHTS, "2024-10-26 20:00", 9, "2024-10-27 05:00", id="1-autumn-inside"),
        pytest.param(office(), "2024-03-29 15:00", 2, "2024-04-01 07:00", id="1-spring-outside"),
        pytest.param(office(), "2024-10-25 14:00", 2, "2024-10-28 08:00", id="1-autumn-outside"),
        pytest.param(SUNDAY_AT_TWO, "2024-10-26", 1.5, "2024-10-27 01:30", id="1-second-pass"),
        pytest.param(SUNDAY_AT_TWO, "2024-03-30", 1, "2024-04-07 01:00", id="1-skip-to-next"),
        pytest.param(office(), "2024-04-01 09:00", 2, "2024-04-01 12:00", id="3-over-lunch"),
        pytest.param(NIGHTS, "2024-06-02 21:00", 3, "2024-06-03 00:00", id="3-over-midnight"),
        pytest.param(office(CHRISTMAS), "2024-12-24 15:00", 2, "2024-12-26 08:00", id="4-holiday"),
        pytest.param(office(), "2024-04-01 06:00", 4, "2024-04-01 10:00", id="17-at-shift-end"),
        pytest.param(office(), "2024-04-01 06:00", 8, "2024-04-01 15:00", id="17-at-day-end"),
        pytest.param(office(), "2024-04-01 06:00", 40, "2024-04-05 15:00", id="17-at-week-end"),
        pytest.param(office(), "2024-04-06 06:00", 0, "2024-04-06 06:00", id="17-zero-stays"),
    ],
)
def test_the_instant_at_which_the_work_is_done(
    calendar: Calendar, start: str, hours: float, end: str
) -> None:
    assert after(calendar, utc(start), timedelta(hours=hours)) == utc(end)


def test_row_2_zone_of_caller_and_machine_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = Calendar(name="ny", zone=NEW_YORK, shifts=weekly("09:00-17:00"))
    start = datetime(2024, 7, 1, 18, 30, tzinfo=ZoneInfo("Asia/Kolkata"))
    answers = []
    for machine in ("Pacific/Auckland", "Europe/Berlin"):
        monkeypatch.setenv("TZ", machine)
        time.tzset()
        answers.append(after(calendar, start, 9 * H))
    monkeypatch.undo()
    time.tzset()
    assert answers == [utc("2024-07-02 14:00")] * 2
    assert [answer.utcoffset() for answer in answers] == [timedelta()] * 2


def test_row_3_a_shift_may_end_at_24_00_and_go_on_at_00_00() -> None:
    shifts = (*weekly("20:00-24:00", days=("mon",)), *weekly("00:00-02:00", days=("tue",)))
    calendar = Calendar(name="late", zone=BERLIN, shifts=shifts)
    found = list(spans(calendar, local("2024-04-01 00:00"), local("2024-04-03 00:00")))
    assert found == [(local("2024-04-01 20:00"), local("2024-04-02 02:00"))]


def test_row_3_an_end_at_00_00_means_midnight() -> None:
    calendar = Calendar(name="late", zone=BERLIN, shifts=weekly("20:00-00:00", days=("mon",)))
    found = list(spans(calendar, local("2024-04-01 00:00"), local("2024-04-03 00:00")))
    assert found == [(local("2024-04-01 20:00"), local("2024-04-02 00:00"))]


def test_row_4_a_half_day_replaces_the_shifts_of_its_date() -> None:
    eve = Holiday.model_validate(
        {"date": "2024-12-24", "name": "Eve", "hours": [{"start": "07:00", "end": "11:00"}]}
    )
    calendar = office(eve, CHRISTMAS)
    start = local("2024-12-23 16:00")
    assert after(calendar, start, 3 * H) == local("2024-12-24 09:00")
    assert after(calendar, start, 5 * H) == local("2024-12-24 11:00")
    assert after(calendar, start, 6 * H) == local("2024-12-26 09:00")


def test_row_4_a_holiday_takes_only_its_own_date_from_the_night_shifts() -> None:
    saturday = Holiday.model_validate({"date": "2024-06-01", "name": "Saturday off"})
    calendar = NIGHTS.model_copy(update={"holidays": (saturday,)})
    start, end = local("2024-05-31 12:00"), local("2024-06-02 12:00")
    assert list(spans(calendar, start, end)) == [
        (local("2024-05-31 22:00"), local("2024-06-01 00:00")),
        (local("2024-06-02 00:00"), local("2024-06-02 06:00")),
    ]


def test_row_4_a_holiday_on_a_free_day_changes_nothing() -> None:
    sunday = Holiday.model_validate({"date": "2024-12-22", "name": "Fourth Advent"})
    assert after(office(sunday), local("2024-12-20 16:00"), 2 * H) == local("2024-12-23 09:00")


def test_row_5_a_target_of_days_is_counted_in_working_days() -> None:
    assert working_day(office()) == 8 * H
    assert working_day(around_the_clock("always")) == 24 * H
    friday = local("2024-04-05 15:00")
    assert after(office(), friday, 2 * working_day(office())) == local("2024-04-09 15:00")


def test_row_17_no_microsecond_is_lost() -> None:
    start = local("2024-04-01 16:59") + timedelta(seconds=59, microseconds=999_999)
    assert after(office(), start, timedelta(microseconds=1)) == local("2024-04-01 17:00")
    assert after(office(), start, timedelta(microseconds=2)) == local(
        "2024-04-02 08:00"
    ) + timedelta(microseconds=1)


def test_a_week_of_the_office_is_ten_intervals() -> None:
    found = list(spans(office(), local("2024-04-01 09:00"), local("2024-04-08 00:00")))
    assert len(found) == 10
    assert found[0] == (local("2024-04-01 09:00"), local("2024-04-01 12:00"))
    assert sum((b - a for a, b in found), timedelta()) == 39 * H


def test_around_the_clock_is_one_interval_over_a_change() -> None:
    start, end = utc("2024-03-01 00:00"), utc("2024-12-01 00:00")
    assert list(spans(around_the_clock("always", BERLIN), start, end)) == [(start, end)]


def test_an_interval_without_working_time_has_no_spans() -> None:
    assert list(spans(office(), local("2024-04-06 00:00"), local("2024-04-07 00:00"))) == []


def test_holidays_are_found_by_their_local_date() -> None:
    calendar = office(CHRISTMAS)
    start = local("2024-12-25 23:59")
    assert holidays_between(calendar, start, utc("2025-01-01 00:00")) == (CHRISTMAS,)
    assert holidays_between(calendar, local("2024-12-26 00:00"), utc("2025-01-01 00:00")) == ()
    assert holidays_between(calendar, utc("2024-12-01 00:00"), local("2024-12-25 00:00")) == ()


def test_a_holiday_on_the_day_of_a_change_is_found_once() -> None:
    change = Holiday(date=local("2024-03-31 12:00").date(), name="Easter", hours=(
        Hours(start="01:00", end="04:00"),
    ))  # fmt: skip
    calendar = office(change)
    start, end = local("2024-03-30 12:00"), local("2024-04-01 00:00")
    assert holidays_between(calendar, start, end) == (change,)
    assert worked(calendar, start, end) == 2 * H


def test_twenty_years_of_work_are_exact() -> None:
    start = local("2024-01-01 00:00")
    assert worked(office(), start, local("2044-01-06 00:00")) == (1044 * 40 + 16) * H
    assert after(office(), start, (1044 * 40 + 16) * H) == local("2044-01-05 17:00")


def test_a_day_without_any_gap_at_midnight_is_longer_in_autumn() -> None:
    calendar = Calendar(name="long", zone=BERLIN, shifts=FULL_WEEK)
    assert worked(calendar, local("2024-10-27 00:00"), local("2024-10-28 00:00")) == 16 * H
