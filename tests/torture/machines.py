"""The far end of automatic tasks under torture, and whether each task was asked for as it says."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from desk.events import Event, TaskEnded
from tests.automation import Asked, FarEnd, far_end
from tests.torture.truth import Truth

REFUSES, FAILS, FIRST_FAILS = 0.1, 0.1, 0.2


@contextmanager
def unreliable_far_end(seed: int) -> Iterator[FarEnd]:
    """It refuses some tasks for good, and does others only when they are asked for once more."""
    with far_end() as end:
        end.plan = lambda asked: _plan(seed, asked)
        yield end


def _plan(seed: int, asked: Asked) -> list[int]:
    """What a task is answered, by its key: the same in each campaign of a seed."""
    dice = random.Random(f"{seed}/{asked.key}").random()
    if dice < REFUSES:
        return [409]
    if dice < REFUSES + FAILS:
        return [500, 503, 200]
    return [503, 200] if dice < REFUSES + FAILS + FIRST_FAILS else [200]


def machines(truth: Truth, end: FarEnd) -> list[str]:
    """What the desk says that a machine did, and what the far end was asked to do."""
    asked = {one.key for one in end.asked if one.body["ticket"] == truth.number}
    told = [event for event in truth.events() if _by_machine(event)]
    wrong = []
    for event in told:
        what = event.what
        assert isinstance(what, TaskEnded)
        if not any(key.split("/")[1] == what.task for key in asked):
            wrong.append(f"{what.task} is {what.how}, and the far end was never asked")
    tasks = {event.what.task for event in truth.events() if isinstance(event.what, TaskEnded)}
    order = truth.last.ticket.order if truth.last is not None else None
    open_still = {work.task for work in order.at_machines} if order is not None else set()
    for key in sorted(asked):
        if key.split("/")[1] not in tasks | open_still:
            wrong.append(f"the far end was asked for {key}, of which the history knows nothing")
    return wrong


def _by_machine(event: Event) -> bool:
    what = event.what
    ended = isinstance(what, TaskEnded) and what.how in ("done", "undone")
    return ended and event.actor is None
