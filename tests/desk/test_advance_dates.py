"""Dates that come by themselves: waits that end, reminders, closing by silence, the last day."""

from datetime import timedelta

import pytest

from desk.clock import due
from desk.deadlines import closes_at, next_due
from desk.events import ClosedBySilence, ConfirmationAsked, Retired, WaitOver
from desk.ticket import Status
from tests.desk.lives import FINN, ROSA, RULES, Life, at, make_rules, said


def working() -> Life:
    """Opened on monday at 09:00, accepted by finn at 09:30."""
    return Life("03-02 09:00").take("03-02 09:30", "accept")


def silent_since(when: str) -> Life:
    """Resolved then, and told nothing since."""
    return Life("03-02 09:00").take("03-02 09:30", "wait").take(when, "resolve")


def test_a_wait_ends_at_its_date_and_the_clocks_go_on() -> None:
    life = working().take("03-02 10:00", "wait", wait_for="vendor", until=at("03-04 10:00"))
    mark = len(life.events)
    assert next_due(life.ticket, RULES) == at("03-04 10:00")
    life.live_until("03-04 10:00")
    assert life.story(mark) == ["03-04 10:00 wait over: date"]
    assert life.told()["wait_over", "assignee"] == 1
    ticket = life.ticket
    assert (ticket.status, ticket.waiting_for, ticket.wait_until) == (
        Status.IN_PROGRESS, None, None,
    )  # fmt: skip
    assert due(life.clock("resolution"), RULES.calendars) == at("03-06 09:00")


def test_a_wait_that_ended_during_an_outage_ended_when_it_was_to() -> None:
    life = working().take("03-02 10:00", "wait", until=at("03-03 17:00"))
    mark = len(life.events)
    life.pass_until("03-04 08:45")
    # Three of four hours of the group were left: one on tuesday, two on wednesday, not yet over.
    assert life.story(mark) == ["03-03 17:00 wait over: date"]
    assert due(life.clock("ola_1"), RULES.calendars) == at("03-04 10:00")


def test_a_wait_without_a_date_ends_never_by_itself() -> None:
    life = working().take("03-02 10:00", "wait")
    assert next_due(life.ticket, RULES) is None
    assert life.live_until("12-31 12:00").ticket.status is Status.WAITING


def test_while_it_waits_no_rung_of_the_resolution_is_due() -> None:
    life = working().take("03-02 10:00", "wait", wait_for="vendor")
    mark = len(life.events)
    assert life.live_until("04-20 10:00").story(mark) == []


def test_while_it_waits_the_response_is_still_owed() -> None:
    life = Life("03-02 09:00").take("03-02 09:30", "wait", wait_for="vendor")
    life.live_until("03-02 11:00")
    assert "03-02 11:00 response breached" in life.story()


def test_a_rung_that_hands_on_a_waiting_ticket_ends_the_wait_as_a_person_would() -> None:
    life = Life("03-02 09:00").take("03-02 09:30", "wait", wait_for="vendor")
    life.live_until("03-02 11:00")
    assert (life.ticket.group, life.ticket.status) == ("workplace-2", Status.IN_PROGRESS)
    assert [over.because for over in life.happened(WaitOver)] == ["hand_off"]
    assert life.states()["ola_2"] == "running"


@pytest.mark.parametrize(
    ("resolved", "reminded", "closed"),
    [
        pytest.param("03-02 12:00", "03-04 12:00", "03-09 12:00", id="monday-noon"),
        pytest.param("03-06 17:00", "03-10 17:00", "03-13 17:00", id="friday"),
        pytest.param("03-07 12:00", "03-10 18:00", "03-13 18:00", id="saturday"),
        pytest.param("03-05 19:30", "03-09 18:00", "03-12 18:00", id="after-hours"),
        pytest.param("03-27 12:00", "03-31 12:00", "04-07 12:00", id="into-easter"),
        pytest.param("04-02 12:00", "04-08 12:00", "04-13 12:00", id="maundy-thursday"),
    ],
)
def test_a_reminder_after_two_working_days_and_closed_after_five(
    resolved: str, reminded: str, closed: str
) -> None:
    life = silent_since(resolved)
    mark = len(life.events)
    assert closes_at(life.ticket, RULES) == at(closed)
    life.live_until(at(closed) - timedelta(seconds=1))
    assert life.story(mark) == [f"{reminded} confirmation_asked"]
    assert life.told()["confirm_reminder", "requester"] == 1
    life.live_until(closed)
    assert life.story(mark)[1:] == [f"{closed} closed_by_silence"]
    assert life.told()["closed", "requester"] == 1
    ticket = life.ticket
    assert (ticket.status, ticket.closed_at) == (Status.CLOSED, at(closed))
    assert ticket.reopen_until == at(closed) + timedelta(days=14)
    assert [c.working_days for c in life.happened(ClosedBySilence)] == [5]


def test_a_word_of_the_requester_begins_the_silence_anew_reminder_and_all() -> None:
    life = (
        silent_since("03-02 12:00").live_until("03-05 10:00").take("03-05 10:00", "comment", ROSA)
    )
    mark = len(life.events)
    life.live_until("03-20 12:00")
    assert life.story(mark)[:2] == [
        "03-09 10:00 confirmation_asked",
        "03-12 10:00 closed_by_silence",
    ]
    assert [asked.nth for asked in life.happened(ConfirmationAsked)] == [1, 1]


def test_what_was_reopened_is_not_closed_by_the_old_silence() -> None:
    life = silent_since("03-02 12:00").take("03-03 12:00", "reopen", ROSA)
    life.live_until("03-30 12:00")
    assert life.ticket.status is Status.IN_PROGRESS
    assert life.happened(ConfirmationAsked) == []


def test_each_resolution_is_asked_about() -> None:
    life = silent_since("03-02 12:00").live_until("03-05 12:00").take("03-05 13:00", "reopen", ROSA)
    life.take("03-05 14:00", "resolve").live_until("03-09 14:00")
    assert life.story()[-1] == "03-09 14:00 confirmation_asked"


def test_closing_that_comes_before_the_reminder_asks_nothing() -> None:
    closure = RULES.closure.model_copy(
        update={"remind_after_working_days": 9, "close_after_working_days": 1}
    )
    life = Life("03-02 09:00", make_rules(closure=closure)).take("03-02 12:00", "resolve")
    life.live_until("04-30 12:00")
    assert life.happened(ConfirmationAsked) == []
    assert life.ticket.closed_at == at("03-03 12:00")


def test_after_the_last_day_nothing_can_happen() -> None:
    life = silent_since("03-02 12:00").live_until("03-23 12:00")
    assert life.story()[-1] == "03-23 12:00 retired"
    assert (life.ticket.retired, life.ticket.status) == (True, Status.CLOSED)
    assert next_due(life.ticket, RULES) is None


def test_a_closed_ticket_that_was_reopened_does_not_retire() -> None:
    life = silent_since("03-02 12:00").take("03-03 12:00", "confirm", ROSA)
    assert next_due(life.ticket, RULES) == at("03-17 12:00")
    life.take("03-16 12:00", "reopen", ROSA).take("03-16 12:10", "wait").live_until("06-30 12:00")
    assert life.happened(Retired) == []


def test_everything_until_the_end_in_one_jump() -> None:
    """The desk was down from the resolution on, for months."""
    life = silent_since("03-02 12:00")
    mark, version = len(life.events), life.ticket.version
    life.pass_until("08-01 12:00")
    assert life.story(mark) == [
        "03-04 12:00 confirmation_asked",
        "03-09 12:00 closed_by_silence",
        "03-23 12:00 retired",
    ]
    assert {event.version for event in life.events[mark:]} == {version + 1}
    assert life.ticket.version == version + 1


def test_a_cancelled_ticket_has_no_future() -> None:
    assert next_due(Life("03-02 09:00").take("03-02 09:30", "cancel").ticket, RULES) is None


def test_only_a_resolved_ticket_closes_by_itself() -> None:
    life = working()
    assert closes_at(life.ticket, RULES) is None
    assert closes_at(life.take("03-02 10:00", "cancel", FINN).ticket, RULES) is None


def test_the_wait_and_a_missed_response_at_the_same_instant_both_happen() -> None:
    life = Life("03-02 09:00")
    life.take("03-02 09:30", "wait", wait_for="vendor", until=at("03-02 11:00"))
    life.live_until("03-02 11:00")
    assert {"03-02 11:00 wait over: hand_off", "03-02 11:00 response breached"} <= set(life.story())
    assert [over.because for over in life.happened(WaitOver)] == ["hand_off"]
    assert said(next_due(life.ticket, RULES) or at("01-01 00:00")) == "03-02 12:00"
