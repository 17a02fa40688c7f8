"""How a ticket ends and begins again: resolve, confirm, reopen, cancel."""

from datetime import timedelta

import pytest

from desk.clock import due, elapsed
from desk.errors import StepRefused
from desk.events import Breached, RungFired
from desk.people import Actor
from desk.ticket import Resolution, Status
from tests.desk.lives import FINN, HOUR, ROSA, RULES, SENA, Life, at

CALENDARS = RULES.calendars


def working() -> Life:
    """Opened on monday at 09:00, accepted by finn at 09:30."""
    return Life("03-02 09:00").take("03-02 09:30", "accept")


def resolved() -> Life:
    return working().take("03-02 12:00", "resolve")


def test_a_resolution_stops_every_clock_and_asks_for_confirmation() -> None:
    life = resolved()
    ticket = life.ticket
    assert (ticket.status, ticket.resolved_at) == (Status.RESOLVED, at("03-02 12:00"))
    assert ticket.resolution == Resolution(code="fixed", text="The fuser was replaced.")
    assert set(life.states().values()) == {"met"}
    assert life.told()["resolved", "requester"] == 1
    assert ticket.assignee == "p-finn"


def test_row_6_resolved_while_it_waits_the_pause_does_not_count() -> None:
    life = working().take("03-02 10:00", "wait", until=at("03-20 10:00"))
    life.take("03-02 15:00", "resolve")
    assert life.states()["resolution"] == "met"
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-05 12:00")) == HOUR
    assert (life.ticket.waiting_for, life.ticket.wait_until) == (None, None)


def test_resolved_too_late_stays_missed() -> None:
    life = working().take("03-05 12:00", "resolve")
    assert life.states()["resolution"] == "breached"
    assert "resolution" in [breached.target for breached in life.happened(Breached)]


def test_no_rung_fires_on_a_resolved_ticket() -> None:
    life = working().take("03-02 12:00", "resolve")
    fired = len(life.happened(RungFired))
    life.live_until("03-06 12:00")
    assert len(life.happened(RungFired)) == fired


def test_confirmation_closes_and_keeps_the_rating() -> None:
    life = resolved().take("03-02 14:00", "confirm", ROSA, rating=4, text="Thanks")
    ticket = life.ticket
    assert (ticket.status, ticket.closed_at, ticket.rating) == (
        Status.CLOSED, at("03-02 14:00"), 4,
    )  # fmt: skip
    assert ticket.reopen_until == at("03-16 14:00")
    assert ticket.resolved_at == at("03-02 12:00")


def test_a_confirmation_needs_no_rating() -> None:
    assert resolved().take("03-02 14:00", "confirm", ROSA, rating=None).ticket.rating is None


def test_fourteen_days_are_days_of_time_and_not_of_the_wall_clock() -> None:
    life = working().take("03-20 12:00", "resolve").take("03-20 13:00", "confirm", ROSA)
    # Summer time began on 29 March: the fourteenth day ends an hour later on the wall.
    assert life.ticket.reopen_until == at("04-03 14:00")


@pytest.mark.parametrize("by", [ROSA, FINN])
def test_row_10_reopening_goes_on_with_the_resolution_and_forgets_the_end(by: Actor) -> None:
    life = resolved().take("03-03 10:00", "reopen", by)
    ticket = life.ticket
    assert ticket.status is Status.IN_PROGRESS
    assert (ticket.resolved_at, ticket.resolution, ticket.silent_since) == (None, None, None)
    assert ticket.assignee == "p-finn"
    assert life.told()["reopened", "assignee"] == 1
    # Three hours were spent until the resolution; the day that it was resolved does not count.
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-03 11:00")) == 4 * HOUR
    assert due(life.clock("resolution"), CALENDARS) == at("03-04 17:00")
    assert life.states() == {"response": "met", "resolution": "running", "ola_1": "running"}


def test_row_10_reopening_after_closing_does_not_count_the_closed_time() -> None:
    life = resolved().take("03-02 14:00", "confirm", ROSA).take("03-13 10:00", "reopen", ROSA)
    ticket = life.ticket
    assert (ticket.status, ticket.closed_at, ticket.reopen_until, ticket.rating) == (
        Status.IN_PROGRESS, None, None, None,
    )  # fmt: skip
    assert due(life.clock("resolution"), CALENDARS) == at("03-16 17:00")


def test_row_10_reopened_again_and_again() -> None:
    life = resolved()
    for day in ("03", "04", "05"):
        life.take(f"03-{day} 10:00", "reopen", ROSA).take(f"03-{day} 11:00", "resolve")
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-06 12:00")) == 6 * HOUR
    assert life.ticket.resolved_at == at("03-05 11:00")


def test_row_10_reopened_outside_of_hours_nothing_counts_until_the_morning() -> None:
    life = resolved().take("03-07 10:00", "reopen", ROSA)
    assert elapsed(life.clock("resolution"), CALENDARS, at("03-09 08:00")) == 3 * HOUR


def test_a_missed_target_stays_missed_when_reopened_and_its_rungs_do_not_fire_again() -> None:
    life = working().live_until("03-04 09:30").take("03-04 09:40", "resolve")
    fired = [(f.target, f.rung, f.nth) for f in life.happened(RungFired)]
    life.take("03-05 09:40", "reopen", ROSA).live_until("03-05 10:30")
    again = [(f.target, f.rung, f.nth) for f in life.happened(RungFired)]
    assert life.states()["resolution"] == "breached"
    # Due an hour after 100 %, of which 40 minutes passed before the resolution.
    assert again == [*fired, ("resolution", "100%", 1)]
    assert life.story()[-1] == "03-05 10:00 resolution 100%+1"


def test_after_fourteen_days_nothing_can_be_reopened() -> None:
    life = resolved().take("03-02 14:00", "confirm", ROSA)
    with pytest.raises(StepRefused) as refused:
        life.take("03-16 14:00", "reopen", ROSA)
    assert refused.value.allowed_steps == ()
    assert life.ticket.retired


def test_until_the_last_second_it_can_be_reopened() -> None:
    life = resolved().take("03-02 14:00", "confirm", ROSA)
    life.take(at("03-16 14:00") - timedelta(seconds=1), "reopen", ROSA)
    assert life.ticket.status is Status.IN_PROGRESS


def test_a_second_closing_gives_fourteen_days_anew() -> None:
    life = resolved().take("03-02 14:00", "confirm", ROSA).take("03-12 10:00", "reopen", ROSA)
    life.take("03-12 11:00", "resolve").take("03-12 12:00", "confirm", ROSA)
    assert life.ticket.reopen_until == at("03-26 12:00")


def test_the_requesters_word_on_a_resolved_ticket_restarts_the_silence() -> None:
    life = resolved().take("03-04 12:00", "comment", ROSA)
    assert life.ticket.status is Status.RESOLVED
    assert (life.ticket.silent_since, life.ticket.reminders) == (at("03-04 12:00"), 0)
    assert "next_response" not in life.states()
    assert life.told()["comment", "p-finn"] == 1


@pytest.mark.parametrize("internal", [True, False])
def test_an_agents_word_does_not_keep_a_resolved_ticket_open(internal: bool) -> None:
    life = resolved().take("03-04 11:00", "comment", internal=internal)
    assert life.ticket.silent_since == at("03-02 12:00")


def test_cancelled_by_an_agent_the_requester_is_told() -> None:
    life = working().take("03-02 12:00", "cancel")
    assert (life.ticket.status, life.ticket.closed_at) == (
        Status.CANCELLED, at("03-02 12:00"),
    )  # fmt: skip
    assert life.told()["cancelled", "requester"] == 1
    assert "running" not in life.states().values()
    assert life.ticket.resolved_at is None


def test_cancelled_by_the_requester_the_assignee_is_told() -> None:
    life = working().take("03-02 12:00", "cancel", ROSA)
    assert life.told()["cancelled", "p-finn"] == 1
    assert life.told()["cancelled", "requester"] == 0


def test_cancelled_by_the_requester_before_anybody_has_it_nobody_is_told() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "cancel", ROSA)
    assert life.told() == {("acknowledged", "requester"): 1}


def test_cancelled_while_it_waits_it_waits_no_more() -> None:
    life = working().take("03-02 10:00", "wait", until=at("03-04 10:00"))
    life.take("03-02 11:00", "cancel", SENA)
    assert (life.ticket.waiting_for, life.ticket.wait_until) == (None, None)
    assert life.live_until("06-01 12:00").story()[-1] == "03-02 11:00 cancel"
