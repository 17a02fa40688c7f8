"""What ties two tickets: links on both, incidents that go together, and what cannot be."""

from datetime import timedelta
from typing import Any

import pytest

from desk import clock as clocks
from desk.change import Change
from desk.errors import InvalidFact, StepRefused
from desk.hearing import heard
from desk.related_events import Heard, Linked, SplitOff, Unheard, Unlinked
from desk.relations import MOST_LINKS, follow
from desk.tasks import human_tasks
from desk.ticket import Kind, Link, LinkKind, Status
from desk.words import Addressed, MergedInto, RequesterWrote, Tied, Word
from tests.desk.lives import FINN, ROSA, SENA, at
from tests.desk.neighbours import ONE, THREE, TWO, Neighbours

BOTH_WAYS = [
    ("related", "related"), ("parent", "child"), ("child", "parent"), ("causes", "caused_by"),
    ("caused_by", "causes"), ("duplicate", "duplicate_of"), ("duplicate_of", "duplicate"),
]  # fmt: skip


def word(what: Any, sender: str = TWO) -> Word:
    return Word(key="k1", sender=sender, what=what, actor="p-finn", correlation="c1")


def merged() -> Neighbours:
    """One is merged into two."""
    return Neighbours().take(ONE, "merge", into=TWO).talk()


@pytest.mark.parametrize(("here", "there"), BOTH_WAYS)
def test_a_link_is_on_both_tickets(here: str, there: str) -> None:
    town = Neighbours().take(ONE, "link", kind=here, ticket=TWO).talk()
    assert town[ONE].has(here, TWO)
    assert town[TWO].has(there, ONE)
    told = town[TWO].events[-1]
    assert told.what == Linked(kind=LinkKind(there), other=ONE)
    assert (told.internal, told.actor, told.via) == (True, "p-finn", "ticket")


@pytest.mark.parametrize("side", [ONE, TWO])
def test_a_link_is_taken_off_both(side: str) -> None:
    town = Neighbours().take(ONE, "link", kind="parent", ticket=TWO).talk()
    kind, other = ("parent", TWO) if side == ONE else ("child", ONE)
    town.take(side, "unlink", kind=kind, ticket=other).talk()
    assert town[ONE].links == town[TWO].links == set()
    assert town[other].happened(Unlinked)[0].refused is None


def test_a_link_that_both_make_at_once_is_one_link() -> None:
    town = Neighbours().take(ONE, "link", ticket=TWO)
    town.take(TWO, "link", ticket=ONE).talk()
    assert town[ONE].links == {("related", TWO)}
    assert town[TWO].links == {("related", ONE)}
    assert town[TWO].happened(Linked) == []


def test_a_word_that_says_nothing_new_leaves_the_very_same_ticket() -> None:
    town = Neighbours().take(ONE, "link", ticket=TWO)
    told = town.say_one(ONE)
    before = town[TWO].ticket
    town.deliver(told)
    assert town[TWO].ticket is before


def test_a_ticket_has_one_parent() -> None:
    town = Neighbours().take(ONE, "link", kind="parent", ticket=TWO).talk()
    with pytest.raises(InvalidFact, match=f"has a parent already, {TWO}: unlink that first"):
        town.take(ONE, "link", kind="parent", ticket=THREE)
    town.take(THREE, "link", kind="child", ticket=ONE).talk()
    assert town[ONE].links == {("parent", TWO)}
    assert town[THREE].links == set()
    assert town[THREE].happened(Unlinked)[0].refused == "parent"
    assert town[ONE].happened(Heard)[0].because == "parent"


def test_nobody_is_above_and_below() -> None:
    town = Neighbours().take(ONE, "link", kind="parent", ticket=TWO).talk()
    with pytest.raises(InvalidFact, match="would be above and below it: unlink it first"):
        town.take(TWO, "link", kind="parent", ticket=ONE)


def test_two_that_put_themselves_below_each_other_at_once_both_take_it_back() -> None:
    town = Neighbours().take(ONE, "link", kind="parent", ticket=TWO)
    town.take(TWO, "link", kind="parent", ticket=ONE).talk()
    assert town[ONE].links == town[TWO].links == set()
    assert town[ONE].happened(Unlinked)[0].refused == "ring"


def test_a_ticket_has_so_many_links_and_no_more() -> None:
    town = Neighbours()
    many = tuple(Link(kind=LinkKind.RELATED, ticket=f"INC-{n}") for n in range(MOST_LINKS))
    town[ONE].ticket = town[ONE].ticket.model_copy(update={"links": many})
    with pytest.raises(InvalidFact, match="has 100 links already"):
        town.take(ONE, "link", ticket=TWO)
    with pytest.raises(InvalidFact, match="has 100 links already"):
        town.take(ONE, "merge", into=TWO)
    town.take(TWO, "link", ticket=ONE).talk()
    assert town[TWO].links == set()
    town.take(TWO, "merge", into=ONE).talk()
    assert town[TWO].happened(SplitOff)[0].because == "full"


def test_a_merged_ticket_stands_still_and_nobody_is_waited_for() -> None:
    town = merged()
    one, two = town[ONE], town[TWO]
    assert one.ticket.status is Status.MERGED
    assert one.ticket.merged_into == TWO
    assert not any(clocks.running(clock) for clock in one.ticket.clocks)
    assert human_tasks(one.ticket, one.rules) == ()
    assert one.told()["merged", "requester"] == 1
    assert (two.ticket.absorbed, two.links) == ((ONE,), {("duplicate", ONE)})
    events = len(one.events)
    one.pass_until("03-20 12:00")
    assert len(one.events) == events


def test_a_merged_ticket_is_resolved_with_the_other_and_its_requester_told() -> None:
    town = merged().take(TWO, "resolve", text="A new fuser.").talk()
    one = town[ONE]
    assert one.ticket.status is Status.RESOLVED
    assert one.ticket.resolution is not None
    assert one.ticket.resolution.text == "A new fuser."
    assert one.ticket.merged_into is None
    assert one.told()["resolved", "requester"] == 1
    assert town[TWO].ticket.absorbed == ()
    town.take(ONE, "reopen", ROSA).talk()
    assert [town[n].ticket.status.value for n in (ONE, TWO)] == ["in_progress", "resolved"]


def test_the_time_in_which_it_was_merged_does_not_count() -> None:
    town = Neighbours().take(ONE, "accept").take(ONE, "merge", into=TWO).talk()
    before = clocks.elapsed(town[ONE].clock("resolution"), town[ONE].rules.calendars, town.now)
    town.now += timedelta(hours=5)
    town.take(ONE, "split").talk()
    one = town[ONE]
    assert clocks.elapsed(one.clock("resolution"), one.rules.calendars, town.now) == before
    assert clocks.running(one.clock("resolution"))
    assert clocks.stopped(one.clock("response"))
    assert one.ticket.status is Status.IN_PROGRESS
    assert one.links == town[TWO].links == set()
    assert town[TWO].ticket.absorbed == ()
    assert one.happened(SplitOff)[0].said == "It is another printer."
    assert one.told()["split", "assignee"] == 1


def test_what_waited_when_it_was_merged_is_worked_on_when_it_is_split_off() -> None:
    town = Neighbours().take(ONE, "wait").take(ONE, "merge", into=TWO).talk()
    assert town[ONE].ticket.waiting_for is None
    town.take(ONE, "split").talk()
    assert town[ONE].ticket.status is Status.IN_PROGRESS
    assert clocks.running(town[ONE].clock("resolution"))


def test_a_ticket_goes_on_by_itself_when_the_other_comes_to_no_result() -> None:
    town = merged().take(TWO, "cancel").talk()
    one = town[ONE]
    assert one.ticket.status is Status.IN_PROGRESS
    assert one.happened(SplitOff)[0].because == "ended"
    assert one.told()["split", "assignee"] == 1
    assert one.events[-1].actor is None
    assert one.links == set()


def test_the_requester_of_a_merged_ticket_is_heard_by_whoever_works_on_the_other() -> None:
    town = merged().take(ONE, "comment", ROSA, text="It smells, too.").talk()
    assert town[TWO].told()["other_wrote", "assignee"] == 1
    heard_of = town[TWO].happened(Heard)[0]
    assert (heard_of.other, heard_of.word) == (ONE, "wrote")
    assert "smells" not in town[TWO].events[-1].model_dump_json()
    assert "next_response" not in town[ONE].states()
    town.take(ONE, "comment", text="We have read it.").talk()
    assert town[ONE].told()["comment", "requester"] == 1


@pytest.mark.parametrize("step", ["accept", "resolve", "cancel", "merge", "hand_off"])
def test_a_merged_ticket_is_not_worked_on(step: str) -> None:
    with pytest.raises(StepRefused):
        merged().take(ONE, step)


def test_two_that_are_merged_into_each_other_at_once_both_go_on() -> None:
    town = Neighbours().take(ONE, "merge", into=TWO).take(TWO, "merge", into=ONE).talk()
    for number in (ONE, TWO):
        life = town[number]
        assert life.ticket.status is Status.IN_PROGRESS
        assert (life.links, life.ticket.absorbed) == (set(), ())
        assert life.happened(SplitOff)[0].because == "merged"


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        ({"status": Status.RESOLVED}, "over"),
        ({"status": Status.CANCELLED}, "over"),
        ({"customer": "contoso"}, "customer"),
        ({"confidential": True}, "confidential"),
        ({"kind": Kind.REQUEST}, "kind"),
        ({"clock": "given"}, "given"),
    ],
)
def test_a_ticket_that_cannot_take_another_along_says_why(
    facts: dict[str, object], because: str
) -> None:
    town = Neighbours().take(ONE, "merge", into=TWO)
    town[TWO].ticket = town[TWO].ticket.model_copy(update=facts)
    town.talk()
    assert town[ONE].ticket.status is Status.IN_PROGRESS
    assert town[ONE].happened(SplitOff)[0].because == because
    assert town[TWO].ticket.absorbed == ()


def test_a_ticket_that_is_not_there_any_more_is_not_waited_for() -> None:
    town = Neighbours().take(ONE, "merge", into="INC-GONE").take(ONE, "comment", ROSA)
    town.talk()
    one = town[ONE]
    assert one.happened(Unheard) == [Unheard(other="INC-GONE", word="merged"), one.events[-1].what]
    assert one.happened(SplitOff)[0].because == "gone"
    assert one.ticket.status is Status.IN_PROGRESS
    version = one.ticket.version
    town.take(ONE, "link", ticket="INC-GONE").talk()
    assert one.ticket.version == version + 1
    assert one.events[-1].internal


def test_a_refusal_that_comes_when_it_was_split_off_by_hand_changes_nothing() -> None:
    town = Neighbours().take(TWO, "resolve")
    town.take(ONE, "merge", into=TWO).take(ONE, "split").talk()
    assert [split.because for split in town[ONE].happened(SplitOff)] == ["person"]


@pytest.mark.parametrize(
    ("into", "why"),
    [
        (ONE, "cannot be merged into itself"),
        (THREE, "is merged into this one: split that one first"),
    ],
)
def test_a_ticket_is_not_merged_into_itself_nor_into_what_is_merged_into_it(
    into: str, why: str
) -> None:
    town = Neighbours().take(THREE, "merge", into=ONE).talk()
    with pytest.raises(InvalidFact, match=why):
        town.take(ONE, "merge", into=into)


def test_a_ticket_that_a_vendor_works_on_is_not_merged() -> None:
    town = Neighbours().take(ONE, "hand_to_vendor")
    with pytest.raises(InvalidFact, match="recall that first"):
        town.take(ONE, "merge", into=TWO)


def test_what_others_are_merged_into_stays_an_incident() -> None:
    with pytest.raises(InvalidFact, match="split those off first"):
        merged().take(TWO, "become")


@pytest.mark.parametrize(("number", "kind", "other"), [(ONE, "duplicate_of", TWO)])
def test_the_link_of_a_merged_ticket_is_taken_off_by_splitting(
    number: str, kind: str, other: str
) -> None:
    town = merged()
    with pytest.raises(InvalidFact, match="split that one instead"):
        town.take(number, "unlink", kind=kind, ticket=other)
    with pytest.raises(InvalidFact, match="split that one instead"):
        town.take(TWO, "unlink", kind="duplicate", ticket=ONE)


def test_a_link_that_was_taken_off_as_it_was_merged_stays_as_long_as_it_is() -> None:
    town = Neighbours().take(TWO, "link", kind="duplicate", ticket=ONE).talk()
    town.take(TWO, "unlink", kind="duplicate", ticket=ONE).take(ONE, "merge", into=TWO)
    town.talk()
    assert town[ONE].has("duplicate_of", TWO)
    assert town[TWO].has("duplicate", ONE)


def test_a_chain_of_merged_tickets_ends_together() -> None:
    town = merged().take(TWO, "merge", into=THREE).talk()
    town.take(THREE, "resolve").talk()
    assert [town[n].ticket.status for n in (ONE, TWO, THREE)] == [Status.RESOLVED] * 3


def family() -> Neighbours:
    """Two and three are children of one."""
    town = Neighbours().take(TWO, "link", kind="parent", ticket=ONE)
    return town.take(THREE, "link", kind="parent", ticket=ONE).talk()


def test_children_are_resolved_with_their_parent_where_a_person_says_so() -> None:
    town = family().take(ONE, "resolve", children=True, text="It was the server.").talk()
    for number in (TWO, THREE):
        life = town[number]
        assert life.ticket.status is Status.RESOLVED
        assert life.events[-1].what.model_dump()["other"] == ONE
        assert life.events[-1].actor == "p-finn"
        assert life.told()["resolved", "requester"] == 1


@pytest.mark.parametrize("children", [None, False])
def test_children_go_on_where_nobody_says_so(children: bool | None) -> None:
    town = family().take(ONE, "resolve", children=children).talk()
    assert {town[n].ticket.status for n in (TWO, THREE)} == {Status.NEW}


def test_a_child_that_does_not_follow_is_left_alone_and_it_is_noted() -> None:
    town = family()
    town.take(TWO, "resolve", text="By ourselves.").talk()
    town.take(ONE, "resolve", children=True)
    town.take(THREE, "unlink", kind="parent", ticket=ONE).talk()
    two, three = town[TWO], town[THREE]
    assert two.ticket.resolution is not None
    assert two.ticket.resolution.text == "By ourselves."
    assert [h.because for h in two.happened(Heard)] == ["over"]
    assert three.ticket.status is Status.NEW
    assert [h.because for h in three.happened(Heard)] == ["not_tied"]


@pytest.mark.parametrize(
    ("facts", "because"),
    [({"kind": Kind.REQUEST}, "kind"), ({"status": Status.MERGED, "merged_into": "x"}, "merged")],
)
def test_a_child_of_another_sort_is_left_alone(facts: dict[str, object], because: str) -> None:
    town = family()
    town[TWO].ticket = town[TWO].ticket.model_copy(update=facts)
    town.take(ONE, "resolve", children=True).talk()
    assert [h.because for h in town[TWO].happened(Heard)] == [because]


def test_children_learn_that_their_parent_was_reopened_and_stay_as_they_are() -> None:
    town = family().take(ONE, "resolve", children=True).talk()
    town.take(ONE, "reopen").talk()
    for number in (TWO, THREE):
        assert town[number].ticket.status is Status.RESOLVED
        assert town[number].happened(Heard)[-1].word == "reopened"
        assert town[number].events[-1].internal


def test_a_complaint_and_a_given_past_tell_others_nothing() -> None:
    for facts in ({"clock": "given"}, {"kind": Kind.COMPLAINT}):
        town = Neighbours()
        life = town[ONE]
        life.ticket = life.ticket.model_copy(update=facts)
        before = life.ticket
        outcome = heard(before, life.rules, word(Tied(kind=LinkKind.RELATED)), town.now)
        assert outcome == (before, (), (), ())
    given = Neighbours(ONE, clock="given", actor=SENA)
    life = given[ONE]
    when = at("03-02 10:00")
    importer = FINN.model_copy(update={"roles": ("import",)})
    life.take(when, "link", importer, at=when, ticket=TWO)
    assert life.words == []


def test_a_given_past_says_at_once_that_nothing_is_merged_into_it() -> None:
    life = Neighbours(ONE, clock="given")[ONE]
    outcome = heard(
        life.ticket,
        life.rules,
        word(MergedInto(customer="x", confidential=False)),
        at("03-02 10:00"),
    )
    [answer] = outcome.words
    assert isinstance(answer, Addressed)
    assert answer.to == TWO
    assert answer.word.what.model_dump() == {"word": "not_merged", "because": "given"}


def test_news_of_a_ticket_that_is_not_merged_into_this_one_is_nothing() -> None:
    life = Neighbours()[ONE]
    outcome = heard(life.ticket, life.rules, word(RequesterWrote()), at("03-02 10:00"))
    assert outcome == (life.ticket, (), (), ())


def test_a_word_that_came_twice_merges_once() -> None:
    town = Neighbours().take(ONE, "merge", into=TWO)
    told = town.say_one(ONE)
    town.deliver(told)
    assert town[TWO].ticket.absorbed == (ONE,)
    assert len([e for e in town[TWO].events if e.what.event == "absorbed"]) == 1


def test_what_is_fulfilled_has_no_resolution_for_others() -> None:
    life = Neighbours()[ONE]
    change = Change(life.ticket, life.rules, "s1", life.ticket.last_at)
    change.set(status=Status.RESOLVED, links=(Link(kind=LinkKind.CHILD, ticket=TWO),))
    follow(change, life.ticket, children=True)
    assert change.outcome().words == ()
