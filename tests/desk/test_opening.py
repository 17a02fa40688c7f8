"""How a ticket comes to be: prioritised, routed, acknowledged, with its clocks running."""

import pytest

from desk.clock import due
from desk.events import Opened
from desk.opening import open_ticket
from desk.people import Actor, Role
from desk.ticket import Level, Priority, Reported, Status
from tests.desk.lives import FINN, HOUR, RULES, Life, at, make_opening, make_rules


def test_a_report_becomes_a_new_ticket_with_the_first_line() -> None:
    ticket = Life("03-02 09:00").ticket
    assert (ticket.status, ticket.version, ticket.priority) == (Status.NEW, 1, Priority.P3)
    assert (ticket.group, ticket.line, ticket.assignee) == ("service-desk", 1, None)
    assert (ticket.opened_at, ticket.last_at) == (at("03-02 09:00"),) * 2
    assert (ticket.policy_version, ticket.bounces, ticket.links) == ("v1", 0, ())
    assert [group.id for group in ticket.trail] == ["service-desk"]
    assert (ticket.number, ticket.opening_id) == ("INC-7K3M9Q2M", "opening-1")


def test_its_clocks_run_from_the_opening() -> None:
    life = Life("03-02 09:00")
    assert life.states() == dict.fromkeys(("response", "resolution", "ola_1"), "running")
    assert life.clock("ola_1").group == "service-desk"
    assert due(life.clock("response"), RULES.calendars) == at("03-02 11:00")
    assert due(life.clock("resolution"), RULES.calendars) == at("03-04 09:00")
    assert due(life.clock("ola_1"), RULES.calendars) == at("03-02 13:00")


def test_outside_of_hours_nothing_counts_until_the_office_opens() -> None:
    life = Life("04-02 19:00")
    # Good Friday, the weekend and Easter Monday are free.
    assert due(life.clock("response"), RULES.calendars) == at("04-07 10:00")


def test_what_was_reported_is_kept_as_it_was_said() -> None:
    ticket = Life(category=None, impact=None, urgency=Level.HIGH, service="mail").ticket
    assert ticket.reported == Reported(urgency=Level.HIGH, service="mail")
    assert (ticket.impact, ticket.urgency, ticket.priority) == (
        Level.MEDIUM, Level.HIGH, Priority.P2,
    )  # fmt: skip
    assert (ticket.category, ticket.service) == (None, "mail")


@pytest.mark.parametrize(("impact", "urgency"), [(i, u) for i in Level for u in Level])
def test_the_matrix_gives_the_priority(impact: Level, urgency: Level) -> None:
    ticket = Life(impact=impact, urgency=urgency).ticket
    assert ticket.priority is RULES.matrix[impact][urgency]


@pytest.mark.parametrize(
    ("category", "group"),
    [(None, "service-desk"), ("network", "network-1"), ("hardware", "service-desk")],
)
def test_the_category_gives_the_group(category: str | None, group: str) -> None:
    assert Life(category=category).ticket.group == group


def test_a_category_without_a_first_line_begins_at_the_service_desk() -> None:
    categories = {"backbone": RULES.routing.categories["network"][1:]}
    routing = RULES.routing.model_copy(update={"categories": categories})
    ticket = Life(rules=make_rules(routing=routing), category="backbone").ticket
    assert (ticket.group, ticket.line) == ("service-desk", 1)


def test_the_opening_is_three_events_of_the_first_version() -> None:
    life = Life("03-02 09:00")
    assert [event.what.event for event in life.events] == ["opened", "prioritised", "routed"]
    assert [(event.version, event.index) for event in life.events] == [(1, 0), (1, 1), (1, 2)]
    assert [event.id for event in life.events] == ["opening-1.0", "opening-1.1", "opening-1.2"]
    assert {(event.actor, event.via, event.at) for event in life.events} == {
        ("p-rosa", "api", at("03-02 09:00"))
    }
    assert [event.internal for event in life.events] == [False, False, True]
    assert life.ticket.index == 3


def test_the_first_event_holds_the_report() -> None:
    opened = Life(description="Since this morning", channel="phone").happened(Opened)[0]
    assert (opened.summary, opened.description, opened.channel, opened.requester) == (
        "The printer on floor 3 prints blank pages", "Since this morning", "phone", "p-rosa",
    )  # fmt: skip
    assert opened.reported.category == "hardware"


def test_the_requester_is_acknowledged_once() -> None:
    life = Life()
    assert life.told() == {("acknowledged", "requester"): 1}
    assert life.notices[0].key == "INC-7K3M9Q2M/opening-1.0/acknowledged/requester"
    assert life.notices[0].events == ("opening-1.0",)
    assert life.notices[0].group == "service-desk"


def test_an_agent_reports_for_a_requester() -> None:
    ticket = Life(actor=FINN).ticket
    assert (ticket.requester, ticket.reporter) == ("p-rosa", "p-finn")


def test_a_given_past_tells_nobody() -> None:
    importer = Actor(person="p-adam", roles=(Role.IMPORT,))
    life = Life(clock="given", actor=importer)
    assert life.ticket.clock == "given"
    assert life.told() == {}


def test_correlation_and_door_are_in_every_event() -> None:
    life = Life(correlation="c-7", via="mail")
    assert {(event.correlation, event.via) for event in life.events} == {("c-7", "mail")}


def test_a_confidential_report_is_a_confidential_ticket() -> None:
    assert Life(confidential=True).ticket.confidential


def test_the_same_opening_makes_the_same_ticket() -> None:
    once, twice = (open_ticket(make_opening(), RULES, at("03-02 09:00")) for _ in range(2))
    assert once == twice


def test_a_priority_may_promise_no_time_to_the_groups() -> None:
    targets = {
        priority: {name: target for name, target in own.items() if not name.startswith("ola_")}
        for priority, own in RULES.targets.items()
    }
    life = Life(rules=make_rules(targets=targets))
    assert set(life.states()) == {"response", "resolution"}
    assert due(life.clock("resolution"), RULES.calendars) == at("03-02 09:00") + 48 * HOUR
