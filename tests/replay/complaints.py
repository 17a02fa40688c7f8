"""The paths through the complaint, lived by the demonstration organisation."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from desk.numbers import derive
from tests.running import Desk

Handle = WorkflowHandle[Any, Any]


async def complain(desk: Desk, by: str, about: dict[str, str], *barred: str) -> Handle:
    """A complaint as the API sends it, kept from those people."""
    opening_id = uuid.uuid4().hex
    facts = {
        "opening_id": opening_id,
        "number": derive("CMP", b"a key of the tests", opening_id, 0),
        "kind": "complaint",
        "summary": "Nobody called back",
        "description": "I was promised a call, and nobody has called.",
        "category": None,
        "impact": None,
        "urgency": None,
        "confidential": True,
        "about": about,
        "barred": tuple(desk.actor(name).person for name in barred),
    }
    return await desk.open(by, **facts)


async def _over(desk: Desk, handle: Handle) -> Handle:
    await desk.pass_time(handle, timedelta(days=15))
    await handle.result()
    return handle


async def complaint_upheld(desk: Desk) -> Handle:
    """About a person: given to somebody, asked, answered, and the answer is accepted."""
    handle = await complain(desk, "rosa", {"person": desk.actor("finn").person}, "finn")
    pia = desk.actor("pia")
    await desk.take(handle, "max", "assign", assignee=pia.person, _assignee_groups=pia.groups)
    await desk.take(handle, "pia", "accept")
    await desk.take(handle, "pia", "comment", text="He forgot it.", internal=True)
    await desk.take(handle, "pia", "wait", **{"for": "requester"}, reason="When was that?")
    await desk.pass_time(handle, timedelta(days=1))
    await desk.take(handle, "rosa", "comment", text="On Monday.")
    await desk.take(handle, "pia", "resolve", code="upheld", text="We are sorry: he calls today.")
    await desk.take(handle, "rosa", "confirm", rating=4)
    return await _over(desk, handle)


async def complaint_withdrawn(desk: Desk) -> Handle:
    """About a ticket, kept from one of its group too; late, so that rungs fire; withdrawn."""
    about = {"ticket": "INC-7K3M9Q2M", "group": "service-desk"}
    handle = await complain(desk, "omar", about, "finn", "lena", "max")
    await desk.pass_time(handle, timedelta(days=3))
    await desk.take(handle, "pia", "accept")
    await desk.take(handle, "pia", "link", kind="related", ticket="INC-7K3M9Q2M")
    await desk.take(handle, "omar", "withdraw", reason="It is all right now.")
    await handle.result()
    return handle


async def complaint_closed_by_silence(desk: Desk) -> Handle:
    """About a service, and not answered in time; not content with it; then silence closes it."""
    handle = await complain(desk, "rosa", {"service": "email"})
    await desk.take(handle, "max", "accept")
    await desk.pass_time(handle, timedelta(days=20))
    await desk.take(handle, "max", "resolve", code="not_upheld", text="It ran all the time.")
    await desk.take(handle, "rosa", "reopen", reason="It did not.")
    await desk.take(handle, "max", "resolve", code="partly_upheld", text="It was slow.")
    await desk.pass_time(handle, timedelta(days=9))
    return await _over(desk, handle)


COMPLAINTS: tuple[Callable[[Desk], Awaitable[Handle]], ...] = (
    complaint_upheld, complaint_withdrawn, complaint_closed_by_silence,
)  # fmt: skip
