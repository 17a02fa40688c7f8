"""Dates as people read them in their zone."""

from datetime import UTC, datetime

import pytest

from desk.spoken import Spoken, dated

ENGLISH = Spoken(
    date="{weekday} {day} {month} {year}, {time} ({zone})",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    yes="yes",
    no="no",
)


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "Tue 3 Mar 2026, 00:30 (Europe/Berlin)"),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "Sun 25 Oct 2026, 02:30 (Europe/Berlin, UTC+0200)",
        ),
        (
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            "Sun 25 Oct 2026, 02:30 (Europe/Berlin, UTC+0100)",
        ),
    ],
)
def test_an_instant_is_read_in_its_zone_also_in_the_hour_that_autumn_has_twice(
    instant: datetime, words: str
) -> None:
    assert dated(ENGLISH, "Europe/Berlin", instant) == words
