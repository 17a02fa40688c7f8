"""Any steps on some tickets, and their words in any order: what always holds between them."""

from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from desk import clock as clocks
from desk.errors import DeskError
from desk.events import Event
from desk.record import canonical
from desk.relations import OPPOSITE
from desk.ticket import LinkKind, Status, Ticket
from tests.desk.lives import FINN, ROSA
from tests.desk.neighbours import ONE, THREE, TWO, Neighbours

NUMBERS = (ONE, TWO, THREE)
KINDS = st.sampled_from([*LinkKind, LinkKind.PARENT, LinkKind.CHILD])
TICKETS = st.sampled_from(NUMBERS)
FIELDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "link": st.fixed_dictionaries({"kind": KINDS, "ticket": TICKETS}),
    "unlink": st.fixed_dictionaries({"kind": KINDS, "ticket": TICKETS}),
    "merge": st.fixed_dictionaries({"into": TICKETS}),
    "resolve": st.sampled_from([{}, {"children": True}]),
}
STEPS = (
    "link", "link", "link", "unlink", "merge", "merge", "merge", "split", "split", "resolve",
    "cancel", "comment", "reopen", "wait", "accept",
)  # fmt: skip


class Move(NamedTuple):
    """Somebody does something, and before it some words arrive, each the first of a ticket."""

    said: list[str]
    later: timedelta
    number: str
    step: str
    fields: dict[str, Any]


@st.composite
def moves(draw: st.DrawFn) -> Move:
    step = draw(st.sampled_from(STEPS))
    fields = draw(FIELDS.get(step, st.just({})))
    later = draw(st.sampled_from([timedelta(), timedelta(hours=3), timedelta(days=2)]))
    said = draw(st.lists(TICKETS, max_size=3))
    return Move(said, later, draw(TICKETS), step, fields)


def holds(ticket: Ticket) -> None:
    """What a ticket may never be, whatever it was told."""
    merged = ticket.status is Status.MERGED
    assert (ticket.merged_into is not None) == merged
    assert not (merged and any(clocks.running(clock) for clock in ticket.clocks))
    assert sum(link.kind is LinkKind.PARENT for link in ticket.links) <= 1
    assert len(set(ticket.links)) == len(ticket.links)
    children = {link.ticket for link in ticket.links if link.kind is LinkKind.CHILD}
    assert not {link.ticket for link in ticket.links if link.kind is LinkKind.PARENT} & children
    assert Ticket.model_validate_json(canonical(ticket)) == ticket


def nothing_is_lost(events: list[Event], before: list[Event]) -> None:
    """The timeline only grows, in order, each event once."""
    assert events[: len(before)] == before
    places = [(event.version, event.index) for event in events]
    assert places == sorted(set(places))
    assert len({event.id for event in events}) == len(events)
    for event in events[len(before) :]:
        assert Event.model_validate_json(canonical(event)) == event


def live(town: Neighbours, played: list[Move], *, at_once: bool) -> None:
    before: dict[str, list[Event]] = {number: [] for number in NUMBERS}
    for move in played:
        for number in move.said:
            if town[number].words:
                town.say_one(number)
        town.now += move.later
        by = ROSA if move.step == "comment" else FINN
        try:
            town.take(move.number, move.step, by, **move.fields)
        except DeskError:
            continue
        if at_once:
            town.talk()
        for number in NUMBERS:
            holds(town[number].ticket)
            nothing_is_lost(town[number].events, before[number])
            before[number] = list(town[number].events)


PLAYED = st.lists(moves(), min_size=3, max_size=14)


@settings(max_examples=settings().max_examples // 4)
@given(PLAYED)
def test_whatever_crosses_on_the_way_nobody_waits_for_what_does_not_take_it_along(
    played: list[Move],
) -> None:
    town = Neighbours()
    live(town, played, at_once=False)
    town.talk()
    for number in NUMBERS:
        ticket = town[number].ticket
        holds(ticket)
        if ticket.merged_into is not None:
            other = town[ticket.merged_into].ticket
            assert number in other.absorbed
            assert other.status not in (Status.CANCELLED, Status.RESOLVED, Status.CLOSED)


@settings(max_examples=settings().max_examples // 4)
@given(PLAYED)
def test_where_nothing_crosses_both_tickets_say_the_same(played: list[Move]) -> None:
    town = Neighbours()
    live(town, played, at_once=True)
    for number in NUMBERS:
        ticket = town[number].ticket
        for link in ticket.links:
            assert town[link.ticket].has(OPPOSITE[link.kind], number)
        for other in ticket.absorbed:
            assert town[other].ticket.merged_into == number
