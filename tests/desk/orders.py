"""Whole lives of requests: a laptop with two stages of approval and a small graph of tasks.

buy ────> install ──┐
                    ├──> hand_over        `account` and `licence` are done, and taken back, by
account ─> licence ─┘                     machines; nothing takes back what people do.
"""

from datetime import datetime
from typing import Any, Self

from desk.catalogue import Approval, Approver, ByGroup, ByPerson, ByRole, Item, Task
from desk.fulfilling import machine_ended
from desk.ladder import Ladder, Whom
from desk.order import Order
from desk.people import Actor, GroupRef, Role
from desk.record import HumanTask
from desk.tasks import human_tasks
from desk.terms import Target, Terms
from desk.ticket import Kind, Priority
from tests.desk.lives import HOUR, LADDERS, Life, at, make_rules, rung, targets_of

MAX = Actor(person="p-max", roles=(Role.REQUESTER, Role.MANAGER))
MIA = Actor(person="p-mia", roles=(Role.REQUESTER, Role.MANAGER))
FAY = Actor(person="p-fay", roles=(Role.REQUESTER,), groups=("finance",))
FRED = Actor(person="p-fred", roles=(Role.REQUESTER,), groups=("finance",))
THEO = Actor(person="p-theo", roles=(Role.REQUESTER,))
OMAR = Actor(person="p-omar", roles=(Role.REQUESTER,))
PAUL = Actor(person="p-paul", roles=(Role.AGENT,), groups=("procurement",))
WERA = Actor(person="p-wera", roles=(Role.AGENT,), groups=("workplace-2",))
DORA = Actor(person="p-dora", roles=(Role.AGENT,), groups=("directory",))

LADDERS_OF_ORDERS = {
    **LADDERS,
    "approval": Ladder(name="approval", rungs=(rung(50, Whom.APPROVERS),)),
    "task": Ladder(name="task", rungs=(rung(75, Whom.LEAD),)),
}


def hours(many: float, ladder: str | None = None) -> Target:
    """So many working hours."""
    return Target(length=many * HOUR, calendar="office", ladder=ladder)


def stage(key: str, needs: int, *approvers: Approver, **changes: Any) -> Approval:
    """So many of these, within a working day."""
    fields = {"key": key, "approvers": approvers, "needs": needs, "target": hours(10, "approval")}
    return Approval.model_validate({**fields, **changes})


def task(key: str, group: str, *after: str, machine: bool = False, **changes: Any) -> Task:
    """A task of a group within four hours; a machine's is taken back by another."""
    fields = {
        "key": key,
        "title": f"To {key}",
        "group": GroupRef(id=group, line=2),
        "target": hours(4, "task"),
        "after": after,
        "does": f"do_{key}" if machine else None,
        "undoes": f"undo_{key}" if machine else None,
    }
    return Task.model_validate({**fields, **changes})


MANAGER = stage("manager", 1, ByPerson(person=MAX.person))
FINANCE = stage(
    "finance", 2, ByGroup(group="finance"), ByPerson(person=THEO.person), ByRole(role=Role.MANAGER)
)
TASKS = (
    task("buy", "procurement"),
    task("account", "directory", machine=True),
    task("licence", "directory", "account", machine=True),
    task("install", "workplace-2", "buy"),
    task("hand_over", "workplace-2", "install", "licence"),
)


def make_item(**changes: Any) -> Item:
    """A laptop."""
    item = Item(
        key="laptop",
        title="A new laptop",
        description="A laptop, ready for work.",
        form={"type": "object", "properties": {"model": {"type": "string"}}},
        may_order=(Role.REQUESTER,),
        approvals=(MANAGER, FINANCE),
        tasks=TASKS,
        target=hours(50, "resolution"),
        group=GroupRef(id="service-desk", line=1),
        cost_centre="4711",
        price="1200 EUR",
    )
    return Item.model_validate({**dict(item), **changes})


LAPTOP = make_item()


def rules_of(item: Item) -> Terms:
    """The terms of a request for the item."""
    following = targets_of(Priority.P3)["next_response"]
    targets = {**item.targets(), "next_response": following}
    return make_rules(
        item=item, targets=dict.fromkeys(Priority, targets), ladders=LADDERS_OF_ORDERS
    )


class Request(Life):
    """Rosa orders an item; machines answer when they are told to."""

    def __init__(
        self, opened: str | datetime = "03-02 09:00", item: Item = LAPTOP, **opening: Any
    ) -> None:
        fields = {
            "kind": Kind.REQUEST,
            "number": "REQ-7K3M9Q2M",
            "summary": item.title,
            "item": item.key,
            "answers": {"model": "large"},
            "category": None,
            "impact": None,
            "urgency": None,
        }
        super().__init__(opened, rules_of(item), **{**fields, **opening})

    @property
    def order(self) -> Order:
        """What was ordered, as it stands."""
        assert self.ticket.order is not None
        return self.ticket.order

    def answer(
        self,
        when: str | datetime,
        task: str,
        done: bool = True,
        note: str = "It ran.",
        *,
        sure: bool = True,
    ) -> Self:
        """The machine that is at the task has come to an end."""
        when = at(when) if isinstance(when, str) else when
        self.pass_until(when)
        self.take_in(machine_ended(self.ticket, self.rules, task, done, note, when, sure=sure))
        self.pass_until(when)
        return self

    def works(self) -> dict[str, str]:
        """How each task stands."""
        return {work.task: work.state for work in self.order.works}

    def waits_for(self) -> list[HumanTask]:
        """Who is waited for."""
        return list(human_tasks(self.ticket, self.rules))


def approved(item: Item = LAPTOP) -> Request:
    """All have approved on 2 March by 10:20; what comes first is open."""
    life = Request(item=item)
    life.take("03-02 10:00", "approve", MAX)
    life.take("03-02 10:10", "approve", FAY).take("03-02 10:20", "approve", THEO)
    return life


def fulfilled() -> Request:
    """All is done on 2 March by 11:00."""
    life = approved().answer("03-02 10:30", "account")
    life.take("03-02 10:40", "complete", PAUL)
    life.answer("03-02 10:45", "licence").take("03-02 10:50", "complete", WERA, task="install")
    life.take("03-02 11:00", "complete", WERA, task="hand_over")
    return life
