"""Row 18: what time costs, counted in calls and not in seconds, so that no machine is too slow."""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

from desk.advance import advance
from desk.deadlines import next_due
from desk.ticket import Priority
from tests.desk.lives import FINN, HOUR, ROSA, RULES, Life, at, make_rules

A_TICKET = 400
"""Calls that finding the next due instant of a ticket may take: three clocks and two ladders."""


def calls_of(act: Callable[[], object]) -> int:
    """How many functions of Python the act calls, itself not counted."""
    count = 0

    def profile(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count - 1


def next_due_of(life: Life) -> int:
    return calls_of(lambda: next_due(life.ticket, life.rules))


def test_row_18_a_thousand_tickets_in_one_go() -> None:
    first = Life("03-02 09:00").ticket
    tickets = [first.model_copy(update={"number": f"INC-{n}"}) for n in range(1000)]
    next_due(first, RULES)
    assert calls_of(lambda: [next_due(ticket, RULES) for ticket in tickets]) < 1000 * A_TICKET


def test_a_long_target_costs_no_more_than_a_short_one() -> None:
    own = RULES.targets[Priority.P3]
    lengths = {}
    for hours in (1, 20_000):
        long = own["resolution"].model_copy(update={"length": hours * HOUR})
        rules = make_rules(targets={**RULES.targets, Priority.P3: {**own, "resolution": long}})
        life = Life("03-02 09:00", rules).take("03-02 09:01", "accept")
        lengths[hours] = next_due_of(life)
    assert lengths[20_000] < lengths[1] * 1.2


def test_an_old_ticket_costs_no_more_than_a_new_one() -> None:
    young, old = Life("03-02 09:00"), Life("03-02 09:00")
    for minute in range(50):
        old.take(f"03-02 09:{minute:02}", "comment", ROSA)
    assert next_due_of(old) <= next_due_of(young) + 10


def test_each_wait_costs_little_and_the_same() -> None:
    costs = []
    life = Life("03-02 09:00").take("03-02 09:01", "accept")
    for n in range(1, 31):
        when = at("03-02 10:00") + n * timedelta(minutes=2)
        life.take(when, "wait").take(when + timedelta(minutes=1), "resume")
        costs.append(next_due_of(life))
    assert costs[29] - costs[19] <= (costs[19] - costs[9]) * 1.1
    assert costs[29] - costs[19] < 10 * 4 * A_TICKET


def test_catching_up_costs_what_there_is_to_fire() -> None:
    """A rung more is some calls more, however long the outage was."""
    life = Life("03-02 09:00").take("03-02 09:01", "accept", FINN)
    costs = {}
    for until in ("03-03 09:00", "03-05 09:00", "12-01 09:00"):
        outcome = advance(life.ticket, RULES, at(until))
        calls = calls_of(lambda until=until: advance(life.ticket, RULES, at(until)))  # type: ignore[misc]
        costs[until] = calls / (len(outcome.events) + 1)
    assert max(costs.values()) < 3 * A_TICKET
