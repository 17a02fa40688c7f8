"""Calendars that make no sense are refused in words that help; the others travel as data."""

import copy
import pickle
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from desk.calendar import Calendar, Holiday, Hours, Shift, around_the_clock
from desk.errors import PolicyError
from desk.working_time import after, spans, worked
from desk.zone import ZONE_DATA, instant, micros, offsets, zone
from tests.desk import oracle
from tests.desk.oracle import H, local, office, utc


def _holidays(first: str, days: int) -> list[dict[str, str]]:
    start = date.fromisoformat(first)
    return [{"date": str(start + timedelta(days=n)), "name": "Closed"} for n in range(days)]


MONDAY = {"day": "mon", "start": "08:00", "end": "17:00"}
GOOD: dict[str, Any] = {"name": "office", "zone": "Europe/Berlin", "shifts": [MONDAY]}
NIGHT = {"day": "sun", "start": "22:00", "end": "08:01"}
OVERLAP = [{"start": "08:00", "end": "10:01"}, {"start": "10:00", "end": "12:00"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"shifts": []}, "no working time: add a shift", id="16-no-shift"),
        pytest.param({"shifts": [MONDAY, MONDAY]}, "overlap on mon in calendar", id="twice"),
        pytest.param({"shifts": [MONDAY, NIGHT]}, "overlap on mon in calendar", id="by-night"),
        pytest.param({"shifts": [MONDAY | {"end": "08:00"}]}, "00:00 to 24:00", id="zero"),
        pytest.param({"shifts": [MONDAY | {"start": "8:00"}]}, "write HH:MM", id="short-time"),
        pytest.param({"shifts": [MONDAY | {"end": "24:01"}]}, "write HH:MM", id="late-time"),
        pytest.param({"shifts": [MONDAY | {"end": "17:60"}]}, "write HH:MM", id="60-minutes"),
        pytest.param({"shifts": [MONDAY | {"start": "24:00"}]}, "00:00 of the next", id="24-start"),
        pytest.param({"shifts": [MONDAY | {"day": "monday"}]}, "'mon', 'tue'", id="no-such-day"),
        pytest.param({"shifts": [MONDAY | {"x": 1}]}, "Extra inputs", id="unknown-field"),
        pytest.param({"zone": "Europe/Berln"}, "did you mean 'Europe/Berlin'", id="misspelt"),
        pytest.param({"zone": "Nowhere"}, "write an IANA name", id="no-such-zone"),
        pytest.param({"zone": "../zoneinfo/UTC"}, "there is no time zone", id="traversal"),
        pytest.param({"zone": "/etc/localtime"}, "there is no time zone", id="absolute"),
        pytest.param({"zone": ""}, "there is no time zone", id="empty-zone"),
        pytest.param(
            {"holidays": _holidays("2024-05-01", 1) * 2}, "two holidays on 2024-05-01", id="double"
        ),
        pytest.param(
            {"holidays": [_holidays("2024-05-01", 1)[0] | {"hours": OVERLAP}]},
            "overlap on 2024-05-01",
            id="half-day-overlap",
        ),
        pytest.param(
            {"holidays": [_holidays("2024-05-01", 1)[0] | {"hours": [NIGHT | {"day": "mon"}]}]},
            "Extra inputs",
            id="hours-have-no-day",
        ),
        pytest.param({"holidays": _holidays("1989-12-31", 1)}, "1990 and 2100", id="too-early"),
        pytest.param(
            {"holidays": _holidays("2024-01-01", 3650)},
            "no working time from 2023-12-26 to 2034-01-01",
            id="16-years-of-holidays",
        ),
    ],
)
def test_row_16_a_calendar_that_makes_no_sense_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Calendar.model_validate(GOOD | change)
    assert message in str(refused.value)


def test_hours_of_a_half_day_do_not_go_over_midnight() -> None:
    with pytest.raises(ValidationError, match="let the end be later than the start"):
        Hours(start="22:00", end="06:00")


def test_row_16_sixty_days_closed_in_a_row_are_the_most() -> None:
    # The week works on mondays: tuesday 2024-01-02 and 59 more days until friday 2024-03-01.
    daily = [{"day": day, "start": "08:00", "end": "09:00"} for day in ("mon", "tue", "wed")]
    daily += [{"day": day, "start": "08:00", "end": "09:00"} for day in ("thu", "fri", "sat")]
    daily.append({"day": "sun", "start": "08:00", "end": "09:00"})
    good = GOOD | {"shifts": daily}
    kept = Calendar.model_validate(good | {"holidays": _holidays("2024-01-02", 60)})
    assert after(kept, local("2024-01-01 09:00"), H) == local("2024-03-02 09:00")
    with pytest.raises(ValidationError, match="from 2024-01-02 to 2024-03-02"):
        Calendar.model_validate(good | {"holidays": _holidays("2024-01-02", 61)})


def test_a_half_day_ends_a_long_closure() -> None:
    holidays = _holidays("2024-01-02", 80)
    half: dict[str, object] = {"hours": [{"start": "10:00", "end": "11:00"}]}
    opened = [*holidays[:40], holidays[40] | half, *holidays[41:]]
    calendar = Calendar.model_validate(GOOD | {"holidays": opened})
    assert after(calendar, local("2024-01-02 00:00"), H) == local("2024-02-11 11:00")


def test_a_naive_datetime_is_refused() -> None:
    naive = datetime(2024, 4, 1, 8)  # noqa: DTZ001 - this is what is refused
    with pytest.raises(ValueError, match="has no time zone"):
        worked(office(), naive, utc("2024-04-02 00:00"))
    with pytest.raises(ValueError, match="has no time zone"):
        after(office(), naive, H)


def test_an_end_before_the_start_and_negative_work_are_refused() -> None:
    with pytest.raises(ValueError, match="is before"):
        worked(office(), utc("2024-04-02 00:00"), utc("2024-04-01 00:00"))
    with pytest.raises(ValueError, match="is before"):
        list(spans(office(), utc("2024-04-02 00:00"), utc("2024-04-01 00:00")))
    with pytest.raises(ValueError, match="cannot be negative"):
        after(office(), utc("2024-04-02 00:00"), -H)


def test_years_that_no_calendar_knows_are_refused() -> None:
    with pytest.raises(PolicyError, match="outside of the years 1990 to 2100"):
        worked(office(), utc("1989-12-31 23:59"), utc("2024-01-01 00:00"))
    with pytest.raises(PolicyError, match="outside of the years 1990 to 2100"):
        after(office(), utc("2101-01-01 00:01"), H)
    with pytest.raises(PolicyError, match="ends after the year 2100: shorten it"):
        after(office(), utc("2024-01-01 00:00"), 200_000 * H)
    with pytest.raises(PolicyError, match="ends after the year 2100: shorten it"):
        after(office(), utc("2024-01-01 00:00"), timedelta.max)


def test_the_last_supported_instant_is_reached_exactly() -> None:
    last = utc("2101-01-01 00:00")
    assert after(around_the_clock("always"), last - H, H) == last
    assert worked(around_the_clock("always"), utc("1990-01-01 00:00"), last) == timedelta(40542)


@given(calendar=oracle.calendars())
@settings(max_examples=50, deadline=None)
def test_a_calendar_travels_as_json_without_change(calendar: Calendar) -> None:
    before = calendar.model_dump_json()
    assert calendar.compiled is calendar.compiled
    text = calendar.model_dump_json()
    assert text == before
    back = Calendar.model_validate_json(text)
    assert back == calendar
    assert hash(back) == hash(calendar)
    assert back.compiled is calendar.compiled
    assert back == calendar


def test_a_changed_copy_counts_by_its_own_content() -> None:
    calendar = office()
    start, end = local("2024-04-01 00:00"), local("2024-04-02 00:00")
    assert worked(calendar, start, end) == 8 * H
    mornings = (Shift(day="mon", start="08:00", end="10:00"),)
    assert worked(calendar.model_copy(update={"shifts": mornings}), start, end) == 2 * H
    deep = copy.deepcopy(calendar)
    assert deep == calendar
    assert worked(deep, start, end) == 8 * H
    assert worked(pickle.loads(pickle.dumps(calendar)), start, end) == 8 * H  # noqa: S301


def test_two_calendars_with_other_holidays_differ() -> None:
    christmas = Holiday(date=date(2024, 12, 25), name="Christmas Day")
    assert office() != office(christmas)


def test_zones_come_from_the_pinned_data() -> None:
    assert zone("Europe/Berlin") is zone("Europe/Berlin")
    assert zone("Europe/Berlin").key == "Europe/Berlin"
    # The release that the lock file pins; with another one, answers for future dates may change.
    assert ZONE_DATA == "2026.6"


@pytest.mark.parametrize("name", ["Asia/Gaza", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_every_change_of_a_zone_is_found(name: str) -> None:
    found, at, place = offsets(name), utc("1990-01-01 00:00"), zone(name)
    assert [instant(since) for since in found.since] == sorted(map(instant, found.since))
    while at < utc("2100-12-31 00:00"):
        offset = at.astimezone(place).utcoffset()
        assert timedelta(microseconds=found.at(micros(at))) == offset
        at += timedelta(hours=19)
