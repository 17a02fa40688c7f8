"""The words that the rules are written in."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, get_args

from desk.calendar import Shift
from desk.catalogue import (
    Approval,
    Approver,
    ByGroup,
    ByManager,
    ByPerson,
    ByRole,
    Item,
    Task,
)
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
from desk.model import Frozen
from desk.people import GroupRef, Role
from desk.terms import Target

REQUESTER, ASSIGNEE, GROUP = Whom.REQUESTER, Whom.ASSIGNEE, Whom.GROUP
DUTY, LEAD, MANAGER = Whom.DUTY, Whom.LEAD, Whom.MANAGER
APPROVERS = Whom.APPROVERS
VENDOR = Whom.VENDOR

MANAGER_OF_REQUESTER = ByManager()
A_MANAGER = ByRole(role=Role.MANAGER)
EVERYBODY = tuple(role for role in Role if role is not Role.IMPORT)

TimeOut = Literal["escalate", "reject"]

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


def group(id: str, line: int) -> GroupRef:
    """A group of `organisation.yaml`, and the line that it sits on there."""
    return GroupRef(id=id, line=line)


def person(email: str) -> ByPerson:
    """This person; whoever is their manager when they have left, or ordered it themselves."""
    return ByPerson(person=email)


def role(name: Role) -> ByRole:
    """Anybody who has the role."""
    return ByRole(role=name)


def members_of(group: GroupRef) -> ByGroup:
    """Any member of the group."""
    return ByGroup(group=group.id)


def one_of(
    key: str,
    *approvers: Approver,
    within: timedelta,
    calendar: str = "office",
    on_time_out: TimeOut = "escalate",
    escalate_to: Approver = A_MANAGER,
    own: bool = False,
) -> Approval:
    """A stage of approval: all of them are asked at once, and one yes is enough.

    The key is what people read: "the approval (budget)". When the time is over, `escalate_to` may
    decide too, or the request is rejected. `own` lets people decide on what they want themselves.
    """
    return Approval(
        key=key,
        approvers=approvers,
        needs=1,
        target=Target(length=within, calendar=calendar, ladder="approval"),
        on_time_out=on_time_out,
        escalate_to=escalate_to,
        own=own,
    )


def all_of(
    key: str,
    *approvers: Approver,
    within: timedelta,
    calendar: str = "office",
    on_time_out: TimeOut = "escalate",
    escalate_to: Approver = A_MANAGER,
    own: bool = False,
) -> Approval:
    """As `one_of`, but each of them has to say yes."""
    return at_least(
        len(approvers),
        key,
        *approvers,
        within=within,
        calendar=calendar,
        on_time_out=on_time_out,
        escalate_to=escalate_to,
        own=own,
    )


def at_least(
    needs: int,
    key: str,
    *approvers: Approver,
    within: timedelta,
    calendar: str = "office",
    on_time_out: TimeOut = "escalate",
    escalate_to: Approver = A_MANAGER,
    own: bool = False,
) -> Approval:
    """As `one_of`, but so many of them have to say yes."""
    stage = one_of(
        key,
        *approvers,
        within=within,
        calendar=calendar,
        on_time_out=on_time_out,
        escalate_to=escalate_to,
        own=own,
    )
    return Approval.model_validate({**dict(stage), "needs": needs})


def task(
    key: str,
    title: str,
    group: GroupRef,
    *,
    within: timedelta,
    calendar: str = "office",
    after: Iterable[str] = (),
    does: str | None = None,
    undoes: str | None = None,
) -> Task:
    """A part of the fulfilment: the group has so much working time once those in `after` are done.

    `does` and `undoes` are names that `activities/automation.py` registers: then the desk does it
    by itself, and the group only if that fails.
    """
    return Task(
        key=key,
        title=title,
        group=group,
        target=Target(length=within, calendar=calendar, ladder="task"),
        after=tuple(after),
        does=does,
        undoes=undoes,
    )


def item(
    key: str,
    title: str,
    description: str,
    *,
    form: type[Frozen],
    within: timedelta,
    tasks: Iterable[Task],
    group: GroupRef,
    approvals: Iterable[Approval] = (),
    may_order: Iterable[Role] = EVERYBODY,
    calendar: str = "office",
    cost_centre: str | None = None,
    price: str | None = None,
) -> Item:
    """An entry of the catalogue; its time runs from the last approval, and `group` answers for it.

    `form` is a class of `policies/forms.py`; `price` is written as approvers read it.
    """
    return Item(
        key=key,
        title=title,
        description=description,
        form=form.model_json_schema(),
        may_order=tuple(may_order),
        approvals=tuple(approvals),
        tasks=tuple(tasks),
        target=Target(length=within, calendar=calendar, ladder="fulfilment"),
        group=group,
        cost_centre=cost_centre,
        price=price,
    )
