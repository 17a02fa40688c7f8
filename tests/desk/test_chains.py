"""Tickets merged into one another: what is said at one end is heard at the other."""

from desk.hearing import heard
from desk.related_events import Heard
from desk.words import RequesterWrote, Word
from tests.desk.lives import ROSA
from tests.desk.neighbours import ONE, THREE, TWO, Neighbours


def chain() -> Neighbours:
    """One is merged into two, and that into three."""
    town = Neighbours().take(ONE, "merge", into=TWO).talk()
    return town.take(TWO, "merge", into=THREE).talk()


def wrote(passed_on: int) -> Word:
    """The requester of the first has written, or of one that is merged into it."""
    what = RequesterWrote(passed_on=passed_on)
    return Word(key="k1", sender=ONE, what=what, actor=ROSA.person, correlation="c1")


def test_what_a_requester_writes_is_heard_at_the_end_of_a_chain() -> None:
    town = chain()
    town.take(ONE, "comment", ROSA, text="It smells, too.").talk()
    (found,) = town[THREE].happened(Heard)
    assert (found.other, found.word) == (ONE, "wrote")
    assert town[THREE].told()["other_wrote", "assignee"] == 1


def test_where_nobody_waits_in_a_chain_nobody_is_told() -> None:
    town = chain()
    town.take(ONE, "comment", ROSA, text="It smells, too.").talk()
    (found,) = town[TWO].happened(Heard)
    assert (found.other, found.word) == (ONE, "wrote")
    assert town[TWO].told()["other_wrote", "assignee"] == 0


def test_what_was_passed_on_too_often_goes_no_further() -> None:
    town = chain()
    outcome = heard(town[TWO].ticket, town[TWO].rules, wrote(49), town.now)
    assert [told.word.what for told in outcome.words] == [RequesterWrote(passed_on=50, origin=ONE)]
    last = heard(town[TWO].ticket, town[TWO].rules, wrote(50), town.now)
    assert (len(last.events), last.words) == (1, ())
