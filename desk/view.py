"""A ticket as it is answered: its facts and, of each clock, how it stands and when it is due."""

from collections.abc import Mapping
from datetime import timedelta

from desk.calendar import Calendar
from desk.clock import Clock, State, due, length, state
from desk.model import Frozen, Instant
from desk.ticket import Facts, Ticket


class ClockView(Frozen):
    """One clock: `due` is None while it is paused; it is `dropped` when nobody waits for it."""

    target: str
    group: str | None
    state: State
    due: Instant | None
    length: timedelta
    breached_at: Instant | None


class View(Facts):
    """The answer to whoever took a step, and the row of the store."""

    clocks: tuple[ClockView, ...]


def clock_view(clock: Clock, calendars: Mapping[str, Calendar]) -> ClockView:
    """How a clock stands."""
    return ClockView(
        target=clock.target,
        group=clock.group,
        state=state(clock),
        due=due(clock, calendars),
        length=length(clock),
        breached_at=clock.breached_at,
    )


def view(ticket: Ticket, calendars: Mapping[str, Calendar]) -> View:
    """The ticket as it is answered."""
    facts = {name: getattr(ticket, name) for name in Facts.model_fields}
    clocks = tuple(clock_view(clock, calendars) for clock in ticket.clocks)
    return View.model_construct(**facts, clocks=clocks)
