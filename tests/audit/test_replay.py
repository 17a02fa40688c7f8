"""Replay and time travel of a life with everything in it, on the real engine."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from audit.comparing import difference
from audit.evidence import Evidence, fetch
from audit.parallel import verdicts
from audit.reconcile import differences
from audit.replay import Lived, replay
from audit.travel import standing, standing_after
from desk.errors import InvalidFact, TicketNotFound
from desk.events import Adopted, StepTaken
from desk.record import canonical
from desk.ticket import Status
from store.engine import reading
from store.standing import stored_ticket
from tests.audit.lives import SHORT_RUNS, ended, long_life
from tests.running import Desk


@pytest.fixture
async def lived(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[Evidence, Lived]:
    """A long life, and what its histories tell of it."""
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", SHORT_RUNS)
    handle = await long_life(desk)
    await ended(desk, handle)
    evidence = await fetch(desk.client, handle.id)
    return evidence, await replay(evidence)


async def test_a_long_life_is_replayed_seen_and_reconciled(
    desk: Desk, lived: tuple[Evidence, Lived]
) -> None:
    evidence, told = lived
    assert len(evidence.histories) >= 2
    assert told.wrong == []
    ticket, rows = desk.stored(told.number)
    assert [canonical(event).decode() for event in told.events] == [row["body"] for row in rows]
    assert told.moments[-1].ticket == ticket
    assert any(isinstance(event.what, Adopted) for event in told.events)
    with reading(desk.engine) as connection:
        assert differences(told, stored_ticket(connection, told.number)) == []
    _check_travel(told)


def _check_travel(told: Lived) -> None:
    first = told.events[0].at
    opened = standing(told, first)
    assert (opened.ticket.status, opened.ticket.version) == (Status.NEW, 1)
    assert opened.next_due is not None
    assert [task.task for task in opened.tasks] == ["accept"]
    with pytest.raises(InvalidFact, match="was not there yet: it was opened at"):
        standing(told, first - timedelta(seconds=1))
    waits = next(
        event
        for event in told.events
        if isinstance(event.what, StepTaken) and event.what.step.step == "wait"
    )
    waiting = standing_after(told, f"{waits.version}.{waits.index}")
    assert (waiting.ticket.status, waiting.ticket.group) == (Status.WAITING, "network-2")
    assert waiting.last == f"{waits.version}.{waits.index}"
    now = standing(told, told.events[-1].at)
    assert (now.ticket.status, now.next_due, now.tasks) == (Status.CLOSED, None, ())
    changed = {one.fact: (one.before, one.after) for one in difference(opened, now)}
    assert changed["status"] == ("new", "closed")
    assert changed["rating"] == ("", "5")
    with pytest.raises(InvalidFact, match="has no event 99"):
        standing_after(told, "99.0")


async def test_every_instant_of_a_life_shows_the_events_until_then(
    lived: tuple[Evidence, Lived],
) -> None:
    _, told = lived
    check_every_instant(told)


def check_every_instant(told: Lived) -> None:
    """What is shown after each instant, and after each event, is what had happened by then."""
    for event in told.events:
        after = standing_after(told, f"{event.version}.{event.index}")
        assert after.ticket.version == event.version
        assert after.at == event.at
    for at in sorted({event.at for event in told.events}):
        true = [event for event in told.events if event.at <= at]
        shown = standing(told, at)
        assert shown.last == f"{true[-1].version}.{true[-1].index}"
        assert shown.ticket.version == true[-1].version


def other_digest(history: WorkflowHistory) -> str:
    """The history with another digest in its first record that came back."""
    text = history.to_json()
    markers = [e for e in history.events if e.HasField("marker_recorded_event_attributes")]
    for event in markers:
        for payload in event.marker_recorded_event_attributes.details["result"].payloads:
            if b'"digest"' in payload.data:
                other = re.sub(rb'"digest":"[0-9a-f]', b'"digest":"x', payload.data)
                before, after = (base64.b64encode(data).decode() for data in (payload.data, other))
                return text.replace(before, after)
    raise AssertionError("no record came back")


async def test_what_was_altered_is_told_in_words(lived: tuple[Evidence, Lived]) -> None:
    first, *others = lived[0].histories
    altered = WorkflowHistory.from_json(first.workflow_id, other_digest(first))

    async def wrong(*histories: WorkflowHistory) -> list[str]:
        return (await replay(Evidence(first.workflow_id, histories))).wrong

    said = await wrong(altered, *others)
    assert said == [
        "run 1: another state at version 1, after 1.0 opened, 1.1 prioritised, 1.2 routed"
    ]
    assert (await wrong(*others))[0].startswith("a run is missing before run 1")
    assert await wrong(first) == ["a run is missing after run 1"]
    started = WorkflowHistory(first.workflow_id, first.events[:1])
    assert await wrong(started) == ["events are missing in run 1 of 1"]
    assert (await wrong(first, *others, *others))[0].startswith("a run is missing before run 3")


async def test_a_history_without_one_of_its_events_is_told_in_words(
    lived: tuple[Evidence, Lived],
) -> None:
    first = lived[0].histories[0]
    timer = EventType.EVENT_TYPE_TIMER_STARTED
    events = [event for event in first.events if event.event_type != timer]
    broken = WorkflowHistory(first.workflow_id, events)
    [said] = (await replay(Evidence(first.workflow_id, (broken,)))).wrong
    assert said == "events are missing in run 1 of 1"


async def test_a_history_of_other_commands_is_told_in_words(
    lived: tuple[Evidence, Lived], monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, _ = lived
    # As if the code were changed: runs end later, so there is no continue-as-new where one was.
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 1000)
    said = (await replay(evidence)).wrong
    assert re.match(
        r"run 1: other commands: event \d+ of the history, \w+, does not follow: ", said[0]
    )


async def test_a_process_that_this_code_does_not_know(lived: tuple[Evidence, Lived]) -> None:
    first, *others = lived[0].histories
    text = first.to_json().replace('"name":"incident"', '"name":"seance"')
    text = text.replace('"name": "incident"', '"name": "seance"')
    strange = WorkflowHistory.from_json(first.workflow_id, text)
    told = await replay(Evidence(first.workflow_id, (strange, *others)))
    assert told.wrong[0] == "run 1: this code knows no process called seance"


async def test_processes_side_by_side_find_the_same(lived: tuple[Evidence, Lived]) -> None:
    evidence, told = lived

    async def twice() -> AsyncIterator[Evidence]:
        yield evidence
        yield evidence._replace(number="INC-SECOND")

    found = sorted([verdict async for verdict in verdicts(twice(), 2)], key=lambda v: v.number)
    assert [verdict.number for verdict in found] == sorted([told.number, "INC-SECOND"])


async def test_what_nobody_has_is_not_found(desk: Desk) -> None:
    with pytest.raises(TicketNotFound, match="the engine has no whole history of INC-00000000"):
        await fetch(desk.client, "INC-00000000")
