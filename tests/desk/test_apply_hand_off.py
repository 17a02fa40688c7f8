"""Hand-offs between groups and lines: who gets it, how often it bounced, whose clock runs."""

from datetime import timedelta

import pytest

from desk.clock import due, elapsed
from desk.events import Routed
from desk.ticket import Status, Ticket
from tests.desk.lives import FINN, HOUR, RULES, SENA, Life, at


def where(ticket: Ticket) -> tuple[str, int]:
    return ticket.group, ticket.line


def trail(life: Life) -> list[str]:
    return [group.id for group in life.ticket.trail]


def test_a_hand_off_to_a_group_takes_its_line_and_nobody_of_it_yet() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 09:30", "hand_off", group="network-2", reason="The switch is broken.")
    assert where(life.ticket) == ("network-2", 2)
    assert (life.ticket.assignee, life.ticket.status) == (None, Status.IN_PROGRESS)
    step, routed = life.events[-2:]
    assert step.what.model_dump()["step"]["reason"] == "The switch is broken."
    assert isinstance(routed.what, Routed)
    assert (routed.what.group.id, routed.what.by, routed.what.bounced) == (
        "network-2", "person", False,
    )  # fmt: skip
    assert routed.what.before is not None
    assert routed.what.before.id == "service-desk"
    assert routed.what.reason == "The switch is broken."
    assert (step.internal, routed.internal) == (True, True)


def test_a_hand_off_clears_who_was_on_duty_in_the_former_group() -> None:
    life = Life("03-02 09:00")
    life.ticket = life.ticket.model_copy(update={"duty": "p-finn"})
    assert life.take("03-02 09:30", "hand_off", group="network-2").ticket.duty is None


def test_a_new_ticket_that_is_handed_off_is_still_new() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "hand_off", group="network-2")
    assert life.ticket.status is Status.NEW
    assert life.states()["response"] == "running"


def test_a_line_that_never_had_it_gets_it_by_the_routing_of_its_category() -> None:
    life = Life("03-02 09:00", category="network").take("03-02 09:10", "hand_off", line=2)
    assert where(life.ticket) == ("network-2", 2)
    assert where(life.take("03-02 09:20", "hand_off", line=3).ticket) == ("network-3", 3)


def test_without_a_category_a_line_is_that_of_the_default_routing() -> None:
    life = Life("03-02 09:00", category=None).take("03-02 09:10", "hand_off", line=3)
    assert where(life.ticket) == ("engineering-3", 3)


def test_a_line_that_had_it_gets_it_back_in_the_group_that_had_it_last() -> None:
    life = Life("03-02 09:00", category="hardware")
    for minute, group in enumerate(["network-2", "workplace-2", "network-2", "engineering-3"]):
        life.take(f"03-02 09:{minute:02}", "hand_off", SENA, group=group)
    life.take("03-02 10:00", "hand_off", line=2)
    assert where(life.ticket) == ("network-2", 2)
    life.take("03-02 10:10", "hand_off", line=1)
    assert where(life.ticket) == ("service-desk", 1)


def test_what_was_classified_anew_goes_to_the_group_that_had_it_and_not_to_the_new_routing() -> (
    None
):
    life = Life("03-02 09:00").take("03-02 09:10", "hand_off", line=2)
    life.take("03-02 09:20", "hand_off", line=3).take("03-02 09:30", "classify", category="network")
    assert where(life.take("03-02 09:40", "hand_off", line=2).ticket)[0] == "workplace-2"


@pytest.mark.parametrize(
    ("groups", "bounces"),
    [
        pytest.param([], 0, id="A"),
        pytest.param(["network-2"], 0, id="A-B"),
        pytest.param(["network-2", "service-desk"], 1, id="A-B-A"),
        pytest.param(["network-2", "network-3"], 0, id="A-B-C"),
        pytest.param(["network-2", "network-3", "service-desk"], 1, id="A-B-C-A"),
        pytest.param(["network-2", "service-desk", "network-2"], 2, id="A-B-A-B"),
        pytest.param(["network-2", "service-desk", "network-2", "network-3"], 2, id="A-B-A-B-C"),
    ],
)
def test_a_bounce_is_a_return_to_a_group_that_had_it_before(
    groups: list[str], bounces: int
) -> None:
    life = Life("03-02 09:00")
    for minute, group in enumerate(groups):
        life.take(f"03-02 09:{minute:02}", "hand_off", group=group)
    assert life.ticket.bounces == bounces
    assert sum(routed.bounced for routed in life.happened(Routed)) == bounces
    assert trail(life)[-1] == life.ticket.group
    assert len(set(trail(life))) == len(trail(life))


def test_the_trail_keeps_each_group_once_the_latest_last() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "hand_off", group="network-2")
    life.take("03-02 09:20", "hand_off", group="service-desk")
    assert trail(life) == ["network-2", "service-desk"]


def test_row_19_the_clock_of_the_group_starts_anew_and_the_promise_does_not() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 12:00", "hand_off", group="workplace-2")
    assert "ola_1" not in life.states()
    ola, resolution = life.clock("ola_2"), life.clock("resolution")
    assert (ola.group, ola.marks[0].at) == ("workplace-2", at("03-02 12:00"))
    assert elapsed(ola, RULES.calendars, at("03-02 13:00")) == HOUR
    assert elapsed(resolution, RULES.calendars, at("03-02 13:00")) == 4 * HOUR
    # 12 working hours from monday 12:00: six on monday, six on tuesday. 20 from monday 09:00: nine
    # on monday, ten on tuesday, one on wednesday.
    assert due(ola, RULES.calendars) == at("03-03 14:00")
    assert due(resolution, RULES.calendars) == at("03-04 09:00")


def test_row_19_a_group_of_the_same_line_gets_its_own_time() -> None:
    life = Life("03-02 09:00").take("03-02 10:00", "hand_off", group="workplace-2")
    life.take("03-02 15:00", "hand_off", group="network-2")
    assert [c.target for c in life.ticket.clocks if c.target.startswith("ola_")] == ["ola_2"]
    assert life.clock("ola_2").group == "network-2"
    assert elapsed(life.clock("ola_2"), RULES.calendars, at("03-02 15:30")) == timedelta(minutes=30)


def test_a_hand_off_ends_a_wait_and_says_so() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 10:00", "wait", wait_for="vendor", until=at("03-04 10:00"))
    mark = len(life.events)
    life.take("03-02 15:00", "hand_off", line=2)
    assert life.story(mark) == [
        "03-02 15:00 hand_off",
        "03-02 15:00 wait over: hand_off",
        "03-02 15:00 to workplace-2 by person",
    ]
    assert (life.ticket.status, life.ticket.waiting_for, life.ticket.wait_until) == (
        Status.IN_PROGRESS, None, None,
    )  # fmt: skip
    assert elapsed(life.clock("resolution"), RULES.calendars, at("03-02 16:00")) == 2 * HOUR


def test_an_assignment_to_another_group_is_a_hand_off_without_words() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 09:20", "assign", group="network-2")
    assert where(life.ticket) == ("network-2", 2)
    assert life.ticket.assignee is None
    assert life.story()[-1] == "03-02 09:20 to network-2 by person"


def test_an_assignment_to_a_person_tells_them_and_waits_for_them_to_accept() -> None:
    life = Life("03-02 09:00").take("03-02 09:20", "assign", assignee="p-sena")
    assert (life.ticket.assignee, life.ticket.status) == ("p-sena", Status.NEW)
    assert where(life.ticket) == ("service-desk", 1)
    assert life.told()["assigned", "p-sena"] == 1
    assert life.states()["response"] == "running", "nobody has answered the requester yet"


def test_an_assignment_to_a_person_of_another_group_does_both() -> None:
    life = Life("03-02 09:00").take("03-02 09:20", "assign", group="network-2", assignee="p-sena")
    assert where(life.ticket) == ("network-2", 2)
    assert life.ticket.assignee == "p-sena"


def test_an_assignment_within_the_group_keeps_its_clock() -> None:
    life = Life("03-02 09:00")
    before = life.clock("ola_1")
    life.take("03-02 09:20", "assign", group="service-desk", assignee="p-lena")
    assert life.clock("ola_1") == before
    assert len(life.happened(Routed)) == 1
    assert life.ticket.bounces == 0


def test_a_group_that_is_given_a_waiting_ticket_does_not_spend_its_time_on_it() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept").take("03-02 10:00", "wait")
    life.take("03-02 11:00", "assign", group="network-2")
    assert life.ticket.status is Status.WAITING
    assert life.states()["ola_2"] == "paused"
    life.take("03-04 10:00", "resume", FINN)
    assert life.states()["ola_2"] == "running"
    assert elapsed(life.clock("ola_2"), RULES.calendars, at("03-04 11:00")) == HOUR
