"""Any life, whatever people do and however late anybody looks: what always holds."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import clock as clocks
from desk.advance import advance
from desk.change import Outcome
from desk.deadlines import next_due
from desk.errors import DeskError, InvalidFact
from desk.events import Event, RungFired
from desk.people import Actor, Role
from desk.record import Task, canonical
from desk.rules import allowed_steps, check
from desk.tasks import human_tasks
from desk.terms import Terms
from desk.ticket import OVER, Priority, Status, Ticket, WaitFor
from desk.vendor import clock_of, is_held, of_clock
from tests.desk.lives import (
    DAY,
    FINN,
    HALF,
    HOUR,
    LADDERS,
    MINUTE,
    OF_INCIDENTS,
    OFFICE,
    PIA,
    ROSA,
    RULES,
    SENA,
    Life,
    at,
    climbing,
    make_rules,
    make_step,
    targets_of,
)
from tests.desk.oracle import weekly

PEOPLE = (ROSA, FINN, SENA, PIA)
EARLY = OFFICE.model_copy(update={"shifts": weekly("06:00-14:00")})
OTHER_RULES = (
    make_rules(
        policy_version="v2", ladders={**LADDERS, "resolution": climbing("resolution", HALF)}
    ),
    make_rules(policy_version="v3", targets=dict.fromkeys(Priority, targets_of(Priority.P2))),
    make_rules(policy_version="v4", calendars={**RULES.calendars, "office": EARLY}),
)
MOST = {"response": 11, "resolution": 11, "next_response": 1}
"""How often a target's ladder fires at most, under any of these rules."""


class Move(NamedTuple):
    """Somebody does something so much time after what was done before."""

    gap: timedelta
    step: str
    by: Actor
    fields: dict[str, Any]
    rules: Terms | None = None


FEW = settings(max_examples=settings().max_examples // 4)
"""A life costs as much as a hundred calendars."""

GAPS = st.one_of(
    st.sampled_from([timedelta(), MINUTE, HOUR, DAY, 3 * DAY, 15 * DAY]),
    st.timedeltas(timedelta(), 2 * HOUR),
    st.timedeltas(timedelta(), 4 * DAY),
)
LEVELS = st.sampled_from(["high", "medium", "low"])
# What it becomes is an order, which tests/desk/test_becoming.py lives.
STEPS = sorted(set(OF_INCIDENTS) - {"become"})
FIELDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "classify": st.fixed_dictionaries(
        {
            "category": st.sampled_from(["hardware", "network", "phones"]),
            "impact": LEVELS,
            "urgency": LEVELS,
        }
    ),
    "assign": st.sampled_from([{"assignee": "p-sena"}, {"group": "network-1"}]),
    "comment": st.sampled_from([{}, {"internal": True}]),
    "hand_off": st.sampled_from(
        [{"line": 1}, {"line": 2}, {"line": 3}, {"group": "network-2"}, {"group": "engineering-3"}]
    ),
    "wait": st.fixed_dictionaries(
        {"wait_for": st.sampled_from([*WaitFor])},
        optional={"until": st.timedeltas(MINUTE, 9 * DAY)},
    ),
    "resolve": st.sampled_from([{}, {"code": "workaround"}]),
}


BY = {
    "adopt": st.just(PIA),
    "confirm": st.just(ROSA),
    "comment": st.sampled_from([ROSA, FINN]),
    "reopen": st.sampled_from([ROSA, FINN]),
}


@st.composite
def moves(draw: st.DrawFn) -> Move:
    step = draw(st.sampled_from([*STEPS, "comment", "wait", "wait", "classify", "assign"]))
    by = draw(BY.get(step, st.sampled_from([FINN, SENA, FINN, SENA, ROSA])))
    rules = draw(st.sampled_from(OTHER_RULES)) if step == "adopt" else None
    fields = draw(FIELDS.get(step, st.just({})))
    return Move(draw(GAPS), step, by, fields, rules)


LIVES = st.lists(moves(), min_size=2, max_size=12)
OPENED = st.timedeltas(timedelta(), 38 * DAY).map(
    lambda gap: at("03-01 00:00") + gap - timedelta(microseconds=gap.microseconds)
)


def live(life: Life, played: list[Move]) -> Life:
    """Let everybody try what they want to do; what is refused changes nothing."""
    now = life.ticket.opened_at
    for move in played:
        now += move.gap
        fields = dict(move.fields)
        if "until" in fields:
            fields["until"] += now
        if life.ticket.clock == "given":
            fields["at"] = now
        try:
            life.take(now, move.step, move.by, rules=move.rules, **fields)
        except DeskError:
            continue
    return life


class Watched(Life):
    """A life in which everything is looked at after each change."""

    def take_in(self, outcome: Outcome) -> None:
        before: Ticket | None = getattr(self, "ticket", None)
        super().take_in(outcome)
        if not outcome.events:
            assert outcome.ticket is before
            return
        follows(before, outcome)
        adds_up(self.ticket, self.rules)
        stays_small(self.ticket)
        for event in outcome.events:
            assert Event.model_validate_json(canonical(event)) == event


def follows(before: Ticket | None, outcome: Outcome) -> None:
    """One version more, its events in order, never back in time."""
    ticket, events, notices, _ = outcome
    assert ticket.version == (before.version if before else 0) + 1
    places = [(event.version, event.index) for event in events]
    assert places == [(ticket.version, index) for index in range(len(events))]
    assert ticket.index == len(events)
    instants = [before.last_at if before else events[0].at, *(event.at for event in events)]
    assert instants == sorted(instants)
    assert ticket.last_at == instants[-1]
    assert {name for note in notices for name in note.events} <= {event.id for event in events}


def adds_up(ticket: Ticket, rules: Terms) -> None:
    """The facts of a ticket fit its status."""
    status = ticket.status
    ended = status in (Status.RESOLVED, Status.CLOSED)
    assert (ticket.waiting_for is not None) == (status is Status.WAITING)
    assert ticket.wait_until is None or status is Status.WAITING
    assert (ticket.resolved_at is not None) == (ticket.resolution is not None) == ended
    assert (ticket.closed_at is not None) == (status in OVER)
    assert (ticket.reopen_until is not None) == (status is Status.CLOSED and not ticket.retired)
    targets = [clock.target for clock in ticket.clocks]
    assert len(set(targets)) == len(targets)
    assert sum(target.startswith("ola_") for target in targets) <= 1
    assert ticket.trail[-1].id == ticket.group
    running = {clock.target for clock in ticket.clocks if clocks.running(clock)}
    assert not running or status not in (Status.MERGED, Status.RESOLVED, *OVER)
    assert (ticket.merged_into is not None) == (status is Status.MERGED)
    by_contract = ticket.vendors and ticket.waiting_for is WaitFor.VENDOR
    if is_held(ticket.vendors) or (ticket.waiting_for in rules.pausing and not by_contract):
        own = {target for target in running if of_clock(target) is None}
        assert own <= {"response", "next_response"}
    asked = {clock_of(at.vendor) for at in ticket.vendors}
    assert {target for target in running if of_clock(target)} == asked
    assert Ticket.model_validate_json(canonical(ticket)) == ticket


def stays_small(ticket: Ticket) -> None:
    """Only waits, new targets and links make a ticket larger, and each of them little."""
    marks = sum(len(clock.marks) for clock in ticket.clocks)
    assert len(canonical(ticket)) < 4_000 + 130 * marks + 70 * len(ticket.links)


TAKEN = {(step, by.person): make_step(step, by) for step in OF_INCIDENTS for by in PEOPLE}
FITTING = {
    Status.NEW: {Task.ACCEPT},
    Status.IN_PROGRESS: {Task.ACCEPT, Task.WORK},
    Status.WAITING: {Task.ANSWER, Task.WORK},
    Status.MERGED: set(),
    Status.RESOLVED: {Task.CONFIRM},
    Status.CLOSED: set(),
    Status.CANCELLED: set(),
}


def passes(life: Life, step: str, by: Actor, now: datetime) -> bool:
    try:
        check(life.ticket, life.rules, TAKEN[step, by.person], now)
    except InvalidFact:
        return True
    except DeskError:
        return False
    return True


@FEW
@given(OPENED, LIVES)
def test_after_each_change_of_any_life_all_is_in_order(
    opened: datetime, played: list[Move]
) -> None:
    life = live(Watched(opened), played)
    assert len({event.id for event in life.events}) == len(life.events)
    assert len({note.key for note in life.notices}) == len(life.notices)


@FEW
@given(OPENED, LIVES)
def test_at_the_end_of_any_life_the_offers_are_what_is_possible(
    opened: datetime, played: list[Move]
) -> None:
    life = live(Life(opened), played)
    tasks = human_tasks(life.ticket, life.rules)
    assert {task.task for task in tasks} <= FITTING[life.ticket.status]
    assert bool(tasks) == (life.ticket.status not in (Status.MERGED, *OVER))
    for by in PEOPLE:
        possible = {step for step in OF_INCIDENTS if passes(life, step, by, life.ticket.last_at)}
        assert set(allowed_steps(by, life.ticket)) == possible


@FEW
@given(OPENED, LIVES)
def test_no_rung_fires_twice_and_none_out_of_turn(opened: datetime, played: list[Move]) -> None:
    life = live(Life(opened), played)
    life.pass_until(life.ticket.last_at + 60 * DAY)
    fired = life.happened(RungFired)
    for target in ("response", "resolution"):
        times = Counter((f.rung, f.nth) for f in fired if f.target == target)
        assert all(many == 1 for many in times.values())
        assert len(times) <= MOST[target]
        for rung, nth in times:
            assert nth == 0 or (rung, nth - 1) in times
    asked = [e for e in life.story() if e.endswith("comment")]
    assert sum(f.target == "next_response" for f in fired) <= len(asked) * MOST["next_response"]


@FEW
@given(OPENED, LIVES)
def test_once_time_has_passed_nothing_of_it_is_left_to_do(
    opened: datetime, played: list[Move]
) -> None:
    life = live(Life(opened), played)
    now = life.ticket.last_at
    due = next_due(life.pass_until(now).ticket, life.rules)
    assert due is None or due > now
    assert len(life.events) == len(life.pass_until(now).events)


def in_short(events: list[Event] | tuple[Event, ...]) -> list[tuple[datetime, Any]]:
    """Events without how late they were noticed and in which version."""
    return [
        (event.at, event.what.model_copy(update={"late_by": None}).model_dump(warnings=False))
        if hasattr(event.what, "late_by")
        else (event.at, event.what.model_dump())
        for event in events
    ]


def whatever_version(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"version": 0, "index": 0})


@FEW
@given(OPENED, LIVES, st.timedeltas(timedelta(), 30 * DAY), st.timedeltas(timedelta(), 30 * DAY))
def test_looking_in_between_changes_nothing(
    opened: datetime, played: list[Move], one: timedelta, two: timedelta
) -> None:
    life = live(Life(opened), played)
    early = life.ticket.last_at + one
    late = early + two
    at_once = advance(life.ticket, life.rules, late)
    first = advance(life.ticket, life.rules, early)
    second = advance(first.ticket, life.rules, late)
    assert in_short(at_once.events) == in_short([*first.events, *second.events])
    assert whatever_version(at_once.ticket) == whatever_version(second.ticket)
    assert all(event.at <= early for event in first.events)
    assert [note.template for note in at_once.notices] == [
        note.template for note in (*first.notices, *second.notices)
    ]


class Prompt(Life):
    """A life in which each timer goes off on time."""

    def pass_until(self, to: str | datetime) -> Self:
        return self.live_until(to)


@pytest.mark.timeout(300)
@FEW
@given(OPENED, LIVES)
def test_timers_on_time_and_a_look_at_each_step_tell_the_same(
    opened: datetime, played: list[Move]
) -> None:
    prompt, lazy = live(Prompt(opened), played), live(Life(opened), played)
    assert in_short(prompt.events) == in_short(lazy.events)
    assert whatever_version(prompt.ticket) == whatever_version(lazy.ticket)


EVERYTHING = Actor(person="p-adam", roles=(Role.IMPORT, Role.AGENT, Role.PROCESS_OWNER))


@FEW
@given(OPENED, LIVES, st.booleans())
def test_a_given_past_is_what_timers_on_time_would_have_made_of_it(
    opened: datetime, played: list[Move], own: bool
) -> None:
    same = [
        move._replace(by=EVERYTHING)
        for move in played
        if move.step != "confirm" and not move.fields.get("internal")
    ]
    requester = EVERYTHING.person if own else ROSA.person
    real = live(Prompt(opened, requester=requester), [*same])
    given_past = live(Life(opened, requester=requester, clock="given"), [*same])
    assert given_past.events == real.events
    assert given_past.ticket == real.ticket.model_copy(update={"clock": "given"})


def test_talking_and_handing_to_and_fro_make_a_ticket_no_larger() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 09:20", "comment", ROSA)
    sizes = []
    now = at("03-02 10:00")
    for n in range(60):
        now += timedelta(seconds=30)
        life.take(now, "comment", FINN, text="x" * 5_000).take(
            now, "comment", ROSA, text="y" * 5_000
        )
        life.take(now, "hand_off", line=2 - n % 2).take(now, "accept")
        sizes.append(len(canonical(life.ticket)))
    assert max(sizes) - sizes[2] < 40
