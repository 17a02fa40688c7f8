"""The rules in force, as data, each to be found under the name by which a reason gives it."""

from typing import Literal

from fastapi import APIRouter, Response

from api.catalogue import asked
from api.dependencies import Caller, StateOfDesk
from api.errors import unavailable
from api.view import as_json
from desk.access import READ_POLICY, STAFF
from desk.calendar import Calendar
from desk.catalogue import Approval, Item
from desk.catalogue import Task as Part
from desk.errors import NotPermitted
from desk.ladder import Ladder
from desk.model import Frozen, Instant, Name
from desk.people import GroupRef, Role
from desk.terms import Closure, Matrix, Routing, Target, Terms
from desk.ticket import Level, Priority, WaitFor
from store.engine import reading
from store.policy import Policy, get_policy

router = APIRouter(prefix="/policy", tags=["policy"])


class StageRule(Frozen):
    """A stage of approval; its approvers are in words, and people are named to the desk alone."""

    approvers: tuple[str, ...]
    needs: int
    target: Target
    on_time_out: Literal["escalate", "reject"]
    escalate_to: str
    own: bool


class TaskRule(Frozen):
    """A task of the fulfilment; `does` and `undoes` name what the desk does by itself."""

    title: str
    group: GroupRef
    target: Target
    after: tuple[Name, ...]
    does: str | None
    undoes: str | None


class ItemRule(Frozen):
    """How an item is approved and fulfilled; stages and tasks by their keys, in their order."""

    title: str
    may_order: tuple[Role, ...]
    group: GroupRef
    target: Target
    approvals: dict[Name, StageRule]
    tasks: dict[Name, TaskRule]


class ComplaintRules(Frozen):
    """What a complaint is promised instead."""

    targets: dict[Priority, dict[Name, Target]]
    ladders: dict[Name, Ladder]
    routing: Routing
    closure: Closure
    pausing: tuple[WaitFor, ...]


class Rules(Frozen):
    """What a new ticket is promised; a customer's or service's own calendar comes on top.

    `matrix` is impact, then urgency. `targets` is priority, then target. `catalogue` has the items
    by their keys; GET /catalogue has their forms. Lengths are ISO 8601.
    """

    version: str
    in_force_since: Instant
    matrix: Matrix
    default_impact: Level
    default_urgency: Level
    targets: dict[Priority, dict[Name, Target]]
    calendars: dict[Name, Calendar]
    ladders: dict[Name, Ladder]
    routing: Routing
    closure: Closure
    pausing: tuple[WaitFor, ...]
    catalogue: dict[Name, ItemRule]
    complaints: ComplaintRules | None


@router.get("", response_model=Rules)
def read_policy(state: StateOfDesk, actor: Caller) -> Response:
    """The rules in force."""
    if not actor.has(*READ_POLICY):
        raise NotPermitted("your roles do not let you read the rules")
    with reading(state.engine) as connection:
        policy = get_policy(connection)
    if policy is None:
        raise unavailable("the rules are not known yet: a worker tells them when it starts")
    return as_json(_shown(policy, actor.has(*STAFF)))


def _shown(policy: Policy, inside: bool) -> Rules:
    terms = policy.terms
    same = {name: getattr(terms, name) for name in Rules.model_fields if hasattr(terms, name)}
    return Rules.model_construct(
        **same,
        version=terms.policy_version,
        in_force_since=policy.in_force_since,
        catalogue={key: _item(item, inside) for key, item in policy.catalogue.items()},
        complaints=_of_complaints(policy.complaints),
    )


def _of_complaints(terms: Terms | None) -> ComplaintRules | None:
    if terms is None:
        return None
    return ComplaintRules(**{name: getattr(terms, name) for name in ComplaintRules.model_fields})


def _item(item: Item, inside: bool) -> ItemRule:
    return ItemRule(
        title=item.title,
        may_order=item.may_order,
        group=item.group,
        target=item.target,
        approvals={stage.key: _stage(stage, inside) for stage in item.approvals},
        tasks={task.key: _task(task) for task in item.tasks},
    )


def _stage(stage: Approval, inside: bool) -> StageRule:
    return StageRule(
        approvers=tuple(asked(approver, inside) for approver in stage.approvers),
        needs=stage.needs,
        target=stage.target,
        on_time_out=stage.on_time_out,
        escalate_to=asked(stage.escalate_to, inside),
        own=stage.own,
    )


def _task(task: Part) -> TaskRule:
    return TaskRule(**{name: getattr(task, name) for name in TaskRule.model_fields})
