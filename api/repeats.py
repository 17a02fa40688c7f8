"""What is answered of a ticket to whoever sends again what they did, and may see it no more."""

from starlette.concurrency import run_in_threadpool

from api.accesses import note_reading
from api.dependencies import Call
from api.errors import Problem
from desk.access import may_see
from desk.people import Actor
from desk.view import View

LATER = (
    *("description", "service", "category", "assignee", "resolved_at", "closed_at"),
    *("resolution", "workaround", "rating", "order", "merged_into"),
)
"""What of a ticket may have come after a step."""
AS_OPENED = 1
"""The version in which nothing has come to a ticket but what it was opened with."""


def as_known(actor: Actor, view: View) -> View:
    """What whoever repeats a step reads of the ticket, which they may not see any more.

    The repeat must not look like a failure, nor tell what came later but how it stands.
    """
    return view if may_see(actor, view) else _without_later(view)


async def as_opened(call: Call, view: View) -> View:
    """What whoever opened the ticket, or repeats that, reads of it.

    They have written what it was opened with; what came later is read as by GET, and noted as
    that. Their ticket is there even when that cannot be noted: then they read nothing later.
    """
    if view.version <= AS_OPENED:
        return view
    if not may_see(call.actor, view):
        return _without_later(view)
    try:
        await run_in_threadpool(note_reading, call, view)
    except Problem:
        return _without_later(view)
    return view


def _without_later(view: View) -> View:
    nothing: dict[str, tuple[()]] = {"links": (), "clocks": (), "vendors": ()}
    return view.model_copy(update={**dict.fromkeys(LATER), **nothing})
