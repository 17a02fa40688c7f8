"""The reasons of what one ticket brought about on another."""

import pytest

from desk.hearing import heard
from desk.related_events import Why as Because
from desk.ticket import LinkKind
from desk.why_relations import BECAUSE
from desk.words import (
    IsOver,
    IsReopened,
    IsResolved,
    MergedInto,
    NotMerged,
    NotTied,
    Parted,
    RequesterWrote,
    Saying,
    Tied,
    Untied,
    Word,
)
from tests.desk.lives import ROSA
from tests.desk.neighbours import ONE, TWO, Neighbour, Neighbours
from tests.desk.test_why import reasons, why_of

PARENT = LinkKind.PARENT


def hears(life: Neighbour, *whats: Saying) -> Neighbour:
    """The ticket after another has said that."""
    for n, what in enumerate(whats):
        word = Word(key=f"k{n}", sender=TWO, what=what, actor="p-finn", correlation="")
        life.take_in(heard(life.ticket, life.rules, word, life.ticket.last_at))
    return life


def merged() -> Neighbour:
    town = Neighbours().take(ONE, "accept").take(ONE, "merge", into=TWO).talk()
    return town[ONE]


@pytest.mark.parametrize(
    ("whats", "event", "rule", "words"),
    [
        ([Tied(kind=PARENT)], "linked", "step.link", f"a person linked {TWO}, there"),
        (
            [Tied(kind=PARENT), Untied(kind=PARENT)],
            "unlinked",
            "step.unlink",
            f"a person took the link off {TWO}",
        ),
        (
            [Tied(kind=PARENT), NotTied(kind=PARENT, because="ring")],
            "unlinked",
            "step.link",
            f"{TWO} cannot have the link: one would be above and below the other",
        ),
        (
            [MergedInto(customer="northwind", confidential=False)],
            "absorbed",
            "step.merge",
            f"a person merged {TWO} into this one",
        ),
        (
            [MergedInto(customer="northwind", confidential=False), Parted()],
            "released",
            "step.split",
            f"{TWO} goes on by itself",
        ),
        (
            [MergedInto(customer="northwind", confidential=False), RequesterWrote()],
            "heard",
            "step.comment",
            f"news of {TWO}: its requester wrote there",
        ),
        ([IsReopened()], "heard", "step.reopen", f"news of {TWO}: it was reopened"),
        (
            [IsResolved(code="fixed", text="x")],
            "heard",
            "step.resolve",
            f"news of {TWO}: it was resolved, and what goes with it; not here: "
            "it does not go with that one, or not any more",
        ),
        (
            [MergedInto(customer="contoso", confidential=False)],
            "heard",
            "step.merge",
            f"news of {TWO}: a person merged it into this one; not here: it is of another customer",
        ),
    ],
)
def test_news_of_another_ticket_have_a_reason(
    whats: list[Saying], event: str, rule: str, words: str
) -> None:
    found = why_of(hears(Neighbours()[ONE], *whats), event)
    assert (found.rule, found.words, found.policy_version) == (rule, words, "v1")
    assert found.facts["other"] == TWO


def test_a_merge_says_that_it_paused_the_clocks_and_a_split_that_they_go_on() -> None:
    life = merged()
    [asked] = [w for e, w in reasons(life) if e.what.event == "step" and w and "merge" in w.words]
    assert asked.rule == "step.merge"
    assert asked.facts["resolution_clock"] == "pause"
    town = Neighbours().take(ONE, "accept").take(ONE, "merge", into=TWO).talk()
    town.take(ONE, "split").talk()
    split = why_of(town[ONE], "step")
    assert (split.rule, split.facts["resolution_clock"]) == ("step.split", "resume")
    off = why_of(town[ONE], "split_off")
    assert off.words.startswith(f"a person split it off {TWO}; resolution is due 2026-")


def test_a_ticket_that_was_resolved_with_another_is_silent_since_then() -> None:
    life = hears(merged(), IsResolved(code="fixed", text="x"))
    found = why_of(life, "resolved_with")
    assert found.rule == "step.resolve"
    assert found.words == f"{TWO}, which it goes with, was resolved"
    since = life.ticket.silent_since
    assert since is not None
    life.live_until("03-20 12:00")
    assert why_of(life, "closed_by_silence").facts["silent_since"].startswith(f"{since:%Y-%m-%dT}")


def test_why_it_goes_on_by_itself_is_said() -> None:
    ended = why_of(hears(merged(), IsOver()), "split_off")
    assert ended.words.startswith(f"{TWO} came to no result; ")
    refused = why_of(hears(merged(), NotMerged(because="over")), "split_off")
    assert refused.words.startswith(f"{TWO} cannot take it along: it is resolved or over; ")
    assert refused.facts["because"] == "over"


def test_a_ticket_that_could_not_be_told_has_ended() -> None:
    town = Neighbours(ONE).take(ONE, "link", ticket="INC-GONE").talk()
    found = why_of(town[ONE], "unheard")
    assert found.words == "INC-GONE: it has ended for good, or there is none"


def test_what_the_requester_of_a_merged_ticket_says_there_moves_no_clock() -> None:
    town = Neighbours().take(ONE, "merge", into=TWO).take(ONE, "comment", ROSA).talk()
    assert reasons(town[ONE])[-1][1] is None


def test_each_reason_why_not_is_in_words() -> None:
    assert set(BECAUSE) == set(Because.__args__)  # type: ignore[attr-defined]
