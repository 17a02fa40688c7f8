"""What the pure core takes by itself: microseconds a call of `due` and `advance`."""

import statistics
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from bench.table import Row
from desk import clock as clocks
from desk.advance import advance
from desk.opening import Opening, open_ticket
from desk.people import Actor, Role
from desk.ticket import Kind, Level, Ticket
from policies.in_force import IN_FORCE

FRIDAY = datetime(2026, 9, 4, 13, 0, tzinfo=UTC)
PAUSES = 10
ROUNDS = 7


async def measure(quick: bool) -> AsyncIterator[Row]:
    """On a P3 of a Friday afternoon, whose clocks have to get over nights and a weekend."""
    calls = 200 if quick else 2000
    ticket = opened(FRIDAY)
    plain = next(clock for clock in ticket.clocks if clock.target == "resolution")
    paused = plain
    for hour in range(PAUSES):
        at = FRIDAY + timedelta(hours=6 * hour + 3)
        paused = clocks.resume(clocks.pause(paused, at), at + timedelta(hours=2))
    calendars = IN_FORCE.calendars
    soon, week = FRIDAY + timedelta(minutes=1), FRIDAY + timedelta(days=7)
    fired = len(advance(ticket, IN_FORCE, week).events)
    for name, call in (
        ("due", lambda: clocks.due(plain, calendars)),
        (f"due after {PAUSES} pauses", lambda: clocks.due(paused, calendars)),
        ("advance, nothing due", lambda: advance(ticket, IN_FORCE, soon)),
        (f"advance by a week, {fired} events", lambda: advance(ticket, IN_FORCE, week)),
    ):
        yield Row(name, f"{_microseconds(call, calls):.0f} us")


def opened(at: datetime) -> Ticket:
    """An incident as it is reported, at P3."""
    actor = Actor(person="p-0000000000000001", roles=(Role.REQUESTER,))
    opening = Opening(
        opening_id="bench",
        number="INC-00000000",
        kind=Kind.INCIDENT,
        summary="No connection since nine",
        requester=actor.person,
        customer="northwind",
        actor=actor,
        channel="web",
        category="network",
        impact=Level.MEDIUM,
        urgency=Level.MEDIUM,
    )
    return open_ticket(opening, IN_FORCE, at).ticket


def _microseconds(call: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            call()
        found.append((time.perf_counter() - begun) / times * 1e6)
    return statistics.median(found)
