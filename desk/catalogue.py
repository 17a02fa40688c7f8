"""What may be ordered: an item with its form, who approves it, and the tasks that fulfil it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from desk.model import Frozen, Line, Name, Text
from desk.people import GroupRef, Role
from desk.target import Target


class ByPerson(Frozen):
    """One person: by e-mail address in the rules, by id in a ticket's terms."""

    by: Literal["person"] = "person"
    person: Name


class ByRole(Frozen):
    """Anybody who has the role."""

    by: Literal["role"] = "role"
    role: Role


class ByGroup(Frozen):
    """Any member of the group."""

    by: Literal["group"] = "group"
    group: Name


class ByManager(Frozen):
    """The manager of whom the request is for; a ticket's terms name the person instead."""

    by: Literal["manager"] = "manager"


Approver = Annotated[ByPerson | ByRole | ByGroup | ByManager, Field(discriminator="by")]


class Approval(Frozen):
    """One stage of approval: so many of the approvers, asked at the same time.

    When the target is missed, `escalate_to` may decide for anybody, or the request is rejected.
    Nobody decides on a request of their own, or for themselves, unless `own` says so.
    """

    key: Name
    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]
    needs: Annotated[int, Field(ge=1)]
    target: Target
    on_time_out: Literal["escalate", "reject"] = "escalate"
    escalate_to: Approver = ByRole(role=Role.MANAGER)
    own: bool = False

    @model_validator(mode="after")
    def _can_be_given(self) -> Self:
        if self.needs > len(self.approvers):
            raise ValueError(f"approval {self.key}: needs more than its approvers")
        return self


class Task(Frozen):
    """A part of the fulfilment, owned by a group, begun when those in `after` are done.

    `does` names the activity that does it, `undoes` the one that takes it back.
    """

    key: Name
    title: Line
    group: GroupRef
    target: Target
    after: tuple[Name, ...] = ()
    does: Name | None = None
    undoes: Name | None = None


class Item(Frozen):
    """An entry of the catalogue; `form` is the JSON schema of the answers, `price` as it is read.

    `target` is the time from the last approval to the fulfilment.
    """

    key: Name
    title: Line
    description: Text
    form: dict[str, JsonValue]
    may_order: tuple[Role, ...]
    approvals: tuple[Approval, ...] = ()
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    target: Target
    group: GroupRef
    cost_centre: Name | None = None
    price: Line | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        _each_once(f"item {self.key}: approval", [stage.key for stage in self.approvals])
        _each_once(f"item {self.key}: task", [task.key for task in self.tasks])
        plan = {task.key: task.after for task in self.tasks}
        for task in self.tasks:
            if unknown := set(task.after) - plan.keys():
                names = ", ".join(sorted(unknown))
                raise ValueError(f"task {task.key} comes after {names}, which there is not")
        if ring := _ring(plan):
            raise ValueError(f"tasks wait for each other: {' after '.join(ring)}")
        return self

    def approval(self, key: str) -> Approval:
        """A stage by its key."""
        return next(stage for stage in self.approvals if stage.key == key)

    def task(self, key: str) -> Task:
        """A task by its key."""
        return next(task for task in self.tasks if task.key == key)

    def targets(self) -> dict[str, Target]:
        """The targets of the whole request, of each stage and of each task, by their clocks."""
        return {
            "resolution": self.target,
            **{approval_clock(stage.key): stage.target for stage in self.approvals},
            **{task_clock(task.key): task.target for task in self.tasks},
        }


def approval_clock(stage: str) -> str:
    """The name of the clock that a stage of approval runs against."""
    return f"approval_{stage}"


def task_clock(task: str) -> str:
    """The name of the clock that a task runs against."""
    return f"task_{task}"


def _each_once(what: str, keys: list[str]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{what} {key} is there twice")


def _ring(plan: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Tasks that wait for each other, the first one named again at the end; None without any."""
    done: set[str] = set()

    def walk(key: str, path: list[str]) -> list[str] | None:
        if key in path:
            return [*path[path.index(key) :], key]
        if key in done:
            return None
        for before in plan[key]:
            if ring := walk(before, [*path, key]):
                return ring
        done.add(key)
        return None

    return next((ring for key in plan if (ring := walk(key, []))), None)
