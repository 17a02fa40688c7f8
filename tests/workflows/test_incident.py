"""The incident on the real engine: a life, its clock, its refusals and its records."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from desk.record import digest
from tests.patience import eventually
from tests.replay.rest import at_rest
from tests.running import Desk, mails
from workflows.incident import Incident
from workflows.refusals import ANSWER


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    import json

    return [json.loads(row["body"])["what"]["event"] for row in rows]


async def refusal(desk: Desk, handle: Any, by: str, step: str, **fields: Any) -> ApplicationError:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await desk.take(handle, by, step, **fields)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause


async def test_a_life_from_report_to_confirmation(desk: Desk) -> None:
    handle = await desk.open(category="software", impact="medium", urgency="medium")
    await desk.take(handle, "lena", "assign", assignee=desk.actor("finn").person)
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "comment", text="Looking at it")
    await desk.take(handle, "finn", "resolve", code="fixed", text="Restarted the spooler")
    view = await desk.take(handle, "rosa", "confirm", rating=5)
    assert (view.status, view.rating, view.version) == ("closed", 5, 6)
    assert [(clock.target, clock.state) for clock in view.clocks] == [
        ("response", "met"),
        ("resolution", "met"),
        ("ola_1", "met"),
    ]
    ticket, events = desk.stored(handle.id)
    assert ticket == await handle.query(Incident.stands)
    assert kinds(events) == ["opened", "prioritised", "routed", *["step"] * 5]


async def test_the_caller_reads_its_own_write(desk: Desk) -> None:
    handle = await desk.open()
    view = await desk.take(handle, "finn", "accept")
    ticket, _ = desk.stored(handle.id)
    assert ticket.version == view.version == 2


async def test_a_refused_step_leaves_no_trace_in_the_history(desk: Desk) -> None:
    handle = await desk.open()
    refused = await refusal(desk, handle, "rosa", "confirm")
    assert refused.type == "StepRefused"
    assert refused.details[0]["allowed_steps"] == ["comment", "cancel"]
    assert (await refusal(desk, handle, "omar", "comment", text="me too")).type == "TicketNotFound"
    assert (await refusal(desk, handle, "max", "comment", text="hm")).type == "NotPermitted"
    stale = await refusal(desk, handle, "finn", "accept", _expected_version=7)
    assert stale.type == "StaleVersion"
    events = (await handle.fetch_history()).events
    accepted = [
        event
        for event in events
        if event.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    assert len(accepted) == 1


async def test_the_ladder_fires_hands_off_and_tells(desk: Desk) -> None:
    handle = await desk.open()
    await desk.pass_time(handle, timedelta(minutes=20))
    ticket, events = desk.stored(handle.id)
    assert (ticket.line, ticket.group) == (2, "network-2")
    assert kinds(events)[3:8] == [
        "rung_fired",
        "rung_fired",
        "breached",
        "rung_fired",
        "routed",
    ]

    async def carried_out() -> bool:
        return "handed_off" in kinds(desk.stored(handle.id)[1])

    await eventually(carried_out)
    on_duty = desk.directory.current.group("network-2")
    assert on_duty is not None
    assert desk.stored(handle.id)[0].duty == on_duty.duty


async def test_silence_closes_and_the_reopening_window_ends_the_workflow(desk: Desk) -> None:
    handle = await desk.open(category="software", impact="low", urgency="low")
    await desk.take(handle, "finn", "resolve", code="guidance", text="It is the other button")
    await desk.pass_time(handle, timedelta(days=40))
    assert await handle.result() == "closed"
    ticket, events = desk.stored(handle.id)
    assert kinds(events)[-3:] == ["confirmation_asked", "closed_by_silence", "retired"]
    assert ticket.reopen_until is None


async def test_a_cancelled_ticket_ends_at_once(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "rosa", "cancel", reason="It was the cable")
    assert await handle.result() == "cancelled"


async def test_a_wait_pauses_and_its_date_resumes(desk: Desk) -> None:
    handle = await desk.open()
    view = await desk.take(handle, "finn", "accept")
    until = view.opened_at + timedelta(hours=30)
    view = await desk.take(
        handle, "finn", "wait", **{"for": "vendor"}, reason="A part is on its way", until=until
    )
    assert {clock.target: clock.due for clock in view.clocks}["resolution"] is None
    await desk.pass_time(handle, timedelta(hours=31))
    ticket, events = desk.stored(handle.id)
    assert ticket.status == "in_progress"
    assert "wait_over" in kinds(events)


async def test_a_key_is_known_after_a_continue_as_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 3)
    handle = await desk.open()
    first_run = (await handle.describe()).run_id
    first = await desk.take(handle, "finn", "accept", _key="k1", _body_hash="a")
    for count in range(7):
        await desk.take(handle, "finn", "comment", text=f"note {count}", internal=True)

    async def next_run() -> bool:
        return (await handle.describe()).run_id != first_run

    await eventually(next_run)
    again = await desk.take(handle, "finn", "accept", _key="k1", _body_hash="a")
    assert again.version == first.version + 7
    other = await refusal(desk, handle, "finn", "accept", _key="k1", _body_hash="b")
    assert other.type == "KeyReused"
    _, events = desk.stored(handle.id)
    assert [(row["version"], row["index"]) for row in events] == sorted(
        (row["version"], row["index"]) for row in events
    )
    assert len(events) == 3 + 8


async def test_a_taken_number_is_refused(desk: Desk) -> None:
    opening = desk.opening()
    await desk.send_opening(opening)
    repeated = await desk.send_opening(opening)
    assert repeated.version == 1
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await desk.send_opening(opening.model_copy(update={"opening_id": "another"}))
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "NumberTaken"


async def test_a_machine_is_not_answered_but_its_refusal_is_an_event(desk: Desk) -> None:
    handle = await desk.open()
    await handle.signal(Incident.send, desk.taken("finn", "accept"))
    await handle.signal(Incident.send, desk.taken("finn", "resume"))

    async def refused() -> bool:
        return kinds(desk.stored(handle.id)[1])[-1] == "refused"

    await eventually(refused)
    assert desk.stored(handle.id)[0].status == "in_progress"


async def test_a_given_clock_moves_by_its_steps_and_tells_nobody(desk: Desk) -> None:
    opening = desk.opening("adam", clock="given", at="2012-05-02T08:00:00Z")
    opened = await desk.send_opening(opening)
    handle = desk.client.get_workflow_handle(opening.number)
    view = await desk.take(handle, "adam", "accept", _at="2012-05-02T09:00:00Z")
    assert opened.opened_at.isoformat() == "2012-05-02T08:00:00+00:00"
    assert {clock.target: clock.state for clock in view.clocks}["response"] == "breached"
    assert view.line == 2
    _, events = desk.stored(opening.number)
    assert all(row["at"].year == 2012 for row in events)
    refused = await refusal(desk, handle, "adam", "accept", _at="2012-05-01T09:00:00Z")
    assert refused.type in ("InvalidFact", "StepRefused")
    history = await handle.fetch_history()
    assert not [
        event for event in history.events if event.HasField("timer_started_event_attributes")
    ]
    assert not list(mails(desk.home))


async def test_each_record_leaves_its_digest_in_the_history(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "finn", "accept")
    ticket, _ = desk.stored(handle.id)
    history = await handle.fetch_history()
    markers = [e for e in history.events if e.HasField("marker_recorded_event_attributes")]
    last = str(markers[-1])
    from desk.events import Event

    _, rows = desk.stored(handle.id)
    newest = tuple(Event.model_validate_json(row["body"]) for row in rows[-1:])
    assert digest(ticket, newest) in last


async def test_the_time_before_a_refused_step_is_recorded_all_the_same(desk: Desk) -> None:
    opening = desk.opening("adam", clock="given", at="2012-05-02T08:00:00Z")
    await desk.send_opening(opening)
    handle = desk.client.get_workflow_handle(opening.number)
    at = "2012-05-02T09:00:00Z"
    await desk.take(handle, "adam", "resolve", code="fixed", text="Done", _at=at)
    refused = await refusal(desk, handle, "adam", "accept", _at="2012-05-20T09:00:00Z")
    assert refused.type == "StepRefused"
    refused = await refusal(desk, handle, "adam", "confirm", _at="2012-05-20T09:00:00Z")
    assert refused.type == "StepRefused"
    ticket, events = desk.stored(opening.number)
    assert ticket.status == "closed"
    assert kinds(events)[-1] == "closed_by_silence"
    await refusal(desk, handle, "adam", "reopen", reason="Not so", _at="2012-08-20T09:00:00Z")
    assert await handle.result() == "closed"


async def test_a_step_on_a_given_clock_meets_the_ticket_as_it_then_is(desk: Desk) -> None:
    opening = desk.opening("adam", clock="given", at="2012-05-02T08:00:00Z")
    await desk.send_opening(opening)
    handle = desk.client.get_workflow_handle(opening.number)
    late = "2012-05-02T12:00:00Z"
    stale = await refusal(desk, handle, "adam", "accept", _at=late, _expected_version=9)
    assert stale.type == "StaleVersion"
    assert desk.stored(opening.number)[0].version == 1
    view = await desk.take(handle, "adam", "accept", _at=late, _expected_version=1)
    assert view.version > 2
    waits = {"for": "vendor", "reason": "A part", "until": "2012-05-02T13:00:00Z"}
    await desk.take(handle, "adam", "wait", _at="2012-05-02T12:01:00Z", **waits)
    view = await desk.take(handle, "adam", "comment", text="Here", _at="2012-05-02T14:00:00Z")
    assert view.status == "in_progress"


async def test_a_given_clock_ends_by_itself_when_nobody_tells_of_it_any_more(desk: Desk) -> None:
    opening = desk.opening("adam", clock="given", at="2012-05-02T08:00:00Z")
    await desk.send_opening(opening)
    handle = desk.skipper.client.get_workflow_handle(opening.number)
    at = "2012-05-02T09:00:00Z"
    await desk.take(handle, "adam", "resolve", code="fixed", text="Done", _at=at)
    await desk.take(handle, "adam", "confirm", _at="2012-05-03T09:00:00Z")
    await desk.pass_time(handle, timedelta(hours=23))
    view = await desk.take(handle, "adam", "reopen", reason="No", _at="2012-05-04T09:00:00Z")
    assert view.status == "in_progress"
    at = "2012-05-05T09:00:00Z"
    await desk.take(handle, "adam", "resolve", code="fixed", text="Done", _at=at)
    await desk.take(handle, "adam", "confirm", _at="2012-05-06T09:00:00Z")
    await desk.pass_time(handle, timedelta(hours=25))
    assert await handle.result() == "closed"
    _, events = desk.stored(opening.number)
    assert kinds(events)[-1] == "retired"
    assert events[-1]["at"].isoformat() == "2012-05-20T09:00:00+00:00"


async def test_asking_leaves_no_event(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "finn", "accept", _key="k1", _body_hash="a")

    await at_rest(handle)

    async def length() -> int:
        return (await handle.describe()).history_length

    before = await length()
    for about in (None, desk.taken("finn", "accept", _key="k1", _body_hash="a")):
        with pytest.raises(WorkflowUpdateFailedError) as answered:
            await handle.execute_update(Incident.asked, about)
        assert isinstance(answered.value.cause, ApplicationError)
        assert answered.value.cause.type == ANSWER
        (answer,) = answered.value.cause.details
        assert answer == "same" if about else answer["number"] == handle.id
    assert await length() == before
