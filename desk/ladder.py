"""Ladders: what happens as a target comes closer, as data that travels with the ticket."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from desk.model import Frozen, Name

WORKING_DAY: Literal["working_day"] = "working_day"


class Whom(StrEnum):
    """Roles around one ticket that a rung may tell."""

    REQUESTER = "requester"
    ASSIGNEE = "assignee"
    GROUP = "group"
    DUTY = "duty"
    LEAD = "lead"
    MANAGER = "manager"
    APPROVERS = "approvers"
    VENDOR = "vendor"


class Tell(Frozen):
    """Hierarchical escalation: tell somebody that the target is at risk or missed."""

    do: Literal["tell"] = "tell"
    whom: Whom


class HandToNextLine(Frozen):
    """Functional escalation: hand the ticket to the next line of its category's routing."""

    do: Literal["hand_to_next_line"] = "hand_to_next_line"


class Call(Frozen):
    """Run an activity that is registered under a name."""

    do: Literal["call"] = "call"
    name: Name


Action = Annotated[Tell | HandToNextLine | Call, Field(discriminator="do")]


def _each_once(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    if len(set(actions)) < len(actions):
        raise ValueError("an action is named twice: name it once")
    return actions


Actions = Annotated[tuple[Action, ...], Field(min_length=1), AfterValidator(_each_once)]


class Repeat(Frozen):
    """The same again, so much working time apart, so many times and no more."""

    every: timedelta | Literal["working_day"]
    times: Annotated[int, Field(ge=1, le=50)]
    actions: Actions

    @field_validator("every")
    @classmethod
    def _some_time(cls, every: timedelta | str) -> timedelta | str:
        if isinstance(every, timedelta) and every < timedelta(minutes=1):
            raise ValueError("a repeat needs at least one minute of working time in between")
        return every


class Rung(Frozen):
    """`percent` of the target's length has been spent: act, then repeat as said."""

    key: Name
    percent: Annotated[int, Field(ge=0, le=1000)]
    actions: Actions
    then: tuple[Repeat, ...] = ()

    def firings(self) -> int:
        """How many times the rung fires at most, itself included."""
        return 1 + sum(repeat.times for repeat in self.then)

    def firing(self, nth: int) -> tuple[Action, ...]:
        """The actions of the nth firing, 0 being the rung itself."""
        for repeat in self.then:
            if nth <= 0:
                break
            if nth <= repeat.times:
                return repeat.actions
            nth -= repeat.times
        return self.actions

    def threshold(self, nth: int, length: timedelta, working_day: timedelta) -> timedelta:
        """Working time spent on the clock at which the nth firing is due."""
        spent = length * self.percent / 100
        for repeat in self.then:
            every = working_day if isinstance(repeat.every, str) else repeat.every
            spent += every * max(0, min(nth, repeat.times))
            nth -= repeat.times
        return spent


class Ladder(Frozen):
    """The rungs of one target, lowest first."""

    name: Name
    rungs: tuple[Rung, ...]

    @model_validator(mode="after")
    def _climbs(self) -> "Ladder":
        keys = [rung.key for rung in self.rungs]
        if len(set(keys)) != len(keys):
            raise ValueError(f"ladder {self.name}: two rungs have the same key")
        percents = [rung.percent for rung in self.rungs]
        if percents != sorted(percents):
            raise ValueError(f"ladder {self.name}: put the rungs in rising order of percent")
        return self
