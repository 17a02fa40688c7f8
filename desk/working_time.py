"""Working time in a service calendar: how much lies between two instants, when so much is done.

Pure, exact to the microsecond, in UTC; the cost does not grow with the length of the time.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from desk.calendar import Calendar, Holiday
from desk.errors import PolicyError
from desk.zone import FIRST, FIRST_YEAR, LAST, LAST_YEAR, SECOND, instant, micros


def worked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`, exact to the microsecond; `end` must not be earlier."""
    first, last = _bounds(start, end)
    table = calendar.compiled
    return timedelta(microseconds=table.count(last) - table.count(first))


def after(calendar: Calendar, start: datetime, work: timedelta) -> datetime:
    """The first instant, in UTC, at which `work` has been worked since `start`.

    Work that ends with a shift ends at that shift's end, not the next morning. A result after
    the supported years is a PolicyError.
    """
    first = _supported(start)
    amount = (work.days * 86_400 + work.seconds) * SECOND + work.microseconds
    if amount < 0:
        raise ValueError(f"working time cannot be negative: {work}")
    if amount == 0:
        return instant(first)
    reached = calendar.compiled.reach(first, amount)
    if reached > LAST:
        raise PolicyError(
            f"{work} of working time from {start.isoformat()} in calendar {calendar.name!r} "
            f"ends after the year {LAST_YEAR}: shorten it"
        )
    return instant(reached)


def spans(
    calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Working intervals between two instants, in order, clipped; those that touch are one."""
    first, last = _bounds(start, end)
    for a, b in calendar.compiled.spans(first, last):
        yield instant(a), instant(b)


def holiday_spans(
    calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, Holiday]]:
    """Each holiday with the part of its date that lies between two instants.

    A date comes twice when the zone's offset changes in it.
    """
    first, last = _bounds(start, end)
    for day, a, b in calendar.compiled.own_days(first, last):
        yield instant(a), instant(b), calendar.by_day[day]


def holidays_between(calendar: Calendar, start: datetime, end: datetime) -> tuple[Holiday, ...]:
    """Holidays whose local date has an instant in [start, end), earliest first."""
    found = (holiday for _, _, holiday in holiday_spans(calendar, start, end))
    return tuple(dict.fromkeys(found))


def working_day(calendar: Calendar) -> timedelta:
    """Working time of a week, divided by the weekdays that have any."""
    return timedelta(microseconds=calendar.compiled.weekly) / calendar.compiled.weekdays


def _supported(at: datetime) -> int:
    moment = micros(at)
    if not FIRST <= moment <= LAST:
        raise PolicyError(
            f"{at.isoformat()} is outside of the years {FIRST_YEAR} to {LAST_YEAR} that "
            "service calendars know: correct the date"
        )
    return moment


def _bounds(start: datetime, end: datetime) -> tuple[int, int]:
    first, last = _supported(start), _supported(end)
    if last < first:
        raise ValueError(f"{end.isoformat()} is before {start.isoformat()}: swap them")
    return first, last
