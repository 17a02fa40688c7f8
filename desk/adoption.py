"""Moving a running ticket to other terms without changing what was already measured."""

from itertools import chain, count

from desk.clock import Clock
from desk.terms import Terms
from desk.ticket import Ticket


def same_promise(old: Terms, new: Terms) -> bool:
    """Whether `new` promises what `old` does, calendars apart that were only carried along."""
    in_use = {name: old.calendars[name] for name in new.calendars if name in old.calendars}
    return old.model_copy(update={"calendars": in_use}) == new


def carry_calendars(ticket: Ticket, old: Terms, new: Terms) -> tuple[Ticket, Terms]:
    """The ticket and the new terms, with each calendar that the ticket was measured in.

    A calendar that is gone or differs in the new terms stays under a name that says whose it
    was, and the ticket's marks point there: time spent is never counted anew.
    """
    used = {mark.calendar for c in ticket.clocks for mark in c.marks if mark.calendar is not None}
    moved: dict[str, str] = {}
    for name in sorted(used):
        if new.calendars.get(name) != old.calendars[name]:
            taken = {*new.calendars, *used, *moved.values()} - {name}
            moved[name] = _free_name(name, old.policy_version, taken)
    if not moved:
        return ticket, new
    kept = {moved[name]: old.calendars[name] for name in moved}
    clocks = tuple(_renamed(clock, moved) for clock in ticket.clocks)
    return (
        ticket.model_copy(update={"clocks": clocks}),
        new.model_copy(update={"calendars": {**new.calendars, **kept}}),
    )


def _free_name(name: str, version: str, taken: set[str]) -> str:
    """A short name that says whose the calendar was; what was carried before keeps its name."""
    if "@" in name and name not in taken:
        return name
    wanted = f"{name.partition('@')[0]}@{version}"
    numbered = (f"{wanted}.{nth}" for nth in count(2))
    return next(free for free in chain([wanted], numbered) if free not in taken)


def _renamed(clock: Clock, names: dict[str, str]) -> Clock:
    marks = tuple(
        mark.model_copy(update={"calendar": names.get(mark.calendar, mark.calendar)})
        if mark.calendar is not None
        else mark
        for mark in clock.marks
    )
    return clock.model_copy(update={"marks": marks})
