"""Approvals that do not go by themselves: a deputy decides, a question stays open."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.replay.orders import LICENCE, stands
from tests.running import Desk

Handle = WorkflowHandle[Any, Any]


async def order_decided_by_a_deputy(desk: Desk) -> Handle:
    """Who is asked is away; by a link in a mail somebody else decides for them."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    absent = desk.actor("nora").person
    hugo = desk.actor("hugo").model_copy(update={"stands_for": (absent,)})
    await desk.take(
        handle, "hugo", "approve", form=1, reason="She needs it.", _actor=hugo, _via="mail-link"
    )
    await stands(desk, handle.id, seat="done", install="open")
    await desk.take(handle, "rosa", "withdraw")
    await handle.result()
    return handle


async def order_left_unanswered(desk: Desk) -> Handle:
    """Three reminders, and then whoever asked is told, and decides without an answer."""
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "nora", "ask", text="Is there no other program?")
    for _ in range(4):
        await desk.pass_time(handle, timedelta(days=5))
    await desk.take(handle, "nora", "reject", reason="Nobody says what it is for.")
    await handle.result()
    return handle


APPROVALS: tuple[Callable[[Desk], Awaitable[Handle]], ...] = (
    order_decided_by_a_deputy, order_left_unanswered,
)  # fmt: skip
