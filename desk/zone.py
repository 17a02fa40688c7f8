"""Time zones, read only from the pinned `tzdata` wheel: no result depends on the machine."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.metadata import version
from importlib.resources import files  # noqa: TID251 - the one place; once a zone and process
from typing import NamedTuple
from zoneinfo import ZoneInfo

from desk.errors import PolicyError

ZONE_DATA = version("tzdata")
FIRST_YEAR, LAST_YEAR = 1990, 2100

SECOND = 1_000_000
DAY = 86_400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOLDER = files("tzdata")
_NAMES = frozenset(_FOLDER.joinpath("zones").read_text(encoding="utf-8").split())


def micros(at: datetime) -> int:
    """Microseconds since 1970 in UTC; a naive datetime is a ValueError."""
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone: give an aware datetime")
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant(micros_since_1970: int) -> datetime:
    """The inverse of `micros`."""
    return _EPOCH + timedelta(microseconds=micros_since_1970)


FIRST = micros(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
LAST = micros(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC))


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; anything that is not in the list of zones is a PolicyError."""
    if name not in _NAMES:
        near = get_close_matches(name, _NAMES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write an IANA name like 'Europe/Berlin'"
        raise PolicyError(f"there is no time zone {name!r}: {hint}")
    with _FOLDER.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


class Offsets(NamedTuple):
    """From `since[i]` on, local time is `ahead[i]` ahead of UTC; both in microseconds."""

    since: tuple[int, ...]
    ahead: tuple[int, ...]

    def at(self, moment: int) -> int:
        """The offset in force at a moment."""
        return self.ahead[bisect_right(self.since, moment) - 1]


@cache
def offsets(name: str) -> Offsets:
    """Every change of a zone's offset in the supported years; found once a zone and process.

    No zone changes twice within six days in these years, so probing every fifth day finds all.
    """
    place = zone(name)
    since, ahead = [FIRST], [_ahead(place, FIRST)]
    for low in range(FIRST, LAST, 5 * DAY):
        high = min(low + 5 * DAY, LAST)
        if _ahead(place, high) != ahead[-1]:
            since.append(_change(place, low, high))
            ahead.append(_ahead(place, high))
    return Offsets(tuple(since), tuple(ahead))


def _ahead(place: ZoneInfo, moment: int) -> int:
    offset = instant(moment).astimezone(place).utcoffset() or timedelta()
    return (offset.days * 86_400 + offset.seconds) * SECOND


def _change(place: ZoneInfo, low: int, high: int) -> int:
    """The one second after `low`, at most `high`, at which the offset becomes that of `high`."""
    final = _ahead(place, high)
    while high - low > SECOND:
        middle = (low + high) // (2 * SECOND) * SECOND
        if _ahead(place, middle) == final:
            high = middle
        else:
            low = middle
    return high
