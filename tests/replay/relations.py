"""The paths of two tickets that have to do with each other; the history is that of one of them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.patience import eventually
from tests.running import Desk

Handle = WorkflowHandle[Any, Any]


async def _until(desk: Desk, handle: Handle, **facts: Any) -> None:
    async def so() -> bool:
        ticket, _ = desk.stored(handle.id)
        return all(getattr(ticket, name) == value for name, value in facts.items())

    await eventually(so)


async def _linked(desk: Desk, handle: Handle, many: int) -> None:
    async def so() -> bool:
        return len(desk.stored(handle.id)[0].links) == many

    await eventually(so)


async def _merged(desk: Desk) -> tuple[Handle, Handle]:
    """One ticket that is merged into the other."""
    one, other = await desk.open(), await desk.open()
    await desk.take(one, "finn", "accept")
    await desk.take(one, "finn", "merge", into=other.id, reason="The same switch.")
    await _until(desk, other, absorbed=(one.id,))
    return one, other


async def _confirmed(desk: Desk, handle: Handle) -> Handle:
    await desk.take(handle, "rosa", "confirm", rating=5)
    await desk.pass_time(handle, timedelta(days=15))
    await handle.result()
    return handle


async def _finished(desk: Desk, handle: Handle) -> Handle:
    await desk.take(handle, "finn", "resolve", code="fixed", text="A new switch.")
    return await _confirmed(desk, handle)


async def merged_and_resolved(desk: Desk) -> Handle:
    """Merged into another, spoken to meanwhile, and resolved with it."""
    one, other = await _merged(desk)
    await desk.take(one, "rosa", "comment", text="The lamp is red.")
    await desk.pass_time(one, timedelta(days=2))
    await desk.take(other, "finn", "resolve", code="fixed", text="A new switch.")
    await _until(desk, one, status="resolved")
    return await _confirmed(desk, one)


async def merged_into_it(desk: Desk) -> Handle:
    """Another was merged into it, its requester wrote, and both are resolved."""
    one, other = await _merged(desk)
    await desk.take(one, "rosa", "comment", text="The lamp is red.")
    await desk.take(other, "finn", "accept")
    await desk.take(other, "finn", "resolve", code="fixed", text="A new switch.")
    await _until(desk, one, status="resolved")
    return await _confirmed(desk, other)


async def split_by_hand(desk: Desk) -> Handle:
    """It was about something else after all."""
    one, other = await _merged(desk)
    await desk.take(one, "finn", "split", reason="Another switch.")
    await _linked(desk, other, 0)
    return await _finished(desk, one)


async def split_as_the_other_was_cancelled(desk: Desk) -> Handle:
    """What it was merged into comes to no result."""
    one, other = await _merged(desk)
    await desk.take(other, "finn", "cancel", reason="Reported by mistake.")
    await _until(desk, one, status="in_progress")
    return await _finished(desk, one)


async def split_as_the_other_has_ended(desk: Desk) -> Handle:
    """What it is to be merged into, and linked to, has ended for good."""
    one, other = await desk.open(), await desk.open()
    await desk.take(other, "finn", "cancel", reason="Reported by mistake.")
    await other.result()
    await desk.take(one, "finn", "merge", into=other.id)
    await _until(desk, one, status="in_progress")
    return await _finished(desk, one)


async def refused_by_the_other(desk: Desk) -> Handle:
    """The other is resolved before it hears that this one is merged into it."""
    one, other = await desk.open(), await desk.open()
    await desk.take(other, "finn", "resolve", code="fixed", text="A new switch.")
    await desk.take(one, "finn", "merge", into=other.id)
    await _until(desk, one, status="in_progress", links=())
    return await _finished(desk, one)


async def parent_of_two(desk: Desk) -> Handle:
    """Two children are linked to it, another link is taken off, and both are resolved with it."""
    parent = await desk.open()
    children = [await desk.open(), await desk.open()]
    for many, child in enumerate(children, start=1):
        await desk.take(child, "finn", "link", kind="parent", ticket=parent.id)
        await _linked(desk, parent, many)
    await desk.take(parent, "finn", "unlink", kind="child", ticket=children[1].id)
    await _linked(desk, children[1], 0)
    await desk.take(parent, "finn", "link", kind="child", ticket=children[1].id)
    await _linked(desk, children[1], 1)
    fixed = {"code": "fixed", "text": "A new switch.", "children": True}
    await desk.take(parent, "finn", "resolve", **fixed)
    for child in children:
        await _until(desk, child, status="resolved")
    return await _confirmed(desk, parent)


async def child_of_one(desk: Desk) -> Handle:
    """Resolved with its parent, which is reopened while this one stays as it is."""
    parent, child = await desk.open(), await desk.open()
    await desk.take(child, "finn", "link", kind="parent", ticket=parent.id)
    await _linked(desk, parent, 1)
    fixed = {"code": "fixed", "text": "A new switch.", "children": True}
    await desk.take(parent, "finn", "resolve", **fixed)
    await _until(desk, child, status="resolved")
    version = desk.stored(child.id)[0]
    await desk.take(parent, "rosa", "reopen", reason="Not for me.")
    await _until(desk, child, version=version.version, index=version.index + 1)
    return await _confirmed(desk, child)


RELATIONS: tuple[Callable[[Desk], Awaitable[Handle]], ...] = (
    merged_and_resolved, merged_into_it, split_by_hand, split_as_the_other_was_cancelled,
    split_as_the_other_has_ended, refused_by_the_other, parent_of_two, child_of_one,
)  # fmt: skip
