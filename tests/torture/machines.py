"""The far end of automatic tasks under torture, and whether each task was asked for as it says."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from desk.events import Became, Event, Ordered, StepTaken, TaskEnded
from policies.in_force import CATALOGUE
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
    events = truth.events()
    asked = {one.key for one in end.asked if one.body["ticket"] == truth.number}
    named = _names(events)
    said = {f"{truth.number}/{what.task}/{named[what]}" for what in named}
    wrong = [f"{key} is said to be done, and was never asked for" for key in sorted(said - asked)]
    order = truth.last.ticket.order if truth.last is not None else None
    known = {what.task for what in _ended(events)}
    known |= {work.task for work in order.at_machines} if order is not None else set()
    wrong += [
        f"{key} was asked for out of the blue" for key in asked if key.split("/")[1] not in known
    ]
    anew = sum(isinstance(event.what, Became) or _reopens(event) for event in events)
    times = Counter(what.task for what in _ended(events) if what.how == "done")
    wrong += [f"{task} was done {many} times" for task, many in times.items() if many > 1 + anew]
    return wrong


def _names(events: list[Event]) -> dict[TaskEnded, str]:
    """By which activity each task was done or taken back that no person did."""
    found: dict[TaskEnded, str] = {}
    item = None
    for event in events:
        if isinstance(event.what, Ordered):
            item = CATALOGUE[event.what.item]
        if isinstance(event.what, TaskEnded) and event.actor is None and item is not None:
            task = item.task(event.what.task)
            name = {"done": task.does, "undone": task.undoes}.get(event.what.how)
            if name is not None:
                found[event.what] = name
    return found


def _ended(events: list[Event]) -> list[TaskEnded]:
    return [event.what for event in events if isinstance(event.what, TaskEnded)]


def _reopens(event: Event) -> bool:
    return isinstance(event.what, StepTaken) and event.what.step.step == "reopen"
