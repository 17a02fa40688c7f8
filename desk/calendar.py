"""Service calendars: when somebody works, as data; `working_time` computes with them.

An instant is working time iff its wall-clock time lies in [start, end) of a shift of its local
date; shifts over midnight are split there; a holiday replaces all shifts of its date by its own
hours. Real elapsed time counts, so a skipped hour is none and a repeated one is two.
"""

import datetime as dt
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, Self, get_args

from pydantic import field_validator, model_validator

from desk.compiled import CompiledCalendar, Parts, Week, compiled
from desk.errors import PolicyError
from desk.model import Frozen, Name
from desk.zone import DAY, FIRST_YEAR, LAST_YEAR, SECOND, zone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
LONGEST_CLOSURE = 60
"""Days in a row without working time that a calendar may have at most."""

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_1970 = dt.date(1970, 1, 1).toordinal()


def _checked_time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a time of day: write HH:MM from 00:00 to 24:00")
    return text


def _of_day(text: str) -> int:
    return (int(text[:2]) * 60 + int(text[3:])) * 60 * SECOND


def _sorted_parts(parts: list[tuple[int, int]], where: str) -> Parts:
    ordered = tuple(sorted(parts))
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise ValueError(f"working times overlap {where}: join them or move one of them")
    return ordered


class Hours(Frozen):
    """Working time within one date; `end` may be 24:00."""

    start: str
    end: str

    _times = field_validator("start", "end")(_checked_time)

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"{self.start} to {self.end}: let the end be later than the start")
        return self


class Shift(Frozen):
    """Weekly working time; an `end` before `start` lies on the next day, 24:00 is allowed."""

    day: Day
    start: str
    end: str

    _times = field_validator("start", "end")(_checked_time)

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.start == "24:00":
            raise ValueError("a shift cannot start at 24:00: write 00:00 of the next day")
        if self.end == self.start:
            raise ValueError(
                f"{self.start} to {self.end} has no length: write 00:00 to 24:00 for a whole day"
            )
        return self

    def parts(self) -> Iterator[tuple[int, int, int]]:
        """Number of the weekday, start and end within it: two when over midnight."""
        day, start, end = DAYS.index(self.day), _of_day(self.start), _of_day(self.end)
        if start < end:
            yield day, start, end
            return
        yield day, start, DAY
        if end:
            yield (day + 1) % 7, 0, end


class Holiday(Frozen):
    """A date with other working time than its weekday; without `hours` it is closed."""

    date: dt.date
    name: Name
    hours: tuple[Hours, ...] = ()

    @field_validator("date")
    @classmethod
    def _is_supported(cls, day: dt.date) -> dt.date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"{day} is not between the years {FIRST_YEAR} and {LAST_YEAR}")
        return day

    @model_validator(mode="after")
    def _hours_are_disjoint(self) -> Self:
        self.parts()
        return self

    def parts(self) -> Parts:
        """The working time of the date, in microseconds from midnight."""
        parts = [(_of_day(hours.start), _of_day(hours.end)) for hours in self.hours]
        return _sorted_parts(parts, f"on {self.date} ({self.name})")


class Calendar(Frozen):
    """When somebody works, in one time zone; equal by content, compiled once per content."""

    name: Name
    zone: str
    shifts: tuple[Shift, ...]
    holidays: tuple[Holiday, ...] = ()

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            zone(name)
        except PolicyError as unknown:
            raise ValueError(str(unknown)) from unknown
        return name

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.shifts:
            raise ValueError(f"calendar {self.name!r} has no working time: add a shift")
        week = self.week()
        dates = sorted(holiday.date for holiday in self.holidays)
        for one, other in pairwise(dates):
            if one == other:
                raise ValueError(f"calendar {self.name!r} has two holidays on {one}: remove one")
        self._refuse_long_closures(week)
        return self

    def _refuse_long_closures(self, week: Week) -> None:
        own = {holiday.date.toordinal(): bool(holiday.hours) for holiday in self.holidays}
        checked = 0
        for day in sorted(day for day, works in own.items() if not works):
            if day <= checked:
                continue
            first = last = day
            while not own.get(first - 1, bool(week[(first - 2) % 7])):
                first -= 1
            while not own.get(last + 1, bool(week[last % 7])):
                last += 1
            if last - first >= LONGEST_CLOSURE:
                raise ValueError(
                    f"calendar {self.name!r} has no working time from "
                    f"{dt.date.fromordinal(first)} to {dt.date.fromordinal(last)}: remove "
                    f"holidays, {LONGEST_CLOSURE} closed days in a row are the most"
                )
            checked = last

    def week(self) -> Week:
        """Working parts of each weekday, monday first; overlapping shifts are a ValueError."""
        days: list[list[tuple[int, int]]] = [[] for _ in DAYS]
        for shift in self.shifts:
            for day, start, end in shift.parts():
                days[day].append((start, end))
        return tuple(
            _sorted_parts(parts, f"on {day} in calendar {self.name!r}")
            for day, parts in zip(DAYS, days, strict=True)
        )

    @cached_property
    def compiled(self) -> CompiledCalendar:
        """The compiled form, looked up by content once per instance."""
        own = sorted((h.date.toordinal() - _1970, h.parts()) for h in self.holidays)
        return compiled(self.zone, self.week(), tuple(own))

    @cached_property
    def by_day(self) -> dict[int, Holiday]:
        """Holidays by the number of days since 1970."""
        return {holiday.date.toordinal() - _1970: holiday for holiday in self.holidays}

    def __copy__(self) -> Self:
        """A copy without the compiled form: `model_copy(update=...)` may change what it is of."""
        copied = super().__copy__()
        copied.__dict__.pop("compiled", None)
        copied.__dict__.pop("by_day", None)
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Nothing in a calendar can change, so its parts are shared."""
        return self.__copy__()


def around_the_clock(name: str, zone: str = "UTC") -> Calendar:
    """24 hours, seven days."""
    shifts = tuple(Shift(day=day, start="00:00", end="24:00") for day in DAYS)
    return Calendar(name=name, zone=zone, shifts=shifts)
