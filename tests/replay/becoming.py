"""Tickets that turned out to be of another kind, lived by the demonstration organisation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.patience import eventually
from tests.replay.orders import LICENCE, stands
from tests.running import Desk

Handle = WorkflowHandle[Any, Any]
NO_FAULT = {"kind": "service_request", "reason": "Nothing is broken: it was never there."}
A_FAULT = {"kind": "incident", "reason": "It was there until Friday."}


async def goes_on_as(handle: Handle, kind: str) -> None:
    """Wait until the ticket's process is of that kind."""

    async def so() -> bool:
        return (await handle.describe()).workflow_type == kind

    await eventually(so)


async def _ended(desk: Desk, handle: Handle) -> Handle:
    await desk.take(handle, "rosa", "confirm", rating=4)
    await desk.pass_time(handle, timedelta(days=15))
    await handle.result()
    return handle


async def _ordered(desk: Desk, handle: Handle, **more: Any) -> None:
    """Finn makes it an order of a licence, and it is fulfilled."""
    order = {"item": "software-licence", "answers": LICENCE, **NO_FAULT}
    await desk.take(handle, "finn", "become", **order, **more)
    await goes_on_as(handle, "service_request")
    await desk.take(handle, "nora", "approve", reason="Go on.")
    await stands(desk, handle.id, seat="done", install="open")
    await desk.take(handle, "sena", "complete", task="install")


async def incident_became_an_order(desk: Desk) -> Handle:
    """Worked on for a day, and then it was a wish."""
    handle = await desk.open(category="software", summary="Visio does not start")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "wait", **{"for": "requester"}, reason="Since when?")
    await desk.pass_time(handle, timedelta(days=1))
    await _ordered(desk, handle, _key="became", _body_hash="order")
    return await _ended(desk, handle)


async def order_became_an_incident(desk: Desk) -> Handle:
    """Asked for once more, though it was there and is broken."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "finn", "become", **A_FAULT)
    await goes_on_as(handle, "incident")
    await desk.take(handle, "finn", "classify", category="software", impact="low", urgency="medium")
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "resolve", code="fixed", text="It was installed anew.")
    return await _ended(desk, handle)


async def there_and_back_again(desk: Desk) -> Handle:
    """An order, an incident, and an order after all."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "finn", "become", **A_FAULT)
    await goes_on_as(handle, "incident")
    await _ordered(desk, handle)
    return await _ended(desk, handle)


BECOMING: tuple[Callable[[Desk], Awaitable[Handle]], ...] = (
    incident_became_an_order, order_became_an_incident, there_and_back_again,
)  # fmt: skip
