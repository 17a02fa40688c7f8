"""What is said on a ticket, and what it does to the clocks: answers, notes, waits, workarounds."""

from datetime import timedelta
from typing import Any

import pytest

from desk.clock import due, elapsed, stopped_at
from desk.events import StepTaken, WaitOver
from desk.people import Actor
from desk.ticket import Status, WaitFor
from tests.desk.lives import FINN, HOUR, ROSA, RULES, SENA, Life, at

CALENDARS = RULES.calendars


def answered() -> Life:
    """Opened on monday at 09:00, accepted by finn at 09:30."""
    return Life("03-02 09:00").take("03-02 09:30", "accept")


def test_row_13_the_first_accept_meets_the_response() -> None:
    life = answered()
    assert life.states() == {"response": "met", "resolution": "running", "ola_1": "running"}
    assert stopped_at(life.clock("response")) == at("03-02 09:30")
    assert (life.ticket.assignee, life.ticket.status) == ("p-finn", Status.IN_PROGRESS)


def test_row_13_a_public_answer_of_an_agent_meets_the_response() -> None:
    life = Life("03-02 09:00").take("03-02 09:30", "comment")
    assert life.states()["response"] == "met"
    assert life.ticket.status is Status.NEW, "to say something is not to take it on"
    assert life.told()["comment", "requester"] == 1


@pytest.mark.parametrize(
    ("step", "fields"),
    [("workaround", {}), ("resolve", {}), ("wait", {"wait_for": "requester"})],
)
def test_row_13_whatever_is_said_to_the_requester_is_an_answer(
    step: str, fields: dict[str, Any]
) -> None:
    assert Life("03-02 09:00").take("03-02 09:30", step, **fields).states()["response"] == "met"


@pytest.mark.parametrize(
    ("step", "by", "fields"),
    [
        pytest.param("comment", FINN, {"internal": True}, id="internal-note"),
        pytest.param("comment", ROSA, {}, id="requester"),
        pytest.param("assign", FINN, {}, id="assign"),
        pytest.param("hand_off", FINN, {}, id="hand-off"),
        pytest.param("classify", FINN, {}, id="classify"),
        pytest.param("link", FINN, {}, id="link"),
        pytest.param("wait", FINN, {"wait_for": "vendor"}, id="wait-for-vendor"),
    ],
)
def test_row_13_what_the_requester_does_not_hear_is_no_answer(
    step: str, by: Actor, fields: dict[str, Any]
) -> None:
    life = Life("03-02 09:00").take("03-02 09:30", step, by, **fields)
    assert life.states()["response"] == "running"


def test_a_note_is_internal_and_tells_nobody() -> None:
    life = answered()
    before = life.told()
    life.take("03-02 10:00", "comment", internal=True)
    assert life.events[-1].internal
    assert life.told() == before


def test_a_public_comment_is_seen_by_the_requester() -> None:
    assert not answered().take("03-02 10:00", "comment").events[-1].internal


def test_a_response_that_was_missed_stays_missed_when_it_comes() -> None:
    life = Life("03-02 09:00").take("03-02 12:00", "comment")
    assert life.states()["response"] == "breached"


def test_a_comment_before_the_first_answer_starts_no_second_clock() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "comment", ROSA)
    assert "next_response" not in life.states()


def test_a_comment_of_the_requester_after_the_first_answer_asks_for_the_next_one() -> None:
    life = answered().take("03-02 16:00", "comment", ROSA)
    assert life.states()["next_response"] == "running"
    assert life.told()["comment", "p-finn"] == 1
    # four working hours: two on monday, two on tuesday
    assert due(life.clock("next_response"), CALENDARS) == at("03-03 10:00")


def test_a_second_comment_does_not_give_the_desk_more_time() -> None:
    life = answered().take("03-02 16:00", "comment", ROSA).take("03-02 17:30", "comment", ROSA)
    assert due(life.clock("next_response"), CALENDARS) == at("03-03 10:00")


def test_the_next_answer_is_met_by_a_public_comment_and_not_by_a_note() -> None:
    life = answered().take("03-02 16:00", "comment", ROSA)
    assert life.take("03-02 16:10", "comment", internal=True).states()["next_response"] == "running"
    assert life.take("03-02 16:20", "comment", SENA).states()["next_response"] == "met"


def test_each_word_of_the_requester_after_an_answer_asks_anew() -> None:
    life = answered().take("03-02 10:00", "comment", ROSA).take("03-02 10:30", "comment")
    life.take("03-02 11:00", "comment", ROSA)
    assert life.states()["next_response"] == "running"
    assert due(life.clock("next_response"), CALENDARS) == at("03-02 15:00")
    assert [clock.target for clock in life.ticket.clocks].count("next_response") == 1


def test_who_is_agent_and_requester_speaks_as_the_requester_on_their_own_ticket() -> None:
    life = Life("03-02 09:00", requester="p-sena").take("03-02 09:10", "comment", SENA)
    assert life.states()["response"] == "running"


@pytest.mark.parametrize("wait_for", ["requester", "vendor"])
def test_a_wait_stops_resolution_and_group_and_not_the_response(wait_for: str) -> None:
    life = Life("03-02 09:00").take("03-02 10:00", "wait", wait_for=wait_for)
    states = life.states()
    assert (states["resolution"], states["ola_1"]) == ("paused", "paused")
    assert states["response"] == ("met" if wait_for == "requester" else "running")
    assert life.ticket.status is Status.WAITING
    assert life.ticket.waiting_for == wait_for


def test_a_wait_that_the_rules_do_not_name_stops_no_clock() -> None:
    life = answered().take("03-02 10:00", "wait", wait_for="change")
    assert life.ticket.status is Status.WAITING
    assert life.states()["resolution"] == "running"


def test_from_a_wait_that_pauses_to_one_that_does_not() -> None:
    life = answered().take("03-02 10:00", "wait", wait_for="vendor")
    life.take("03-02 12:00", "wait", wait_for="change")
    assert life.states()["resolution"] == "running"
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-02 13:00")) == 2 * HOUR


def test_a_wait_for_the_requester_asks_them() -> None:
    assert answered().take("03-02 10:00", "wait").told()["waiting", "requester"] == 1
    assert answered().take("03-02 10:00", "wait", wait_for="vendor").told().total() == 1


def test_a_wait_until_an_instant_keeps_it_and_the_next_wait_forgets_it() -> None:
    life = answered().take("03-02 10:00", "wait", until=at("03-05 10:00"))
    assert life.ticket.wait_until == at("03-05 10:00")
    assert life.take("03-02 11:00", "wait").ticket.wait_until is None


def test_resume_goes_on_where_the_clocks_stood() -> None:
    life = answered().take("03-02 10:00", "wait").take("03-04 10:00", "resume")
    assert (life.ticket.status, life.ticket.waiting_for) == (Status.IN_PROGRESS, None)
    # 20 hours: 1 used, 8 until wednesday evening, 10 on thursday, 1 on friday
    assert due(life.clock("resolution"), CALENDARS) == at("03-06 09:00")
    assert life.happened(WaitOver) == [], "the step says it already"


def test_row_5_a_wait_over_a_weekend_costs_no_working_time() -> None:
    life = answered().take("03-06 17:00", "wait").take("03-09 09:00", "resume")
    unhindered = Life("03-02 09:00").clock("resolution")
    spent = elapsed(life.clock("resolution"), CALENDARS, at("03-09 12:00"))
    assert elapsed(unhindered, CALENDARS, at("03-09 12:00")) - spent == 2 * HOUR


def test_an_answer_of_the_requester_ends_the_wait_for_them() -> None:
    life = answered().take("03-02 10:00", "wait", until=at("03-20 10:00"))
    mark = len(life.events)
    life.take("03-03 10:00", "comment", ROSA)
    assert life.story(mark) == ["03-03 10:00 comment", "03-03 10:00 wait over: answer"]
    assert (life.ticket.status, life.ticket.wait_until) == (Status.IN_PROGRESS, None)
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-03 11:00")) == 2 * HOUR
    assert life.states()["next_response"] == "running"


@pytest.mark.parametrize("wait_for", [WaitFor.VENDOR, WaitFor.CHANGE])
def test_an_answer_does_not_end_a_wait_for_somebody_else(wait_for: WaitFor) -> None:
    life = answered().take("03-02 10:00", "wait", wait_for=wait_for.value)
    assert life.take("03-03 10:00", "comment", ROSA).ticket.status is Status.WAITING


def test_an_agent_who_comments_does_not_end_the_wait_for_the_requester() -> None:
    life = answered().take("03-02 10:00", "wait").take("03-02 11:00", "comment")
    assert life.ticket.status is Status.WAITING


def test_a_workaround_is_kept_and_told() -> None:
    life = answered().take("03-02 10:00", "workaround", text="Use the one on floor 2.")
    assert life.ticket.workaround == "Use the one on floor 2."
    assert life.told()["workaround", "requester"] == 1
    assert life.states()["resolution"] == "running"


def test_a_step_is_in_the_timeline_as_it_was_sent() -> None:
    life = answered()
    when = at("03-02 10:00")
    life.take(when, "comment", text="Hello", via="mail", correlation="c-7")
    event = life.events[-1]
    assert isinstance(event.what, StepTaken)
    assert event.what.step.model_dump() == {"step": "comment", "text": "Hello", "internal": False}
    assert (event.actor, event.via, event.correlation) == ("p-finn", "mail", "c-7")
    assert (event.version, event.index, event.at) == (3, 0, when)
    assert life.ticket.last_at == when


def test_no_message_is_made_for_a_given_past() -> None:
    life = Life("03-02 09:00")
    life.ticket = life.ticket.model_copy(update={"clock": "given"})
    importer = ROSA.model_copy(update={"person": "p-adam", "roles": ("import",)})
    before = life.told()
    later = at("03-02 09:00") + timedelta(minutes=5)
    life.take(later, "comment", importer, at=later)
    assert life.told() == before
