"""The paths through the third line outside, lived by the demonstration organisation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from desk.vendor_events import VendorEnded
from tests.patience import eventually
from tests.running import Desk
from tests.vendors import far_vendor

Handle = WorkflowHandle[Any, Any]
HAND_OVER = {"vendor": "meridian", "text": "Router 7 reboots every hour since nine."}
PORT = 8790
"""Where the demonstration organisation says that druckwerk listens."""
PRINTER = {"vendor": "druckwerk", "text": "Der Drucker im 3. Stock druckt leere Seiten."}


async def asked(desk: Desk, **facts: Any) -> Handle:
    """An incident of low priority with meridian, whose contract pauses."""
    handle = await desk.open(**{"impact": "low", "urgency": "low", **facts})
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "hand_to_vendor", **HAND_OVER)
    return handle


async def let_go(desk: Desk, handle: Handle, how: str) -> None:
    """Wait until the vendor works on it no more."""

    async def so() -> bool:
        events = [row["body"] for row in desk.stored(handle.id)[1]]
        kind = VendorEnded.model_fields["event"].default
        return any(f'"event":"{kind}"' in one and f'"how":"{how}"' in one for one in events)

    await eventually(so)


async def _finished(desk: Desk, handle: Handle) -> Handle:
    await desk.take(handle, "finn", "resolve", code="fixed", text="The router is new.")
    await desk.take(handle, "rosa", "confirm", rating=5)
    await desk.pass_time(handle, timedelta(days=15))
    await handle.result()
    return handle


async def vendor_answered(desk: Desk) -> Handle:
    """Asked under a contract that pauses, chased, heard in between, told more, and answered."""
    handle = await asked(desk)
    await desk.pass_time(handle, timedelta(days=5))
    reply = {"vendor": "meridian", "text": "A technician is on the way.", "reference": "M-1"}
    await desk.take(handle, "finn", "vendor_reply", **reply, final=False)
    await desk.take(handle, "finn", "tell_vendor", vendor="meridian", text="The door is open.")
    await desk.take(handle, "finn", "vendor_reply", vendor="meridian", text="Line card replaced.")
    return await _finished(desk, handle)


async def vendor_recalled(desk: Desk) -> Handle:
    """Recalled, asked once more, and over with the ticket; the priority changes meanwhile.

    A wait for the requester ends into the one that the contract holds.
    """
    handle = await asked(desk)
    await desk.take(handle, "finn", "recall", vendor="meridian", reason="It was the power.")
    await desk.take(handle, "finn", "hand_to_vendor", **HAND_OVER)
    facts = {"category": "network", "impact": "medium", "urgency": "medium"}
    await desk.take(handle, "finn", "classify", **facts)
    await desk.take(handle, "pia", "adopt")
    await desk.take(handle, "finn", "wait", **{"for": "requester"}, reason="Does it blink?")
    await desk.take(handle, "finn", "resume")
    return await _finished(desk, handle)


async def vendor_gave_no_answer(desk: Desk) -> Handle:
    """Chased until nobody waits any more."""
    handle = await asked(desk)
    await desk.pass_time(handle, timedelta(days=12))
    await let_go(desk, handle, "gave_up")
    return await _finished(desk, handle)


async def vendor_by_webhook(desk: Desk) -> Handle:
    """A vendor that answers itself, of a ticket that does not wait for it."""
    with far_vendor(PORT):
        handle = await desk.open(impact="low", urgency="low", service="workplace")
        await desk.take(handle, "finn", "accept")
        await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)
        taken = desk.taken("finn", "vendor_reply", vendor="druckwerk", text="Neue Trommel.")
        itself = {"actor": {"person": "vendor:druckwerk"}, "via": "webhook", "key": "msg_1"}
        await handle.signal("send", taken.model_validate({**dict(taken), **itself}))
        await let_go(desk, handle, "answered")
        return await _finished(desk, handle)


async def order_with_a_vendor(desk: Desk) -> Handle:
    """A part of a request is done outside, until nobody wants it any more."""
    handle = await desk.order("rosa", "password-reset", {"account": "VPN"}, service="workplace")
    await desk.pass_time(handle, timedelta(minutes=1))
    await desk.take(handle, "rosa", "reopen", reason="It does not work.")
    await desk.take(handle, "finn", "hand_to_vendor", **HAND_OVER)
    await desk.take(handle, "rosa", "withdraw")
    await handle.result()
    return handle


VENDORS: tuple[Callable[[Desk], Awaitable[Handle]], ...] = (
    vendor_answered, vendor_recalled, vendor_gave_no_answer, vendor_by_webhook,
    order_with_a_vendor,
)  # fmt: skip
