"""What is linked already, and what is not: whoever mistakes a number or a kind hears of it."""

import pytest

from desk.errors import InvalidFact
from desk.hearing import heard
from desk.related_events import Unlinked
from desk.relations import FURTHEST
from desk.words import Below, Word
from tests.desk.neighbours import ONE, THREE, TWO, Neighbours


def test_a_link_that_is_there_is_not_linked_again() -> None:
    town = Neighbours().take(ONE, "link", ticket=TWO)
    before = list(town[ONE].events)
    with pytest.raises(InvalidFact, match=f"{TWO} is linked so already") as refused:
        town.take(ONE, "link", ticket=TWO)
    assert refused.value.field == "ticket"
    assert town[ONE].events == before
    town.take(ONE, "link", kind="caused_by", ticket=TWO)


def test_a_link_that_is_not_there_is_not_taken_off() -> None:
    town = Neighbours()
    with pytest.raises(InvalidFact, match=f"{TWO} is not linked as related here$"):
        town.take(ONE, "unlink", ticket=TWO)
    town.take(ONE, "link", kind="causes", ticket=TWO)
    with pytest.raises(InvalidFact, match=r"not linked as related here: it is linked as causes$"):
        town.take(ONE, "unlink", ticket=TWO)


def ring() -> Neighbours:
    """Each of three is put below the next at one instant: no look beforehand finds the ring."""
    town = Neighbours().take(ONE, "link", kind="parent", ticket=TWO)
    town.take(TWO, "link", kind="parent", ticket=THREE)
    return town.take(THREE, "link", kind="parent", ticket=ONE)


def test_a_ring_that_is_closed_at_one_instant_is_opened_again() -> None:
    town = ring().talk()
    parted = [number for number in (ONE, TWO, THREE) if town[number].happened(Unlinked)]
    assert parted
    parents = {
        n: [other for kind, other in town[n].links if kind == "parent"] for n in town.tickets
    }
    assert any(not above for above in parents.values())
    for below, above in parents.items():
        assert all(town[other].has("child", below) for other in above)


def test_what_is_said_upwards_goes_no_further_than_so_many_tickets() -> None:
    town = Neighbours().take(ONE, "link", kind="parent", ticket=TWO).talk()

    def said(hops: int) -> list[object]:
        word = Word(
            key="k1",
            sender=THREE,
            what=Below(origin=THREE, hops=hops),
            actor=None,
            correlation="c1",
        )
        outcome = heard(town[ONE].ticket, town[ONE].rules, word, town.now)
        return [told.word.what for told in outcome.words]

    assert said(0) == [Below(origin=THREE, hops=1)]
    assert said(FURTHEST) == []
    # Nobody is above the other one: there it ends.
    outcome = heard(
        town[TWO].ticket,
        town[TWO].rules,
        Word(key="k", sender=ONE, what=Below(origin=ONE), actor=None, correlation="c"),
        town.now,
    )
    assert (outcome.events, outcome.words) == ((), ())
