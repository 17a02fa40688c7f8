"""Why an event happened stays what it was, whatever the ticket moves to or becomes later."""

from datetime import timedelta
from typing import Any

import pytest

from desk.events import Adopted, ApprovalEnded, Became
from desk.grounds import Grounds
from desk.why import Why, whys
from tests.desk.lives import PIA, ROSA, RULES, Life, make_rules
from tests.desk.orders import LAPTOP, MAX, Request, make_item, rules_of, stage, task
from tests.desk.test_becoming import INCIDENT, ORDERS, become_request
from tests.desk.test_why import grounds, reasons, why_of

OTHER = make_item(
    key="licence",
    approvals=(stage("owner", 1, *LAPTOP.approvals[0].approvers),),
    tasks=(task("assign", "directory"),),
)
ANOTHER: dict[str, Any] = {**ORDERS, "item": OTHER.key, "rules": rules_of(OTHER)}


def told(life: Life) -> list[Why | None]:
    """The reason of each event, in order."""
    return [reason for _, reason in reasons(life)]


def turned_often() -> list[Life]:
    """A life as it looked before each of its turns, and in the end."""
    life = Life(category="network").take("03-02 09:30", "accept")
    life.take("03-02 09:40", "comment").take("03-02 09:45", "wait")
    seen = []

    def look() -> None:
        then = Life.__new__(Life)
        then.__dict__ = {**life.__dict__, "events": list(life.events), "former": dict(life.former)}
        seen.append(then)

    look()
    become_request(life, "03-02 10:00").take("03-02 10:30", "approve", MAX)
    look()
    life.take("03-02 11:00", "become", rules=RULES, **INCIDENT).take("03-02 11:10", "accept")
    look()
    life.take("03-02 11:30", "become", **ANOTHER)
    look()
    life.take("03-02 12:00", "become", rules=RULES, **INCIDENT).pass_until("03-02 18:00")
    look()
    return seen


def test_no_reason_changes_by_what_the_ticket_becomes_later() -> None:
    *earlier, life = turned_often()
    found = told(life)
    for then in earlier:
        assert told(then) == found[: len(then.events)]


def test_what_was_ordered_is_told_by_its_item_also_when_another_is_ordered_now() -> None:
    *_, life = turned_often()
    asked = [why for event, why in reasons(life) if event.what.event == "approval_asked"]
    rules = [why.rule for why in asked if why is not None]
    assert rules == [
        "catalogue.laptop.approvals.manager",
        "catalogue.laptop.approvals.finance",
        "catalogue.licence.approvals.owner",
    ]


def test_the_group_is_told_by_the_item_or_by_routing_as_it_was() -> None:
    *_, life = turned_often()
    words = [why.words for event, why in reasons(life) if event.what.event == "routed" and why]
    assert words[:2] == [
        "network-1 is the group of line 1 for category network",
        "service-desk is the group of item laptop",
    ]


def test_no_category_is_left_of_what_was_an_order() -> None:
    far = make_item(group=LAPTOP.tasks[0].group)
    life = Life(category="network").take("03-02 10:00", "become", rules=rules_of(far), **ORDERS)
    life.take("03-02 11:00", "become", rules=RULES, **INCIDENT)
    found = why_of(life, "routed")
    assert found.rule == "routing.default"
    assert found.words == "service-desk is the group of line 1 where no category is named"


def test_what_a_step_did_to_the_clocks_of_the_former_kind_is_told_after_it() -> None:
    life = Life().take("03-02 09:30", "accept")
    before = why_of(life, "step")
    become_request(life).take("03-02 11:00", "become", rules=RULES, **INCIDENT)
    assert before.facts["response_clock"] == "stop"
    assert why_of(life, "step", 0) == before
    became = why_of(life, "step", 1)
    assert (became.rule, became.facts["resolution_clock"]) == ("step.become", "stop")


def test_terms_that_it_became_by_say_which_they_are_and_what_they_promise() -> None:
    life = Request().take("03-02 10:00", "become", rules=RULES, **INCIDENT)
    found = why_of(life, "adopted")
    assert found.rule == "step.become"
    assert found.words.startswith(
        "it is of another kind now: to other terms of the rules v1; response is due"
    )
    assert life.happened(Adopted)[0].terms_before in life.former


def test_an_approval_ends_by_the_step_that_nobody_needs_it_after() -> None:
    life = Request().take("03-02 10:00", "become", rules=RULES, **INCIDENT)
    assert why_of(life, "approval_ended").rule == "step.become"
    life = Request().take("03-02 10:00", "withdraw", ROSA)
    found = why_of(life, "approval_ended")
    assert found.rule == "step.withdraw"
    assert found.words == "what is not wanted any more needs no approval"
    assert life.happened(ApprovalEnded)[0].how == "withdrawn"


def test_a_clock_is_told_in_the_calendar_that_it_was_measured_in() -> None:
    life = Life()
    before = why_of(life, "prioritised")
    become_request(life)
    office = RULES.calendars["office"]
    half = office.model_copy(update={"holidays": ()})
    assert half != office
    other = make_rules(policy_version="v2", calendars={**RULES.calendars, "office": half})
    life.take("03-02 11:00", "become", rules=other, **INCIDENT)
    life.take("03-02 12:00", "adopt", PIA, rules=RULES)
    assert why_of(life, "prioritised", 0) == before


def test_a_calendar_that_is_carried_along_has_its_own_name_until_then() -> None:
    always = RULES.calendars["always"].model_copy(update={"name": "office"})
    other = make_rules(policy_version="v2", calendars={**RULES.calendars, "office": always})
    life = Life().take("03-02 12:00", "hand_off", group="network-3")
    before = told(life)
    life.take("03-02 13:00", "adopt", PIA, rules=other).pass_until("03-04 12:00")
    assert "office@v1" in life.rules.calendars
    assert told(life)[: len(before)] == before


@pytest.mark.parametrize("known", [{}, {"v1": RULES}])
def test_terms_that_are_known_no_more_leave_out_what_only_they_say(known: dict[str, Any]) -> None:
    life = become_request(Life()).take("03-02 11:00", "become", rules=RULES, **INCIDENT)
    life.pass_until(life.ticket.last_at + timedelta(days=3))
    found = [reason for _, reason in reasons(life, older=known)]
    bare = dict(zip((event.id for event in life.events), found, strict=True))
    for event, reason in reasons(life):
        told = bare[event.id]
        assert told is None or reason is None or told.facts.items() <= reason.facts.items()
    assert "catalogue" not in str(found)
    # Those of the version say less than the ticket's own: nothing of an item.
    assert ("ola_1" in found[2].facts if found[2] else False) is bool(known)


def test_a_stage_that_the_item_does_not_have_has_no_reason() -> None:
    life = become_request(Life())
    life.rules = rules_of(OTHER)
    (asked,) = [why for event, why in reasons(life) if event.what.event == "approval_asked"]
    assert asked is None


def test_without_its_turns_a_ticket_is_explained_by_what_it_has_now() -> None:
    life = become_request(Life())
    assert any(isinstance(event.what, Became) for event in life.events)
    bare = Grounds(terms=None, clocks=life.ticket.clocks)
    assert len(whys(life.events, (), bare)) == len(life.events)
    assert grounds(life).item == LAPTOP
