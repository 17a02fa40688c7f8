"""What is due next on a ticket, and when: one earliest instant out of all that time can bring."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from desk.clock import Clock, length, reach, stopped
from desk.ladder import Ladder, Rung
from desk.questions import next_reminder
from desk.terms import Terms
from desk.ticket import Status, Ticket
from desk.vendors import gives_up_after
from desk.working_time import after, working_day


class Breach(NamedTuple):
    """The whole length of a clock's target is spent."""

    clock: Clock


class Firing(NamedTuple):
    """A rung of the ladder that a clock climbs is reached for the nth time."""

    clock: Clock
    ladder: Ladder
    rung: Rung
    nth: int


class GivingUp(NamedTuple):
    """So much was spent on the clock of a contract that nobody waits for the vendor any more."""

    clock: Clock


class Deadline(NamedTuple):
    """An instant at which something happens by itself, and what."""

    at: datetime
    does: Breach | Firing | GivingUp | Literal["resume", "question", "remind", "close", "retire"]


def next_deadline(ticket: Ticket, terms: Terms) -> Deadline | None:
    """The earliest deadline of the ticket; of several at one instant, a breach comes first."""
    return min(_deadlines(ticket, terms), key=_order, default=None)


def _order(deadline: Deadline) -> tuple[datetime, bool]:
    return deadline.at, not isinstance(deadline.does, Breach)


def next_due(ticket: Ticket, terms: Terms) -> datetime | None:
    """When time has something to do on the ticket, if ever."""
    deadline = next_deadline(ticket, terms)
    return deadline.at if deadline else None


def ladder_of(ticket: Ticket, terms: Terms, clock: Clock) -> Ladder | None:
    """The ladder that a clock climbs at the ticket's priority."""
    target = terms.target(ticket.priority, clock.target)
    name = target.ladder if target else None
    return terms.ladders[name] if name else None


def _deadlines(ticket: Ticket, terms: Terms) -> Iterator[Deadline]:
    for clock in ticket.clocks:
        # Also while it is paused: a shorter target may have been used up before the pause.
        if not stopped(clock):
            yield from _clock_deadline(ticket, terms, clock)
    if ticket.status is Status.WAITING and ticket.wait_until is not None:
        yield Deadline(ticket.wait_until, "resume")
    if (at := next_reminder(ticket, terms)) is not None:
        yield Deadline(at, "question")
    if ticket.status is Status.RESOLVED and ticket.silent_since is not None:
        closure = terms.closure
        if ticket.reminders == 0:
            at = _working_days(terms, ticket.silent_since, closure.remind_after_working_days)
            yield Deadline(at, "remind")
        at = _working_days(terms, ticket.silent_since, closure.close_after_working_days)
        yield Deadline(at, "close")
    if ticket.status is Status.CLOSED and ticket.reopen_until is not None:
        yield Deadline(ticket.reopen_until, "retire")


def closes_at(ticket: Ticket, terms: Terms) -> datetime | None:
    """When a resolved ticket closes by itself if nobody says anything."""
    if ticket.status is not Status.RESOLVED or ticket.silent_since is None:
        return None
    return _working_days(terms, ticket.silent_since, terms.closure.close_after_working_days)


def _working_days(terms: Terms, since: datetime, days: int) -> datetime:
    calendar = terms.calendars[terms.closure.calendar]
    return after(calendar, since, working_day(calendar) * days)


def _clock_deadline(ticket: Ticket, terms: Terms, clock: Clock) -> Iterator[Deadline]:
    """The clock's breach or its next firing, whichever takes less time spent."""
    steps: list[tuple[timedelta, Breach | Firing | GivingUp]] = []
    if clock.breached_at is None:
        steps.append((length(clock), Breach(clock)))
    steps += _firings(ticket, terms, clock)
    limit = gives_up_after(terms, clock)
    if limit is not None:
        steps.append((limit, GivingUp(clock)))
    if not steps:
        return
    spent, does = min(steps, key=lambda step: step[0])
    at = reach(clock, terms.calendars, spent)
    if at is not None:
        yield Deadline(at, does)


def _firings(ticket: Ticket, terms: Terms, clock: Clock) -> Iterator[tuple[timedelta, Firing]]:
    ladder = ladder_of(ticket, terms, clock)
    target = terms.target(ticket.priority, clock.target)
    if ladder is None or target is None:
        return
    day = working_day(terms.calendars[target.calendar])
    fired = {entry.rung: entry.times for entry in clock.fired}
    for rung in ladder.rungs:
        nth = fired.get(rung.key, 0)
        if nth < rung.firings():
            yield rung.threshold(nth, length(clock), day), Firing(clock, ladder, rung, nth)
