"""The arithmetic of one service calendar: from instants to working time and back.

Everything is integers: microseconds since 1970, of UTC or of the wall clock. Between two changes
of a zone's offset the wall clock runs as evenly as UTC, so DST is one sum per stretch.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache

from desk.zone import DAY, LAST, offsets

Parts = tuple[tuple[int, int], ...]
"""Working intervals within one day, in microseconds from midnight, sorted and disjoint."""
Week = tuple[Parts, ...]
"""Parts of monday to sunday."""

WEEK = 7 * DAY
MONDAY = 4 * DAY


class Pattern:
    """Sorted disjoint intervals and the working time up to the end of each."""

    def __init__(self, parts: Parts) -> None:
        self.starts = [start for start, _ in parts]
        self.ends = [end for _, end in parts]
        self.sums: list[int] = []
        self.total = 0
        for start, end in parts:
            self.total += end - start
            self.sums.append(self.total)

    def count(self, at: int) -> int:
        """Working time before `at`."""
        last = bisect_right(self.starts, at) - 1
        if last < 0:
            return 0
        return self.sums[last] - max(0, self.ends[last] - at)

    def reach(self, work: int) -> int:
        """The first point before which `work` lies; 0 < work <= total."""
        last = bisect_left(self.sums, work)
        return self.ends[last] - (self.sums[last] - work)


class CompiledCalendar:
    """A week in a zone, and dates that have parts of their own; `own` is sorted by day number."""

    def __init__(self, zone: str, week: Week, own: tuple[tuple[int, Parts], ...]) -> None:
        self._days = week
        self._week = Pattern(
            tuple((n * DAY + a, n * DAY + b) for n, parts in enumerate(week) for a, b in parts)
        )
        self._compile_own(own)
        self._compile_zone(zone)

    @property
    def weekly(self) -> int:
        """Working time of a week without holidays."""
        return self._week.total

    @property
    def weekdays(self) -> int:
        """How many weekdays have working time."""
        return sum(1 for parts in self._days if parts)

    def count(self, at: int) -> int:
        """Working time from the first supported year until `at`."""
        stretch = bisect_right(self._since, at) - 1
        return self._base[stretch] + self._wall_count(at + self._ahead[stretch])

    def reach(self, start: int, work: int) -> int:
        """The first instant at which `work` > 0 has been worked since `start`."""
        goal = self.count(start) + work
        stretch = bisect_left(self._reached, goal) - 1
        return self._wall_reach(goal - self._base[stretch]) - self._ahead[stretch]

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Working intervals in order, clipped; those that touch are one."""
        begun: tuple[int, int] | None = None
        for a, b in self._pieces(start, end):
            if begun is None:
                begun = a, b
            elif begun[1] == a:
                begun = begun[0], b
            else:
                yield begun
                begun = a, b
        if begun is not None:
            yield begun

    def own_days(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Day number, first and last instant of each date with parts of its own, clipped."""
        for low, high, ahead in self._stretches(start, end):
            for day in range(low // DAY, (high - 1) // DAY + 1):
                if day in self._own_parts:
                    yield day, max(low, day * DAY) - ahead, min(high, (day + 1) * DAY) - ahead

    def _compile_own(self, own: tuple[tuple[int, Parts], ...]) -> None:
        self._own_parts = dict(own)
        self._own_from = [day * DAY for day, _ in own]
        self._own = [Pattern(parts) for _, parts in own]
        self._own_reached: list[int] = []
        self._own_change = [0]
        for start, pattern in zip(self._own_from, self._own, strict=True):
            reached = self._regular(start) + self._own_change[-1]
            self._own_reached.append(reached)
            self._own_change.append(reached + pattern.total - self._regular(start + DAY))

    def _compile_zone(self, zone: str) -> None:
        self._since, self._ahead = offsets(zone)
        self._base: list[int] = []
        self._reached: list[int] = []
        reached = 0
        until = (*self._since[1:], LAST)
        for start, end, ahead in zip(self._since, until, self._ahead, strict=True):
            before = self._wall_count(start + ahead)
            self._reached.append(reached)
            self._base.append(reached - before)
            reached += self._wall_count(end + ahead) - before

    def _regular(self, wall: int) -> int:
        weeks, rest = divmod(wall - MONDAY, WEEK)
        return weeks * self._week.total + self._week.count(rest)

    def _wall_count(self, wall: int) -> int:
        last = bisect_right(self._own_from, wall) - 1
        if last >= 0 and wall < self._own_from[last] + DAY:
            return self._own_reached[last] + self._own[last].count(wall - self._own_from[last])
        return self._regular(wall) + self._own_change[last + 1]

    def _wall_reach(self, work: int) -> int:
        last = bisect_left(self._own_reached, work) - 1
        if last >= 0:
            rest = work - self._own_reached[last]
            if rest <= self._own[last].total:
                return self._own_from[last] + self._own[last].reach(rest)
        # One less, so that the end of a week's work is its last instant, not the next week's first.
        weeks, rest = divmod(work - self._own_change[last + 1] - 1, self._week.total)
        return MONDAY + weeks * WEEK + self._week.reach(rest + 1)

    def _stretches(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The wall clock's readings between two instants, each with its offset from UTC."""
        stretch = bisect_right(self._since, start) - 1
        while start < end:
            last = stretch + 1 == len(self._since)
            until = end if last else min(end, self._since[stretch + 1])
            ahead = self._ahead[stretch]
            yield start + ahead, until + ahead, ahead
            start, stretch = until, stretch + 1

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for low, high, ahead in self._stretches(start, end):
            for day in range(low // DAY, (high - 1) // DAY + 1):
                for a, b in self._own_parts.get(day, self._days[(day + 3) % 7]):
                    first, last = max(low, day * DAY + a), min(high, day * DAY + b)
                    if first < last:
                        yield first - ahead, last - ahead


@lru_cache(maxsize=512)
def compiled(zone: str, week: Week, own: tuple[tuple[int, Parts], ...]) -> CompiledCalendar:
    """One compiled form per distinct content and process, whoever holds the calendar."""
    return CompiledCalendar(zone, week, own)
