"""Service calendars: when time counts. A customer or service may bring one of its own instead
of OFFICE (see `organisation.yaml`)."""

from datetime import date

from desk.calendar import Calendar, Holiday, Hours, around_the_clock
from policies.words import weekdays

OFFICE = Calendar(
    name="office",
    zone="Europe/Berlin",
    shifts=weekdays("08:00", "18:00"),
    holidays=(
        Holiday(
            date=date(2026, 12, 24),
            name="Christmas Eve",
            hours=(Hours(start="08:00", end="12:00"),),
        ),
        Holiday(date=date(2026, 12, 25), name="Christmas Day"),
        Holiday(
            date=date(2026, 12, 31),
            name="New Year's Eve",
            hours=(Hours(start="08:00", end="12:00"),),
        ),
        Holiday(date=date(2027, 1, 1), name="New Year's Day"),
        Holiday(date=date(2027, 3, 26), name="Good Friday"),
        Holiday(date=date(2027, 3, 29), name="Easter Monday"),
        Holiday(date=date(2027, 5, 6), name="Ascension Day"),
        Holiday(date=date(2027, 5, 17), name="Whit Monday"),
    ),
)

ALWAYS = around_the_clock("always")

CALENDARS = (OFFICE, ALWAYS)
