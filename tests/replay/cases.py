"""The paths through each process, lived on the real engine by the demonstration organisation."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from activities.shapes import ReplayOf
from desk.events import Event
from desk.opening import open_ticket
from policies.in_force import IN_FORCE
from store.engine import writing
from store.recording import record
from tests.patience import eventually
from tests.replay.approvals import APPROVALS
from tests.replay.becoming import BECOMING
from tests.replay.complaints import COMPLAINTS
from tests.replay.orders import ORDERS
from tests.replay.relations import RELATIONS
from tests.replay.rest import at_rest
from tests.replay.vendors import VENDORS
from tests.running import Desk
from tests.workflows.test_faults import phantom
from workflows.archiving import ArchiveSweep
from workflows.incident import Incident
from workflows.replaying import Replays
from workflows.ticket import STEPS_A_RUN

Handle = WorkflowHandle[Any, Any]
Life = Callable[[Desk], Awaitable[Handle]]
GIVEN_DAY = "2012-05-02T"


def events_of(desk: Desk, number: str) -> list[Event]:
    """What the store knows to have happened."""
    return [Event.model_validate_json(row["body"]) for row in desk.stored(number)[1]]


async def happens(desk: Desk, number: str, *kinds: str) -> None:
    """Wait until all of these events are recorded."""

    async def so() -> bool:
        return set(kinds) <= {event.what.event for event in events_of(desk, number)}

    await eventually(so)


async def finish(desk: Desk, handle: Handle, by: str, **how: Any) -> None:
    """Resolved, confirmed, and past the time in which it may be reopened."""
    fixed = {"code": "fixed", "text": "The cable was broken and is new now.", **how}
    await desk.take(handle, by, "resolve", **fixed)
    await desk.take(handle, "rosa", "confirm", rating=5)
    await desk.pass_time(handle, timedelta(days=15))
    await handle.result()


async def plain(desk: Desk) -> Handle:
    """Assigned, accepted, talked about, resolved, confirmed."""
    handle = await desk.open(category="software", impact="medium", urgency="medium")
    await desk.take(handle, "lena", "assign", assignee=desk.actor("finn").person)
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "comment", text="It is the spooler.", internal=True)
    await desk.take(handle, "finn", "workaround", text="Print on the second floor.")
    await finish(desk, handle, "finn")
    return handle


async def three_lines_by_people(desk: Desk) -> Handle:
    """Handed from line to line, and down again to whoever had it."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "hand_off", line=2, reason="It takes a specialist.")
    await desk.take(handle, "sena", "accept")
    await desk.take(handle, "sena", "hand_off", group="network-3", reason="It is the router.")
    await desk.take(handle, "theo", "accept")
    await desk.take(handle, "theo", "hand_off", line=1, reason="Please call the requester.")
    await happens(desk, handle.id, "handed_off")
    await desk.take(handle, "finn", "accept")
    await finish(desk, handle, "finn")
    return handle


async def three_lines_by_rungs(desk: Desk) -> Handle:
    """Nobody touches it: each target is missed, and the ladder hands it on."""
    handle = await desk.open()
    await desk.pass_time(handle, timedelta(minutes=16))
    await happens(desk, handle.id, "breached", "handed_off")
    await desk.pass_time(handle, timedelta(hours=5))
    await at_rest(handle)
    assert desk.stored(handle.id)[0].line == 3
    await desk.take(handle, "theo", "accept")
    await finish(desk, handle, "theo")
    return handle


async def wait_answered(desk: Desk) -> Handle:
    """A wait for the requester, who answers."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "wait", **{"for": "requester"}, reason="Which floor?")
    await desk.pass_time(handle, timedelta(days=1))
    await desk.take(handle, "rosa", "comment", text="The second.")
    await happens(desk, handle.id, "wait_over")
    await finish(desk, handle, "finn")
    return handle


async def wait_until_a_date(desk: Desk) -> Handle:
    """A wait that is over when its date comes."""
    handle = await desk.open(impact="low", urgency="low")
    view = await desk.take(handle, "finn", "accept")
    until = view.opened_at + timedelta(hours=30)
    await desk.take(handle, "finn", "wait", **{"for": "vendor"}, reason="A part", until=until)
    await desk.pass_time(handle, timedelta(hours=31))
    await happens(desk, handle.id, "wait_over")
    await finish(desk, handle, "finn")
    return handle


async def wait_ended_by_hand_off(desk: Desk) -> Handle:
    """A wait that a hand-off ends."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "wait", **{"for": "vendor"}, reason="A part")
    await desk.take(handle, "finn", "hand_off", line=2, reason="The vendor talks to them.")
    await happens(desk, handle.id, "wait_over", "handed_off")
    await desk.take(handle, "sena", "accept")
    await finish(desk, handle, "sena")
    return handle


async def reopened(desk: Desk) -> Handle:
    """Not resolved after all: once before it was closed, once after."""
    handle = await desk.open(category="software", impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "resolve", code="guidance", text="It is the other button.")
    await desk.take(handle, "rosa", "reopen", reason="There is no other button.")
    await desk.take(handle, "finn", "resolve", code="workaround", text="Use the menu.")
    await desk.take(handle, "rosa", "confirm", rating=2)
    await desk.pass_time(handle, timedelta(days=3))
    await desk.take(handle, "rosa", "reopen", reason="Now the menu is gone.")
    await finish(desk, handle, "finn")
    return handle


async def cancelled(desk: Desk) -> Handle:
    """There was nothing to do."""
    handle = await desk.open()
    await desk.take(handle, "rosa", "cancel", reason="It was the cable.")
    await handle.result()
    return handle


async def closed_by_silence(desk: Desk) -> Handle:
    """The requester says nothing, is reminded, and says nothing."""
    handle = await desk.open(category="software", impact="low", urgency="low")
    await desk.take(handle, "finn", "resolve", code="guidance", text="It is the other button.")
    await desk.pass_time(handle, timedelta(days=40))
    await handle.result()
    return handle


async def other_priority(desk: Desk) -> Handle:
    """Better assessed, twice: each time its targets are others."""
    handle = await desk.open(impact="low", urgency="low")
    worse = {"category": "network", "impact": "high", "urgency": "medium"}
    await desk.take(handle, "finn", "classify", **worse)
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "classify", **{**worse, "urgency": "low"})
    await finish(desk, handle, "finn")
    return handle


async def adopted(desk: Desk) -> Handle:
    """Other rules: by a service with a calendar of its own, and as the process owner says."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "pia", "adopt")
    service = next(s for s in desk.directory.current.services.values() if s.calendar)
    facts = {"category": "network", "impact": "low", "urgency": "low", "service": service.id}
    await desk.take(handle, "finn", "classify", **facts)
    await happens(desk, handle.id, "adopted")
    await desk.take(handle, "finn", "accept")
    await finish(desk, handle, "finn")
    return handle


async def given_clock(desk: Desk) -> Handle:
    """Imported: time is what the steps say, and what was due in between is made up for."""
    handle = await _imported(desk)
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("09:00:00Z", "accept", {}),
        ("12:01:00Z", "wait", {"for": "vendor", "reason": "A part"}),
        ("14:00:00Z", "resume", {}),
        ("15:00:00Z", "resolve", {"code": "fixed", "text": "A new part"}),
        ("16:00:00Z", "confirm", {}),
    )
    for at, step, fields in steps:
        await desk.take(handle, "adam", step, _at=GIVEN_DAY + at, **fields)
    await desk.pass_time(handle, timedelta(hours=25))
    await handle.result()
    return handle


async def given_clock_refused(desk: Desk) -> Handle:
    """Imported, and a step comes after the time to take it: the time has left its events."""
    handle = await _imported(desk)
    at = GIVEN_DAY + "09:00:00Z"
    await desk.take(handle, "adam", "resolve", code="fixed", text="Done", _at=at)
    late = "2012-08-20T09:00:00Z"
    refused = await asyncio.gather(
        desk.take(handle, "adam", "confirm", _at=late), return_exceptions=True
    )
    assert isinstance(refused[0], Exception)
    await desk.pass_time(handle, timedelta(hours=25))
    await handle.result()
    return handle


async def _imported(desk: Desk) -> Handle:
    opening = desk.opening("adam", clock="given", at=GIVEN_DAY + "08:00:00Z")
    await desk.send_opening(opening)
    return desk.skipper.client.get_workflow_handle(opening.number)


async def told_by_a_machine(desk: Desk) -> Handle:
    """Steps by signal: one is taken, one refused, and the ticket is asked how it stands."""
    handle = await desk.open()
    await handle.signal(Incident.send, desk.taken("finn", "accept"))
    await happens(desk, handle.id, "step")
    await at_rest(handle)
    await handle.signal(Incident.send, desk.taken("finn", "resume"))
    await happens(desk, handle.id, "refused")
    await at_rest(handle)
    await handle.signal(Incident.restate)
    await at_rest(handle)
    await finish(desk, handle, "finn")
    return handle


async def record_behind(desk: Desk) -> Handle:
    """The database is away for longer than a step waits for it; all is recorded later."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    with writing(desk.engine):
        await desk.take(handle, "finn", "comment", text="Nobody writes now.", internal=True)
        await desk.take(handle, "finn", "hand_off", line=2, reason="It takes a specialist.")
    await happens(desk, handle.id, "handed_off")
    await desk.take(handle, "sena", "accept")
    await finish(desk, handle, "sena")
    return handle


async def several_runs(desk: Desk) -> Handle:
    """So long a life that it goes on in new runs, with a wait and a hand-off on the way."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    for count in range(1, 7):
        await desk.take(handle, "finn", "comment", text=f"Attempt {count}.", internal=True)
    until = datetime.now(UTC) + timedelta(days=2)
    await desk.take(handle, "finn", "wait", **{"for": "vendor"}, reason="A part", until=until)
    await desk.pass_time(handle, timedelta(days=3))
    await desk.take(handle, "finn", "hand_off", line=2, reason="It takes a specialist.")
    await desk.take(handle, "sena", "accept")
    for count in range(7, 12):
        await desk.take(handle, "sena", "comment", text=f"Attempt {count}.", internal=True)
    await finish(desk, handle, "sena")
    return handle


async def in_its_second_run(desk: Desk) -> Handle:
    """So many steps that the run ends by their number."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    for count in range(1, STEPS_A_RUN + 2):
        await desk.take(handle, "finn", "comment", text=f"{count}", internal=True)
    await finish(desk, handle, "finn")
    return handle


async def number_taken(desk: Desk) -> Handle:
    """Refused: the store knows the number from another opening."""
    opening = desk.opening()
    other = opening.model_copy(update={"opening_id": "of another desk"})
    there = open_ticket(other, IN_FORCE, datetime.now(UTC))
    with writing(desk.engine) as connection:
        record(connection, phantom(there.ticket, there.events))
    with suppress(WorkflowUpdateFailedError):
        await desk.send_opening(opening)
    return desk.client.get_workflow_handle(opening.number)


async def replays(desk: Desk) -> Handle:
    """A replay that an auditor asked for, of nothing."""
    handle = await desk.client.start_workflow(
        Replays.run, ReplayOf(id="nobody's"), id="replay-of-the-tests", task_queue=desk.queue
    )
    await handle.result()
    return handle


async def archive(desk: Desk) -> Handle:
    """The process that archives a ticket which was cancelled."""
    ticket = await cancelled(desk)
    handle: Handle = desk.client.get_workflow_handle(f"archive-{ticket.id}")
    await handle.result()
    return handle


async def archive_sweep(desk: Desk) -> Handle:
    """The nightly look for what is not archived."""
    handle = await desk.client.start_workflow(
        ArchiveSweep.run, id="archive-sweep-of-the-replay-tests", task_queue=desk.queue
    )
    await handle.result()
    return handle


LIVES: tuple[Life, ...] = (
    plain, three_lines_by_people, three_lines_by_rungs, wait_answered, wait_until_a_date,
    wait_ended_by_hand_off, reopened, cancelled, closed_by_silence, other_priority, adopted,
    given_clock, given_clock_refused, told_by_a_machine, number_taken, in_its_second_run,
    archive, archive_sweep, replays, *ORDERS, *APPROVALS, *RELATIONS, *VENDORS, *BECOMING,
    *COMPLAINTS,
)  # fmt: skip
OFTEN_NEW_RUNS: tuple[Life, ...] = (several_runs,)
"""On an engine that suggests a new run early."""
ALONE: tuple[Life, ...] = (record_behind,)
"""On a desk of their own, because nobody else could write."""
