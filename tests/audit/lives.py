"""A life of several days on the engine's virtual clock, with everything that can happen in one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from desk.ticket import Status
from tests.patience import eventually
from tests.running import Desk
from workflows.incident import Incident

SHORT_RUNS = 3
"""Steps a run: so short that a life goes on in several runs."""


async def long_life(desk: Desk) -> WorkflowHandle[Any, Any]:
    """Report, hand-offs, a wait, a change of service that brings other rules, and the end."""
    handle = await desk.open(impact="low", urgency="low")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "hand_off", line=2, reason="It takes a specialist.")
    await desk.pass_time(handle, timedelta(days=1))
    until = (await _now(handle)) + timedelta(days=2)
    await desk.take(handle, "sena", "wait", **{"for": "vendor"}, reason="A part", until=until)
    await desk.pass_time(handle, timedelta(days=3))
    service = next(s for s in desk.directory.current.services.values() if s.calendar)
    facts = {"category": "network", "impact": "low", "urgency": "low", "service": service.id}
    await desk.take(handle, "sena", "classify", **facts)
    await desk.take(handle, "sena", "comment", text="The part is here.")
    await desk.take(handle, "sena", "resolve", code="fixed", text="A new part")
    await desk.take(handle, "rosa", "confirm", rating=5)
    return handle


async def ended(desk: Desk, handle: WorkflowHandle[Any, Any]) -> None:
    """Let the time to reopen it pass."""
    await desk.pass_time(handle, timedelta(days=15))

    async def over() -> bool:
        return desk.stored(handle.id)[0].retired

    await eventually(over)


async def _now(handle: WorkflowHandle[Any, Any]) -> datetime:
    ticket = await handle.query(Incident.stands)
    assert ticket.status is not Status.CLOSED
    return max(ticket.last_at, datetime.now(UTC)) + timedelta(days=1)
