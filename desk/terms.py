"""Terms: the promise as made to one ticket, for all priorities, with the version of its rules."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from desk.calendar import Calendar
from desk.catalogue import Item
from desk.contract import Contract, promised_by
from desk.ladder import Ladder
from desk.model import Frozen, Name, absent, empty
from desk.people import GroupRef
from desk.target import Target as Target
from desk.ticket import Level, Priority, WaitFor

Matrix = dict[Level, dict[Level, Priority]]


class Closure(Frozen):
    """What follows a resolution; working days are counted in `calendar`.

    An approver's question that stays open is reminded of as often as `remind_of_questions` says,
    `remind_after_working_days` apart; tickets of before there was such a rule have none.
    """

    codes: tuple[Name, ...]
    calendar: Name
    remind_after_working_days: Annotated[int, Field(ge=1, le=60)]
    close_after_working_days: Annotated[int, Field(ge=1, le=60)]
    reopen_for: Annotated[timedelta, Field(ge=timedelta())]
    remind_of_questions: Annotated[int, Field(ge=0, le=20)] | None = Field(
        default=None, exclude_if=absent
    )


class Routing(Frozen):
    """The groups of a category, one a line, first line first."""

    default: tuple[GroupRef, ...]
    categories: dict[Name, tuple[GroupRef, ...]]

    def group(self, category: str | None, line: int) -> GroupRef | None:
        """The group of a category on a line, if there is one."""
        groups = self.categories.get(category, self.default) if category else self.default
        return next((group for group in groups if group.line == line), None)


class Terms(Frozen):
    """Everything a ticket needs to know of the rules; it travels with the ticket as data.

    `matrix` is impact, then urgency. `targets` is priority, then target: `response`,
    `resolution`, `next_response`, or `ola_1`..`ola_3` for the group of a line; for a request
    those of its `item`. `contracts` are those of the vendors that it was ever handed to.
    """

    policy_version: Name
    zone_data: Name
    matrix: Matrix
    default_impact: Level
    default_urgency: Level
    targets: dict[Priority, dict[Name, Target]]
    calendars: dict[Name, Calendar]
    ladders: dict[Name, Ladder]
    routing: Routing
    closure: Closure
    pausing: tuple[WaitFor, ...]
    item: Item | None = Field(default=None, exclude_if=absent)
    contracts: tuple[Contract, ...] = Field(default=(), exclude_if=empty)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Terms":
        for priority in Priority:
            for name, target in self.targets.get(priority, {}).items():
                where = f"target {name} of {priority}"
                if target.calendar not in self.calendars:
                    raise ValueError(f"{where}: there is no calendar {target.calendar!r}")
                if target.ladder is not None and target.ladder not in self.ladders:
                    raise ValueError(f"{where}: there is no ladder {target.ladder!r}")
            for needed in ("resolution",) if self.item else ("response", "resolution"):
                if needed not in self.targets.get(priority, {}):
                    raise ValueError(f"{priority} needs a target {needed!r}")
        if self.closure.calendar not in self.calendars:
            raise ValueError(f"closure: there is no calendar {self.closure.calendar!r}")
        for impact in Level:
            for urgency in Level:
                if urgency not in self.matrix.get(impact, {}):
                    raise ValueError(f"the matrix lacks impact {impact} with urgency {urgency}")
        if not any(group.line == 1 for group in self.routing.default):
            raise ValueError("routing: the default needs a group of line 1")
        return self

    def priority(self, impact: Level, urgency: Level) -> Priority:
        """The priority that the matrix gives."""
        return self.matrix[impact][urgency]

    def target(self, priority: Priority, name: str) -> Target | None:
        """The target of a priority, if it has one of that name."""
        own = self.targets[priority].get(name)
        return own or promised_by(self.contracts, priority, name)
