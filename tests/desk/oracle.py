"""The slow, obvious truth about calendars and clocks, and calendars to hold against it.

It looks at each minute by itself: is the wall clock inside the hours of its date? Shifts begin
and end on whole minutes and no offset after 1990 has seconds, so a minute works whole or not.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from desk.calendar import DAYS, Calendar, Holiday, Hours, Shift, around_the_clock
from desk.clock import Calendars, Clock
from desk.zone import zone

MINUTE = timedelta(minutes=1)
H = timedelta(hours=1)
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
WORKWEEK = DAYS[:5]

CHANGES = {
    BERLIN: ("2024-03-31 01:00", "2024-10-27 01:00"),
    NEW_YORK: ("2024-03-10 07:00", "2024-11-03 06:00"),
    "Australia/Lord_Howe": ("2024-04-06 15:00", "2024-10-05 15:30"),
    "Africa/Cairo": ("2024-04-25 22:00", "2024-10-31 21:00", "2023-04-27 22:00"),
    "America/Sao_Paulo": ("2017-10-15 03:00", "2018-02-18 02:00", "2018-11-04 03:00"),
    "America/St_Johns": ("2010-03-14 03:31", "2010-11-07 02:31"),
    "Pacific/Apia": ("2011-12-30 10:00",),
    "UTC": ("2024-02-29 00:00", "2016-12-31 23:59"),
}
"""Zones with instants at which their clocks were changed, in UTC."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, place: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone(place)).astimezone(UTC)


def weekly(*times: str, days: tuple[str, ...] = WORKWEEK) -> tuple[Shift, ...]:
    """`weekly("08:00-12:00", "13:00-17:00")`, monday to friday unless said otherwise."""
    pairs = [time.split("-") for time in times]
    return tuple(
        Shift.model_validate({"day": day, "start": start, "end": end})
        for day in days
        for start, end in pairs
    )


def office(*holidays: Holiday) -> Calendar:
    shifts = weekly("08:00-12:00", "13:00-17:00")
    return Calendar(name="office", zone=BERLIN, shifts=shifts, holidays=holidays)


CALENDARS: Calendars = {"office": office(), "always": around_the_clock("always", BERLIN)}


def is_working(calendar: Calendar, at: datetime) -> bool:
    """The sentence at the top of desk/calendar.py, word by word."""
    here = at.astimezone(zone(calendar.zone))
    time = f"{here.hour:02}:{here.minute:02}"
    for holiday in calendar.holidays:
        if holiday.date == here.date():
            return any(hours.start <= time < hours.end for hours in holiday.hours)
    today, yesterday = DAYS[here.weekday()], DAYS[here.weekday() - 1]
    for shift in calendar.shifts:
        if shift.end > shift.start:
            if shift.day == today and shift.start <= time < shift.end:
                return True
        elif (shift.day == today and time >= shift.start) or (
            shift.day == yesterday and time < shift.end
        ):
            return True
    return False


def minutes(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The minutes of the clock between two instants; the first and last may be shorter."""
    while start < end:
        until = min(end, start.replace(second=0, microsecond=0) + MINUTE)
        yield start, until
        start = until


def worked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    total = timedelta()
    for a, b in minutes(start, end):
        if is_working(calendar, a):
            total += b - a
    return total


def after(calendar: Calendar, start: datetime, work: timedelta, end: datetime) -> datetime | None:
    """The first instant at which `work` is done, None if not until `end`."""
    left = work
    for a, b in minutes(start, end):
        if left == timedelta():
            return a
        if is_working(calendar, a):
            if b - a >= left:
                return a + left
            left -= b - a
    return None


class Moment(NamedTuple):
    at: datetime
    elapsed: timedelta
    length: timedelta


def life(clock: Clock, calendars: Calendars, until: datetime) -> Iterator[Moment]:
    """What a clock with marks on whole minutes shows at each minute."""
    elapsed, length, name, runs = timedelta(), timedelta(), "", False
    marks = list(clock.marks)
    at = marks[0].at
    while at <= until:
        while marks and marks[0].at <= at:
            mark = marks.pop(0)
            length = length if mark.length is None else mark.length
            name = mark.calendar or name
            if mark.kind != "retarget":
                runs = mark.kind in ("start", "resume")
        yield Moment(at, elapsed, length)
        if runs and is_working(calendars[name], at):
            elapsed += MINUTE
        at += MINUTE


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _pairs(below: int, most: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Disjoint intervals of whole minutes, which may touch."""
    points = st.lists(st.integers(0, below), min_size=2, max_size=2 * most, unique=True)
    return points.map(sorted).map(lambda p: list(zip(p[::2], p[1::2], strict=False)))


@st.composite
def shifts(draw: st.DrawFn) -> tuple[Shift, ...]:
    """Shifts anywhere in the week, some over midnight, none longer than a day."""
    turn = draw(st.integers(0, 7)) * 1440 - draw(st.integers(0, 1)) * 200
    found = []
    for a, b in draw(_pairs(7 * 1440, 8)):
        start, end = (a + turn) % 10080, (min(b, a + 1439) + turn) % 1440
        found.append(
            Shift(day=DAYS[start // 1440], start=_time(start % 1440), end=_time(end or 1440))
        )
    return tuple(found)


@st.composite
def calendars(draw: st.DrawFn, name: str = "any", place: str | None = None) -> Calendar:
    """A calendar in one of the zones, with holidays around one of its changes."""
    place = place or draw(st.sampled_from(sorted(CHANGES)))
    days = {utc(change).date() + timedelta(days=n) for change in CHANGES[place] for n in (-1, 0, 1)}
    holidays: dict[date, list[tuple[int, int]]] = draw(
        st.dictionaries(st.sampled_from(sorted(days)), st.just([]) | _pairs(1440, 2), max_size=3)
    )
    return Calendar(
        name=name,
        zone=place,
        shifts=draw(shifts()),
        holidays=tuple(
            Holiday(
                date=day,
                name="Any",
                hours=tuple(Hours(start=_time(a), end=_time(b)) for a, b in hours),
            )
            for day, hours in holidays.items()
        ),
    )


def near_a_change(place: str) -> st.SearchStrategy[datetime]:
    """Whole minutes within two days before one of the zone's changes."""
    before = st.integers(0, 2 * 1440).map(lambda n: n * MINUTE)
    return st.builds(lambda text, gap: utc(text) - gap, st.sampled_from(CHANGES[place]), before)
