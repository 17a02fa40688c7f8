"""Each decision of a machine says its rule, whose version that is, and its facts."""

import re
from datetime import timedelta
from typing import Any

import pytest

from desk.apply import note_refusal
from desk.events import Adopted, Became, Called, Event, HandedOff, Opened, What
from desk.grounds import Grounds, told
from desk.ladder import Call, Ladder, Rung
from desk.why import Why, why, whys
from tests.desk.lives import (
    ADAM,
    FINN,
    HOUR,
    PIA,
    ROSA,
    RULES,
    SENA,
    Life,
    at,
    make_rules,
    make_step,
)

STRICTER = make_rules(
    policy_version="v2",
    closure=RULES.closure.model_copy(update={"reopen_for": timedelta(days=7)}),
    targets={
        name: {
            **targets,
            "resolution": targets["resolution"].model_copy(update={"length": 10 * HOUR}),
        }
        for name, targets in RULES.targets.items()
    },
)


def grounds(life: Life, **changes: Any) -> Grounds:
    """What the ticket's reasons are looked up in."""
    turns = tuple(event for event in life.events if isinstance(event.what, Adopted | Became))
    known = {"older": life.former, "turns": turns, **changes}
    return Grounds(terms=life.rules, clocks=life.ticket.clocks, **known)


def reasons(life: Life, **changes: Any) -> list[tuple[Event, Why | None]]:
    """Each event with its reason; asked for one by one, it is the same."""
    ground = grounds(life, **changes)
    found = whys(life.events, (), ground)
    alone = [why(event, life.events[:n], ground) for n, event in enumerate(life.events)]
    assert found == alone
    assert not [reason for reason in found if reason and re.search(r"\dT\d", reason.words)]
    return list(zip(life.events, found, strict=True))


def why_of(life: Life, kind: str, nth: int = -1, **changes: Any) -> Why:
    """The reason of the nth event of a kind."""
    asked = [reason for event, reason in reasons(life, **changes) if event.what.event == kind]
    found = asked[nth]
    assert found is not None
    return found


def with_event(life: Life, what: What, id: str = "x.0") -> Life:
    """The life, with news of what was done outside."""
    last = life.events[-1]
    fields = {"id": id, "index": last.index + 1, "actor": None, "what": what}
    life.events.append(last.model_copy(update=fields))
    return life


def test_an_opening_was_no_machines_decision() -> None:
    life = Life()
    assert isinstance(life.events[0].what, Opened)
    assert reasons(life)[0][1] is None


def test_the_first_priority_comes_from_the_matrix_and_promises_due_times() -> None:
    found = why_of(Life(impact="high", urgency=None), "prioritised")
    assert (found.rule, found.policy_version) == ("matrix.high.medium", "v1")
    assert found.facts == {
        "impact": "high",
        "urgency": "medium",
        "urgency_from": "default_urgency",
        "priority": "P2",
        "response": "30 min in office",
        "response_due": "2026-03-02T08:30:00Z",
        "resolution": "8 h in office",
        "resolution_due": "2026-03-02T16:00:00Z",
    }
    assert found.words.startswith("impact high and urgency medium make it P2; response is due 2026")


def test_what_was_promised_at_the_opening_is_told_after_it_has_changed() -> None:
    life = Life().take("03-02 10:00", "classify", impact="high", urgency="high")
    first, second = why_of(life, "prioritised", 0), why_of(life, "prioritised", 1)
    assert (first.facts["priority"], first.facts["resolution"]) == ("P3", "20 h in office")
    assert second.rule == "matrix.high.high"
    assert (second.facts["before"], second.facts["priority"]) == ("P3", "P1")
    assert second.facts["resolution"] == "4 h in always"
    # One of the four hours was spent.
    assert second.facts["resolution_due"] == "2026-03-02T12:00:00Z"


def test_the_first_promise_is_told_also_when_it_changed_in_the_same_instant() -> None:
    life = Life().take("03-02 09:00", "classify", impact="high", urgency="high")
    first, second = why_of(life, "prioritised", 0), why_of(life, "prioritised", 1)
    assert (first.facts["resolution"], second.facts["resolution"]) == (
        "20 h in office",
        "4 h in always",
    )


@pytest.mark.parametrize(
    ("category", "rule", "group"),
    [
        ("network", "routing.categories.network", "network-1"),
        ("gardening", "routing.default", "service-desk"),
        (None, "routing.default", "service-desk"),
    ],
)
def test_routing_names_the_category_and_the_line(
    category: str | None, rule: str, group: str
) -> None:
    found = why_of(Life(category=category), "routed")
    assert (found.rule, found.policy_version) == (rule, "v1")
    facts = {"category": category or "none", "line": "1", "group": group, "ola_1": "4 h in office"}
    assert found.facts == facts
    why = f"for category {category}" if category else "where no category is named"
    assert found.words == f"{group} is the group of line 1 {why}"


def test_a_better_category_routes_again() -> None:
    life = Life(category=None).take("03-02 10:00", "classify", category="network")
    found = why_of(life, "routed")
    assert found.rule == "routing.categories.network"
    assert (found.facts["before"], found.facts["group"]) == ("service-desk", "network-1")


def test_a_person_who_names_a_group_decides() -> None:
    life = Life().take("03-02 10:00", "hand_off", group="network-3")
    assert why_of(life, "routed").rule == "step.hand_off"
    assert why_of(life, "routed").words == "a person named network-3"
    life.take("03-02 10:30", "assign", group="network-2")
    assert why_of(life, "routed").rule == "step.assign"


def test_a_line_is_given_to_the_group_that_routing_names_or_that_had_it_last() -> None:
    life = Life().take("03-02 10:00", "hand_off", line=2)
    assert why_of(life, "routed").rule == "routing.categories.hardware"
    life.take("03-02 11:00", "hand_off", SENA, line=1)
    found = why_of(life, "routed")
    assert found.rule == "step.hand_off"
    assert found.words == "handed to line 1; service-desk had it last of that line"


def test_a_rung_says_what_it_did_and_when_it_was_due() -> None:
    life = Life().live_until("03-02 10:00")
    found = why_of(life, "rung_fired")
    assert (found.rule, found.policy_version) == ("ladders.response.50%", "v1")
    assert found.facts == {
        "target": "response",
        "ladder": "response",
        "rung": "50%",
        "percent": "50",
        "nth": "0",
        "due": "2026-03-02T09:00:00Z",
        "target_due": "2026-03-02T10:00:00Z",
        "late_by": "0 h",
        "actions": "tell assignee",
    }
    assert found.words == "50 % of response were used up: due 2026-03-02 09:00 UTC"


def test_a_rung_that_fires_late_and_again_says_so() -> None:
    life = Life().pass_until("03-02 13:00")
    found = why_of(life, "rung_fired", 0)
    assert found.facts["late_by"] != "0 h"
    assert found.words.endswith(f"noticed {found.facts['late_by']} later")
    again = [r for e, r in reasons(life) if r is not None and r.facts.get("nth") == "1"]
    assert "it fired again, the 1. time" in again[0].words
    assert again[0].facts["actions"] == "tell lead"


def test_a_rung_of_a_paused_clock_has_no_due_time_of_its_target() -> None:
    life = Life(impact="low", urgency="low").take("03-02 09:20", "accept")
    life.take("03-02 11:30", "wait", wait_for="vendor")
    life.pass_until("03-05 12:00").take("03-05 12:00", "classify", impact="high", urgency="high")
    fired = why_of(life, "rung_fired")
    assert (fired.rule, fired.facts["target_due"]) == ("ladders.resolution.50%", "paused")
    assert why_of(life, "prioritised").facts["resolution_due"] == "paused"
    assert "resolution is paused" in why_of(life, "prioritised").words


def test_a_breach_names_target_calendar_length_and_how_late() -> None:
    life = Life().pass_until("03-02 12:00")
    found = why_of(life, "breached", 0)
    assert (found.rule, found.policy_version) == ("targets.P3.response", "v1")
    assert found.facts == {
        "target": "response",
        "length": "2 h",
        "calendar": "office",
        "priority": "P3",
        "due": "2026-03-02T10:00:00Z",
        "late_by": "1 h",
    }
    assert found.words.endswith("were used up at 2026-03-02 10:00 UTC, noticed 1 h later")


def test_a_breach_of_a_group_names_the_group() -> None:
    life = Life().take("03-02 09:30", "accept").live_until("03-02 14:00")
    found = [r for _, r in reasons(life) if r is not None and "group" in r.facts]
    breaches = [r for r in found if r.rule.startswith("targets.")]
    assert [(r.rule, r.facts["group"]) for r in breaches] == [("targets.P3.ola_1", "service-desk")]


def test_a_rung_hands_a_ticket_to_the_next_line_and_ends_its_wait() -> None:
    life = Life().take("03-02 09:30", "accept").take("03-02 09:40", "wait", wait_for="change")
    life.live_until("03-04 12:00")
    routed, over = why_of(life, "routed"), why_of(life, "wait_over")
    assert routed.rule == over.rule == "ladders.resolution.100%"
    assert (routed.facts["target"], routed.facts["percent"]) == ("resolution", "100")
    assert (routed.facts["line"], routed.facts["group"]) == ("2", "workplace-2")
    assert routed.words.startswith("rung 100% of ladder resolution handed it to the next line")
    assert (over.facts["because"], over.facts["waited_for"]) == ("hand_off", "change")


def test_a_wait_pauses_by_the_rules_and_ends_at_its_date() -> None:
    life = Life().take("03-02 09:30", "accept")
    life.take("03-02 10:00", "wait", wait_for="vendor", until=at("03-03 10:00"))
    paused = why_of(life, "step")
    assert (paused.rule, paused.facts["resolution_clock"]) == ("pausing", "pause")
    assert paused.facts["resolution_due"] == "paused"
    assert paused.words == "wait moved the clocks: resolution: pause"
    life.live_until("03-03 10:00")
    over = why_of(life, "wait_over")
    assert over.rule == "step.wait"
    assert over.facts["until"] == "2026-03-03T09:00:00Z"
    # 20 hours from monday 09:00, of which one was spent before the pause of a day.
    assert over.facts["resolution_due"] == "2026-03-05T08:00:00Z"


def test_an_answer_of_the_requester_ends_the_wait_for_it() -> None:
    life = Life().take("03-02 10:00", "wait").take("03-02 11:00", "comment", ROSA)
    over = why_of(life, "wait_over")
    assert (over.rule, over.facts["waited_for"]) == ("step.comment", "requester")
    assert why_of(life, "step").facts["next_response_clock"] == "start"


def test_a_hand_off_by_a_person_ends_a_wait() -> None:
    life = Life().take("03-02 10:00", "wait").take("03-02 11:00", "hand_off", line=2)
    assert why_of(life, "wait_over").rule == "step.hand_off"


def test_a_step_that_moves_no_clock_needs_no_reason_and_one_that_does_has_one() -> None:
    life = Life().take("03-02 10:00", "comment", internal=True)
    assert reasons(life)[-1][1] is None
    life.take("03-02 10:30", "accept")
    found = why_of(life, "step")
    assert (found.rule, found.facts["response_clock"]) == ("step.accept", "stop")
    assert "response" not in found.facts


def test_a_note_at_the_instant_of_a_wait_did_not_pause_the_clock() -> None:
    life = Life().take("03-02 10:00", "wait").take("03-02 10:00", "comment", internal=True)
    assert why_of(life, "step", 0).facts["resolution_clock"] == "pause"
    event, reason = reasons(life)[-1]
    assert event.at == at("03-02 10:00")
    assert reason is None


def test_silence_asks_then_closes_then_retires() -> None:
    life = Life().take("03-02 10:00", "accept").take("03-02 11:00", "resolve")
    life.take("03-02 12:00", "comment", ROSA).live_until("04-20 12:00")
    asked, closed = why_of(life, "confirmation_asked"), why_of(life, "closed_by_silence")
    retired = why_of(life, "retired")
    silent = {"silent_since": "2026-03-02T11:00:00Z", "calendar": "office"}
    assert asked.rule == "closure.remind_after_working_days"
    assert asked.facts == {**silent, "nth": "1", "working_days": "2"}
    assert closed.rule == "closure.close_after_working_days"
    assert closed.facts == {**silent, "working_days": "5"}
    assert closed.policy_version == retired.policy_version == "v1"
    assert retired.rule == "closure.reopen_for"
    assert retired.facts == {"closed_at": "2026-03-09T11:00:00Z", "reopen_for": "336 h"}


def test_a_confirmed_and_a_reopened_ticket_begin_anew() -> None:
    life = Life().take("03-02 10:00", "accept").take("03-02 11:00", "resolve")
    life.take("03-02 12:00", "reopen", ROSA).take("03-02 13:00", "resolve")
    life.take("03-02 14:00", "confirm", ROSA).live_until("04-20 12:00")
    assert why_of(life, "retired").facts["closed_at"] == "2026-03-02T13:00:00Z"
    reopened = [r for e, r in reasons(life) if r is not None and r.rule == "step.reopen"]
    assert [r.facts["resolution_clock"] for r in reopened] == ["resume"]


def test_adopted_rules_are_named_from_then_on_and_the_older_before() -> None:
    life = Life().take("03-02 10:00", "adopt", PIA, rules=STRICTER)
    life.take("03-02 10:30", "classify", FINN, category="network", impact="low", urgency="low")
    life.live_until("03-12 12:00")
    found = why_of(life, "adopted")
    assert (found.rule, found.policy_version) == ("step.adopt", "v2")
    assert (found.facts["before"], found.facts["after"]) == ("v1", "v2")
    assert found.facts["resolution"] == "10 h in office"
    assert found.words.startswith("a person moved it: from the rules v1 to v2; ")
    assert why_of(life, "routed", 0).policy_version == "v1"
    assert why_of(life, "routed", 1).policy_version == "v2"
    assert {r.policy_version for _, r in reasons(life)[5:] if r is not None} == {"v2"}


def test_rules_that_are_not_known_any_more_leave_out_what_only_they_say() -> None:
    life = Life(category="network").pass_until("03-02 12:00")
    life.take("03-02 12:30", "resolve").live_until("03-10 12:00")
    life.live_until("04-20 12:00")
    life.rules = STRICTER
    assert why_of(life, "routed", 0).rule == "routing.categories.network"
    assert "ola_1" not in why_of(life, "routed", 0).facts
    assert why_of(life, "breached", 0).facts["calendar"] == "office", "its clock says so"
    assert "working_days" not in why_of(life, "confirmation_asked").facts
    assert "reopen_for" not in why_of(life, "retired").facts
    older = {"v1": RULES}
    assert why_of(life, "retired", older=older).facts["reopen_for"] == "336 h"


def test_a_change_of_service_says_why_the_rules_are_others() -> None:
    life = Life().take("03-02 10:00", "classify", rules=STRICTER, service="mail")
    found = why_of(life, "adopted")
    assert found.rule == "step.classify"
    assert found.words.startswith("the service changed: ")


@pytest.mark.parametrize(("duty", "said"), [("p-sena", "yes"), (None, "no")])
def test_a_hand_off_says_whether_somebody_is_on_duty_but_no_name(
    duty: str | None, said: str
) -> None:
    life = with_event(Life(), HandedOff(group="network-2", duty=duty))
    found = why_of(life, "handed_off")
    assert (found.rule, found.facts) == (
        "organisation.duty",
        {"group": "network-2", "on_duty": said},
    )
    assert "p-" not in found.words


def test_a_call_names_the_rung_that_made_it() -> None:
    early = Rung(key="10%", percent=10, actions=(Call(name="page"),))
    rules = make_rules(
        ladders={**RULES.ladders, "response": Ladder(name="response", rungs=(early,))}
    )
    life = Life(rules=rules).live_until("03-02 09:30")
    fired = life.events[-1]
    assert why_of(life, "rung_fired").facts["actions"] == "call page"
    with_event(life, Called(name="page", done=True, note="sent"), f"{fired.id}-page.0")
    found = why_of(life, "called")
    assert (found.rule, found.policy_version) == ("ladders.response.10%", "v1")
    assert (found.facts["name"], found.facts["done"]) == ("page", "yes")
    assert found.words == "page was called by rung 10% of ladder response"


def test_a_call_of_no_known_rung_is_told_as_such() -> None:
    life = with_event(Life(), Called(name="page", done=False, note="nobody"))
    found = why_of(life, "called")
    assert (found.rule, found.facts) == ("ladders", {"name": "page", "done": "no"})
    assert found.words == "page was called by a rung"


def test_a_refused_step_of_a_machine_says_the_reason() -> None:
    life = Life()
    taken = make_step("resume", ADAM)
    life.take_in(
        note_refusal(life.ticket, life.rules, taken, "it waits for nobody", at("03-02 10:00"))
    )
    found = why_of(life, "refused")
    assert (found.rule, found.policy_version) == ("step.resume", "v1")
    assert found.facts == {"step": "resume", "reason": "it waits for nobody"}


def test_events_without_their_past_still_have_a_reason() -> None:
    life = Life().take("03-02 10:00", "hand_off", group="network-3").pass_until("03-06 12:00")
    life.take("03-06 12:30", "wait", wait_for="vendor", until=at("03-09 12:00"))
    life.live_until("03-09 13:00").take("03-09 14:00", "adopt", PIA, rules=STRICTER)
    life.take("03-09 15:00", "resolve").live_until("05-01 12:00")
    for event in life.events:
        found = why(event, (), grounds(life))
        assert found is None or found.words


def test_an_instant_is_told_as_people_read_it() -> None:
    assert told("2026-11-22T10:00:00Z") == "2026-11-22 10:00 UTC"
    assert told("2026-11-22T10:00:07.250000Z") == "2026-11-22 10:00:07 UTC"
