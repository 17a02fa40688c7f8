"""The words that the rules are written in."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, get_args

from desk.calendar import Shift
from desk.ladder import (
    WORKING_DAY,
    Action,
    Call,
    HandToNextLine,
    Ladder,
    Repeat,
    Rung,
    Tell,
    Whom,
)
from desk.people import GroupRef
from desk.terms import Target

REQUESTER, ASSIGNEE, GROUP = Whom.REQUESTER, Whom.ASSIGNEE, Whom.GROUP
DUTY, LEAD, MANAGER = Whom.DUTY, Whom.LEAD, Whom.MANAGER

Day = Literal["mon", "tue", "wed", "thu", "fri"]


def weekdays(start: str, end: str) -> tuple[Shift, ...]:
    """The same shift from Monday to Friday."""
    return tuple(Shift(day=day, start=start, end=end) for day in get_args(Day))


def minutes(count: int) -> timedelta:
    """Working time."""
    return timedelta(minutes=count)


def hours(count: int) -> timedelta:
    """Working time."""
    return timedelta(hours=count)


def tell(whom: Whom) -> Tell:
    """Tell somebody that the target is at risk, or missed."""
    return Tell(whom=whom)


def hand_to_next_line() -> HandToNextLine:
    """Functional escalation: the next line of the category's routing gets the ticket."""
    return HandToNextLine()


def call(name: str) -> Call:
    """Run an activity that `activities/calls.py` registers under a name."""
    return Call(name=name)


def at(percent: int, *actions: Action, then: Iterable[Repeat] = ()) -> Rung:
    """When so many percent of the target are spent."""
    return Rung(key=f"{percent}%", percent=percent, actions=actions, then=tuple(then))


def every_working_hour(at_most: int, *actions: Action) -> Repeat:
    """Again after each working hour, at most so many times."""
    return Repeat(every=hours(1), times=at_most, actions=actions)


def every_working_day(at_most: int, *actions: Action) -> Repeat:
    """Again after each working day, at most so many times."""
    return Repeat(every=WORKING_DAY, times=at_most, actions=actions)


def ladder(name: str, *rungs: Rung) -> Ladder:
    """The rungs of a target, lowest first."""
    return Ladder(name=name, rungs=rungs)


def target(length: timedelta, calendar: str, ladder: Ladder | None = None) -> Target:
    """So much working time in a calendar, and what happens on the way."""
    return Target(length=length, calendar=calendar, ladder=ladder.name if ladder else None)


def groups(*by_line: str) -> tuple[GroupRef, ...]:
    """The groups of a category: first line, second line, third line."""
    return tuple(GroupRef(id=group, line=line) for line, group in enumerate(by_line, start=1))
