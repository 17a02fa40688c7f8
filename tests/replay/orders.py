"""The paths through the service request, lived by the demonstration organisation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.automation import NONE_LEFT
from tests.patience import eventually
from tests.running import Desk

Handle = WorkflowHandle[Any, Any]
STARTER = {
    "full_name": "Ada Byron",
    "starts_on": "2026-12-01",
    "job": "Planner",
    "team": "Freight",
    "place": "Madrid",
}
LICENCE = {"program": "Visio", "computer": "NB-4711", "why": "Floor plans."}
WIFI = {
    "guest": "Carl Gauss",
    "company": "Curves",
    "e_mail": "carl@example.org",
    "day": "2026-12-01",
}
LAPTOP = {"model": "light, 13 inch", "keyboard": "German", "needed_by": "2026-12-01", "why": "New."}


async def stands(desk: Desk, number: str, **states: str) -> None:
    """Wait until the named tasks stand so, `_` for `-`, and nothing else is on its way."""
    wanted = {name.replace("_", "-"): state for name, state in states.items()}

    async def so() -> bool:
        order = desk.stored(number)[0].order
        works = order.works if order else ()
        return wanted.items() <= {work.task: work.state for work in works}.items()

    await eventually(so)


async def _confirmed(desk: Desk, handle: Handle, by: str) -> Handle:
    await desk.take(handle, by, "confirm", rating=4)
    await desk.pass_time(handle, timedelta(days=15))
    await handle.result()
    return handle


async def order_by_itself(desk: Desk) -> Handle:
    """Without approval, done by the desk itself."""
    handle = await desk.order("rosa", "password-reset", {"account": "VPN"})
    await stands(desk, handle.id, reset="done")
    return await _confirmed(desk, handle, "rosa")


async def order_of_many_groups(desk: Desk) -> Handle:
    """Two approvals of three, eight tasks of four groups, some of them by the desk itself."""
    handle = await desk.order("lena", "new-starter", STARTER)
    await desk.take(handle, "max", "approve", reason="We need a planner.")
    await desk.take(handle, "frida", "approve")
    await stands(desk, handle.id, account="done", access="done", licence="done")
    for task in ("badge", "laptop", "set-up", "desk"):
        await desk.take(handle, "sena", "complete", task=task)
    await desk.take(handle, "finn", "complete", task="welcome", result="She is here.")
    return await _confirmed(desk, handle, "lena")


async def order_taken_back(desk: Desk) -> Handle:
    """A task that nobody can do: what was done is taken back."""
    handle = await desk.order("lena", "new-starter", STARTER)
    await desk.take(handle, "pia", "approve")
    await desk.take(handle, "max", "approve")
    await stands(desk, handle.id, account="done", access="done", licence="done")
    await desk.take(handle, "sena", "fail", task="laptop", reason="There are none to be had.")
    await handle.result()
    return handle


async def order_withdrawn(desk: Desk) -> Handle:
    """Not wanted any more, after a seat was reserved."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "nora", "approve")
    await stands(desk, handle.id, seat="done", install="open")
    await desk.take(handle, "rosa", "withdraw", reason="The project is off.")
    await handle.result()
    return handle


async def order_refused_by_a_machine(desk: Desk) -> Handle:
    """What the far end refuses, a person does; and it was not right, so it is done again."""
    handle = await desk.order("finn", "software-licence", {**LICENCE, "computer": NONE_LEFT})
    await desk.take(handle, "max", "approve")
    await stands(desk, handle.id, seat="failed")
    await desk.take(handle, "sena", "complete", task="seat", result="Bought one more.")
    await desk.take(handle, "sena", "complete", task="install")
    await desk.take(handle, "finn", "reopen", reason="It does not start.")
    await desk.take(handle, "sena", "complete", task="install")
    return await _confirmed(desk, handle, "finn")


async def order_rejected(desk: Desk) -> Handle:
    """Approved by one, rejected by the next."""
    handle = await desk.order("omar", "new-laptop", LAPTOP)
    await desk.take(handle, "hugo", "approve")
    await desk.take(handle, "frida", "reject", reason="Not this year.")
    await handle.result()
    return handle


async def order_timed_out(desk: Desk) -> Handle:
    """Nobody decides, and the rules reject it."""
    handle = await desk.order("rosa", "guest-wifi", WIFI)
    await desk.pass_time(handle, timedelta(days=5))
    await handle.result()
    return handle


async def order_escalated(desk: Desk) -> Handle:
    """Nobody decides, so a manager of the desk does; rungs fire on the way."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.pass_time(handle, timedelta(days=5))
    await desk.take(handle, "max", "approve", reason="Nora is away.")
    await stands(desk, handle.id, seat="done", install="open")
    await desk.pass_time(handle, timedelta(days=4))
    await desk.take(handle, "sena", "complete", task="install")
    return await _confirmed(desk, handle, "rosa")


async def order_asked_and_amended(desk: Desk) -> Handle:
    """A question and its answer, other answers, and somebody who decides for somebody else."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "nora", "ask", text="Is there no other program?")
    await desk.pass_time(handle, timedelta(days=1))
    await desk.take(handle, "rosa", "comment", text="Acrobat would do.")
    await desk.take(handle, "rosa", "amend", answers={**LICENCE, "program": "Acrobat"})
    await desk.take(handle, "nora", "delegate", to=desk.actor("hugo").person)
    await desk.take(handle, "hugo", "approve", form=2)
    await stands(desk, handle.id, seat="done", install="open")
    await desk.take(handle, "sena", "complete", task="install")
    return await _confirmed(desk, handle, "rosa")


ORDERS: tuple[Callable[[Desk], Awaitable[Handle]], ...] = (
    order_by_itself, order_of_many_groups, order_taken_back, order_withdrawn,
    order_refused_by_a_machine, order_rejected, order_timed_out, order_escalated,
    order_asked_and_amended,
)  # fmt: skip
