"""Rings of parents that several people close at one instant: found by what goes round in them."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.related_events import Heard, Unlinked
from desk.relations import FURTHEST, parent_of
from desk.words import Addressed, Below, Word
from tests.desk.neighbours import ONE, THREE, TWO, Neighbours

RING = [(ONE, TWO), (TWO, THREE), (THREE, ONE)]


def in_a_ring(town: Neighbours) -> bool:
    here, seen = ONE, set()
    while here not in seen:
        seen.add(here)
        above = parent_of(town[here].ticket)
        if above is None:
            return False
        here = above
    return True


def linked(town: Neighbours, below: str, above: str, *, from_above: bool) -> Neighbours:
    if from_above:
        return town.take(above, "link", kind="child", ticket=below)
    return town.take(below, "link", kind="parent", ticket=above)


@pytest.mark.parametrize("order", list(permutations(RING)))
@given(ways=st.tuples(st.booleans(), st.booleans(), st.booleans()), talks=st.integers(0, 2))
def test_no_ring_stands_whoever_closes_it(
    order: tuple[tuple[str, str], ...], ways: tuple[bool, ...], talks: int
) -> None:
    town = Neighbours()
    for count, ((below, above), from_above) in enumerate(zip(order, ways, strict=True)):
        linked(town, below, above, from_above=from_above)
        if count < talks:
            town.talk()
    town.talk()
    assert not in_a_ring(town)
    for below, above in RING:
        assert town[below].has("parent", above) == town[above].has("child", below)
    refused = [what.refused for one in (ONE, TWO, THREE) for what in town[one].happened(Unlinked)]
    assert "ring" in refused


def test_three_who_link_at_once_hear_of_it_and_take_it_back() -> None:
    town = Neighbours()
    for below, above in RING[:2]:
        linked(town, below, above, from_above=False)
    linked(town, THREE, ONE, from_above=True)
    town.talk()
    assert not in_a_ring(town)
    heard = [what.word for number in (ONE, TWO, THREE) for what in town[number].happened(Heard)]
    assert "below" in heard


def test_a_chain_of_three_is_no_ring_and_nobody_parts() -> None:
    town = Neighbours().take(TWO, "link", kind="parent", ticket=THREE).talk()
    town.take(ONE, "link", kind="parent", ticket=TWO).talk()
    assert town[ONE].has("parent", TWO)
    assert town[TWO].links == {("parent", THREE), ("child", ONE)}
    assert town[THREE].happened(Unlinked) == []
    assert (town[ONE].happened(Unlinked), town[TWO].happened(Unlinked)) == ([], [])


def test_in_a_ring_of_others_a_word_does_not_go_round_for_ever() -> None:
    town = Neighbours().take(TWO, "link", kind="parent", ticket=THREE).talk()
    for hops, told in ((FURTHEST - 1, 1), (FURTHEST, 0)):
        word = Word(
            key=f"k{hops}",
            sender=ONE,
            what=Below(origin="INC-99999999", hops=hops),
            actor=None,
            correlation="c",
        )
        town.deliver(Addressed(to=TWO, word=word))
        assert sum(isinstance(one.word.what, Below) for one in town[TWO].words) == told
        town.talk()
