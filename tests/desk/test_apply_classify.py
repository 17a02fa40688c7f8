"""Classification and acceptance, links: what was found beside what was reported."""

from datetime import timedelta
from typing import Any

import pytest

from desk.clock import due, elapsed, length
from desk.deadlines import next_due
from desk.events import Breached, Prioritised, Routed, RungFired
from desk.ticket import Level, Link, LinkKind, Priority, Reported
from tests.desk.lives import HOUR, RULES, SENA, Life, at, said

CALENDARS = RULES.calendars
P1: dict[str, Any] = {"impact": "high", "urgency": "high"}
P4: dict[str, Any] = {"impact": "low", "urgency": "low"}


def test_what_was_reported_and_what_was_found_are_kept_apart() -> None:
    life = Life("03-02 09:00", category="phones", impact=None, urgency=None, service="mail")
    life.take("03-02 09:10", "classify", category="hardware", **P1)
    ticket = life.ticket
    assert ticket.reported == Reported(category="phones", service="mail")
    assert (ticket.category, ticket.impact, ticket.urgency) == ("hardware", Level.HIGH, Level.HIGH)
    assert ticket.service == "mail", "a classification that names no service keeps it"
    assert ticket.priority is Priority.P1


def test_a_service_that_was_found_is_kept_beside_the_one_reported() -> None:
    life = Life("03-02 09:00", service="mail").take("03-02 09:10", "classify", service="web")
    assert (life.ticket.service, life.ticket.reported.service) == ("web", "mail")


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [(i, u, RULES.matrix[i][u]) for i in Level for u in Level],
)
def test_the_matrix_of_the_terms_gives_the_priority(
    impact: Level, urgency: Level, priority: Priority
) -> None:
    life = Life("03-02 09:00")
    life.take("03-02 09:10", "classify", impact=impact.value, urgency=urgency.value)
    assert life.ticket.priority is priority
    for target in ("response", "resolution", "ola_1"):
        promised = RULES.target(priority, target)
        assert promised is not None
        assert length(life.clock(target)) == promised.length


def test_a_new_priority_is_an_event_and_the_same_one_is_not() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "classify", **P1)
    event = life.happened(Prioritised)[-1]
    assert (event.before, event.priority, event.policy_version) == (
        Priority.P3, Priority.P1, "v1",
    )  # fmt: skip
    many = len(life.happened(Prioritised))
    life.take("03-02 09:12", "classify", **P1)
    assert len(life.happened(Prioritised)) == many


def test_row_8_time_spent_counts_against_the_new_target() -> None:
    life = Life("03-02 09:00").take("03-02 09:30", "accept")
    life.take("03-02 12:00", "classify", impact="high", urgency="medium")
    # P2 has eight working hours, three of them are gone: five more from noon.
    assert due(life.clock("resolution"), CALENDARS) == at("03-02 17:00")


def test_row_8_a_new_target_while_it_waits_keeps_what_was_spent_and_goes_on_paused() -> None:
    life = Life("03-02 09:00").take("03-02 10:00", "accept").take("03-02 11:00", "wait")
    life.take("03-03 11:00", "classify", impact="high", urgency="medium")
    assert life.states()["resolution"] == "paused"
    assert due(life.clock("resolution"), CALENDARS) is None
    life.take("03-04 09:00", "resume")
    assert due(life.clock("resolution"), CALENDARS) == at("03-04 15:00")


def test_another_calendar_counts_from_the_classification_on() -> None:
    life = Life("03-06 17:00").take("03-06 17:10", "accept")
    life.take("03-07 09:00", "classify", **P1)
    # One office hour on friday; then saturday, around the clock.
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-07 10:00")) == 2 * HOUR
    assert due(life.clock("resolution"), CALENDARS) == at("03-07 12:00")


def test_row_9_a_p1_whose_targets_are_past_is_missed_at_once_with_its_rungs() -> None:
    life = Life("03-02 09:00")
    mark = len(life.events)
    life.take("03-02 10:10", "classify", **P1)
    # 70 minutes are spent of 15: due at 09:11:15 and 09:15. The half was told before; the group
    # that owed it within 30 minutes has lost it by then.
    assert life.story(mark) == [
        "03-02 10:00 response 50%, 0:10:00 late",
        "03-02 10:10 classify",
        "03-02 10:10 prioritised",
        "03-02 10:10 response 75%, 0:58:45 late",
        "03-02 10:10 response breached, 0:55:00 late",
        "03-02 10:10 response 100%, 0:55:00 late",
        "03-02 10:10 to workplace-2 by rung",
    ]
    breached, last = life.happened(Breached)[-1], life.happened(RungFired)[-1]
    assert (breached.due, last.due, last.target_due) == (at("03-02 09:15"),) * 3
    assert life.clock("response").breached_at == at("03-02 10:10"), "when it became so"
    assert said(next_due(life.ticket, life.rules) or at("01-01 00:00")) == "03-02 10:15"


def test_a_longer_target_clears_the_breach_and_no_rung_fires_again() -> None:
    life = Life("03-02 09:00", impact="high", urgency="high").live_until("03-02 09:20")
    assert life.states()["response"] == "breached"
    fired = len(life.happened(RungFired))
    life.take("03-02 09:30", "classify", **P4)
    assert life.states()["response"] == "running"
    # Four office hours: half an hour has gone. The rungs fired for P1 and are done.
    assert due(life.clock("response"), CALENDARS) == at("03-02 13:00")
    life.live_until("03-02 13:00")
    assert len(life.happened(RungFired)) == fired
    assert [b.due for b in life.happened(Breached)] == [at("03-02 09:15"), at("03-02 13:00")]


def test_a_shorter_target_leaves_the_rungs_that_fired_and_fires_the_others() -> None:
    life = Life("03-02 09:00").live_until("03-02 10:00")
    life.take("03-02 10:05", "classify", impact="high", urgency="medium")
    rungs = [fired.rung for fired in life.happened(RungFired)]
    assert rungs == ["50%", "75%", "100%"]


def test_a_met_response_stays_met_under_a_shorter_target() -> None:
    life = Life("03-02 09:00").take("03-02 10:00", "accept").take("03-02 10:10", "classify", **P1)
    assert life.states()["response"] == "met"
    assert [breached.target for breached in life.happened(Breached)] == ["ola_1"]


def test_an_untouched_ticket_is_routed_anew() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "classify", category="network")
    assert (life.ticket.group, life.ticket.line) == ("network-1", 1)
    routed = life.happened(Routed)[-1]
    assert (routed.by, routed.bounced) == ("routing", False)
    assert life.clock("ola_1").group == "network-1"


def test_a_ticket_whose_category_stays_with_its_group_is_not_routed() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "classify", category="phones")
    assert len(life.happened(Routed)) == 1


@pytest.mark.parametrize("step", ["accept", "assign"])
def test_a_ticket_that_somebody_has_stays_where_it_is(step: str) -> None:
    life = Life("03-02 09:00").take("03-02 09:10", step)
    assert life.take("03-02 09:20", "classify", category="network").ticket.group == "service-desk"


def test_a_ticket_on_a_later_line_stays_where_it_is() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "hand_off", group="workplace-2")
    assert life.take("03-02 09:20", "classify", category="network").ticket.group == "workplace-2"


def test_a_ticket_that_a_person_put_where_it_is_stays_there() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "assign", group="network-1")
    assert life.take("03-02 09:20", "classify", category="hardware").ticket.group == "network-1"


def test_a_category_without_a_first_line_moves_nobody() -> None:
    second_only = RULES.routing.categories["network"][1:]
    routing = RULES.routing.model_copy(
        update={"categories": {**RULES.routing.categories, "backbone": second_only}}
    )
    rules = RULES.model_copy(update={"routing": routing})
    life = Life("03-02 09:00", rules).take("03-02 09:10", "classify", category="backbone")
    assert life.ticket.group == "service-desk"
    assert life.take("03-02 09:20", "hand_off", line=2).ticket.group == "network-2"


def test_who_accepts_takes_it_over_from_who_had_it() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept").take("03-02 09:20", "accept", SENA)
    assert life.ticket.assignee == "p-sena"
    assert life.ticket.group == "service-desk"


def test_links_are_kept_in_their_order() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "link", kind="duplicate_of")
    life.take("03-02 09:30", "link", kind="child")
    assert life.ticket.links == (
        Link(kind=LinkKind.DUPLICATE_OF, ticket="INC-00000012"),
        Link(kind=LinkKind.CHILD, ticket="INC-00000012"),
    )
    assert life.events[-1].internal


def test_a_priority_without_such_a_target_leaves_the_clock_its_promise() -> None:
    targets = {**RULES.targets, Priority.P4: dict(RULES.targets[Priority.P4])}
    del targets[Priority.P4]["ola_1"]
    life = Life("03-02 09:00", RULES.model_copy(update={"targets": targets}))
    life.take("03-02 09:10", "accept").take("03-02 09:10", "classify", **P4)
    assert length(life.clock("ola_1")) == timedelta(hours=4)
    assert life.live_until("03-02 13:00").states()["ola_1"] == "breached"


def test_a_priority_without_a_target_for_the_group_starts_no_clock() -> None:
    targets = {**RULES.targets, Priority.P3: dict(RULES.targets[Priority.P3])}
    del targets[Priority.P3]["ola_2"]
    life = Life("03-02 09:00", RULES.model_copy(update={"targets": targets}))
    assert set(life.take("03-02 09:10", "hand_off", line=2).states()) == {"response", "resolution"}
