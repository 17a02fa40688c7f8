"""What every text for people needs of a language: how it writes dates, and yes and no."""

from datetime import datetime

from desk.model import Frozen
from desk.zone import zone


class Spoken(Frozen):
    """The words of a language that all its texts share."""

    date: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    yes: str
    no: str


def dated(words: Spoken, zone_name: str, instant: datetime) -> str:
    """The instant as it is read in that zone, with the zone's name."""
    local = instant.astimezone(zone(zone_name))
    name = zone_name
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        # In the hour that autumn has twice, the time of day alone says nothing.
        name = f"{zone_name}, {local:UTC%z}"
    return words.date.format(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        year=local.year,
        time=f"{local:%H:%M}",
        zone=name,
    )
