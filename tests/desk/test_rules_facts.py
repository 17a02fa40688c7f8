"""Facts that do not exist or cannot be: each is refused by the name of its field, with advice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.errors import DeskError, InvalidFact, KeyReused, NotPermitted
from desk.fitting import hand_off_to
from desk.rules import check
from tests.desk.lives import ADAM, FINN, NUMBER, ROSA, RULES, Life, at, make_step, make_taken

NOON = at("03-02 12:00")


@pytest.mark.parametrize(
    ("step", "fields", "field", "advice"),
    [
        pytest.param(
            "classify",
            {"category": "gardening"},
            "category",
            "is unknown to this ticket's terms: one of hardware, network, phones",
            id="unknown-category",
        ),
        pytest.param(
            "assign",
            {"group": "night-watch"},
            "group",
            "there is no support group 'night-watch'",
            id="unknown-group-assign",
        ),
        pytest.param(
            "hand_off",
            {"group": "night-watch"},
            "group",
            "there is no support group 'night-watch'",
            id="unknown-group-hand-off",
        ),
        pytest.param(
            "hand_off",
            {"group": "service-desk"},
            "group",
            "the ticket is with service-desk already",
            id="where-it-is",
        ),
        pytest.param(
            "hand_off",
            {"line": 1},
            "line",
            "the ticket is with service-desk already",
            id="the-line-where-it-is",
        ),
        pytest.param("wait", {"until": NOON}, "until", "must lie in the future", id="until-now"),
        pytest.param(
            "wait",
            {"until": NOON - timedelta(days=1)},
            "until",
            "must lie in the future",
            id="until-yesterday",
        ),
        pytest.param("resolve", {"code": "magic"}, "code", "one of fixed, workaround", id="code"),
        pytest.param(
            "link",
            {"ticket": NUMBER},
            "ticket",
            "a ticket cannot be linked to itself",
            id="link-to-itself",
        ),
    ],
)
def test_a_wrong_fact_is_refused_by_its_field(
    step: str, fields: dict[str, Any], field: str, advice: str
) -> None:
    with pytest.raises(InvalidFact) as refused:
        check(Life("03-02 09:00").ticket, RULES, make_step(step, **fields), NOON)
    assert (refused.value.field, str(refused.value)) == (field, advice)
    assert refused.value.details() == {"field": field}
    assert isinstance(refused.value, DeskError)


def test_a_line_that_no_group_of_the_category_sits_on_is_refused() -> None:
    life = Life("03-02 09:00", category="phones")
    with pytest.raises(InvalidFact, match="no group of line 3 takes category 'phones'") as refused:
        check(life.ticket, RULES, make_step("hand_off", line=3), NOON)
    assert refused.value.field == "line"


def test_a_wait_may_end_a_second_from_now() -> None:
    step = make_step("wait", until=NOON + timedelta(seconds=1))
    check(Life("03-02 09:00").ticket, RULES, step, NOON)


def test_only_a_given_clock_takes_an_instant() -> None:
    with pytest.raises(InvalidFact, match="leave it out") as refused:
        check(Life("03-02 09:00").ticket, RULES, make_step("accept", at=NOON), NOON)
    assert refused.value.field == "at"


def test_a_given_clock_needs_an_instant() -> None:
    life = Life("03-02 09:00", clock="given", actor=ADAM)
    with pytest.raises(InvalidFact, match="say when the step was taken") as refused:
        check(life.ticket, RULES, make_step("accept", ADAM), NOON)
    assert refused.value.field == "at"


def test_a_given_clock_does_not_go_backwards() -> None:
    life = Life("03-02 09:00", clock="given", actor=ADAM)
    life.take("03-02 10:00", "accept", ADAM, at=at("03-02 10:00"))
    check(life.ticket, RULES, make_step("comment", ADAM, at=at("03-02 10:00")), NOON)
    early = make_step("comment", ADAM, at=at("03-02 10:00") - timedelta(seconds=1))
    with pytest.raises(InvalidFact, match="is before the ticket's last event") as refused:
        check(life.ticket, RULES, early, NOON)
    assert refused.value.field == "at"
    assert "09:00:00" in str(refused.value), "the last event's instant, in UTC"


def test_a_given_clock_does_not_go_beyond_the_years_that_calendars_know() -> None:
    life = Life("03-02 09:00", clock="given", actor=ADAM)
    far = datetime(2150, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidFact) as refused:
        check(life.ticket, RULES, make_step("accept", ADAM, at=far), far)
    assert refused.value.field == "at"


def test_a_service_of_another_customer_is_refused() -> None:
    facts = {"service": "mail", "category": "network", "impact": "low", "urgency": "low"}
    theirs = make_taken("classify", FINN, service_customer="somebody-else", **facts)
    with pytest.raises(InvalidFact, match="no such service for this requester") as refused:
        check(Life("03-02 09:00").ticket, RULES, theirs, NOON)
    assert refused.value.field == "service"


def test_a_requester_has_no_internal_notes() -> None:
    life = Life("03-02 09:00")
    with pytest.raises((NotPermitted, InvalidFact)):
        check(life.ticket, RULES, make_step("comment", ROSA, internal=True), NOON)


@pytest.mark.parametrize(
    ("named", "goes_to"), [({}, "service-desk"), ({"group": "network-2"}, "network-2")]
)
def test_an_assignee_belongs_to_the_group_that_the_ticket_is_then_with(
    named: dict[str, str], goes_to: str
) -> None:
    ticket, fields = Life("03-02 09:00").ticket, {"assignee": "p-theo", **named}
    stranger = make_taken("assign", FINN, assignee_groups=("network-3",), **fields)
    with pytest.raises(InvalidFact, match=f"is no member of {goes_to}") as refused:
        check(ticket, RULES, stranger, NOON)
    assert refused.value.field == "assignee"
    check(ticket, RULES, make_taken("assign", FINN, assignee_groups=(goes_to,), **fields), NOON)


def test_a_hand_off_to_a_group_names_the_line_that_was_looked_up() -> None:
    life = Life("03-02 09:00")
    taken = make_taken("hand_off", FINN, group="network-2", group_line=2, reason="Look at it.")
    found = hand_off_to(life.ticket, RULES, taken)
    assert (found.id, found.line) == ("network-2", 2)


def test_a_key_used_twice_says_what_to_do() -> None:
    assert "take a new one" in str(KeyReused())
