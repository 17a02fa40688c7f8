"""The human tasks of the caller and of their groups, with what they need to decide."""

from fastapi import APIRouter, Response

from api.dependencies import Caller, StateOfDesk
from api.people import address
from api.view import as_json
from desk.access import sight
from desk.model import Frozen, Instant
from desk.order import Answers, Order
from desk.people import Role
from desk.record import Task
from desk.ticket import Priority, Status
from store.engine import reading
from store.organisation import Organisation
from store.tasks import OpenTask, open_tasks

router = APIRouter(prefix="/tasks", tags=["tasks"])


class Wanted(Frozen):
    """What an order asks for; of a confidential one all but the title is read with the ticket."""

    title: str
    wanted_for: str | None
    price: str | None
    cost_centre: str | None
    answers: Answers | None


class Waiting(Frozen):
    """A step that the person, or anybody of the group or role, is waited for.

    `of` is the stage to be approved, or the task of the order to be done. `summary` and
    `requester` of a confidential order are read with the ticket.
    """

    ticket: str
    task: Task
    of: str | None
    due: Instant | None
    group: str | None
    role: Role | None
    person: str | None
    summary: str | None
    requester: str | None
    priority: Priority
    status: Status
    order: Wanted | None


class Tasks(Frozen):
    """The open tasks, the most pressing first."""

    items: tuple[Waiting, ...]


@router.get("", response_model=Tasks)
def list_tasks(state: StateOfDesk, actor: Caller) -> Response:
    """What the caller and their groups are waited for."""
    with reading(state.engine) as connection:
        found = open_tasks(connection, sight(actor))
    return as_json(Tasks(items=tuple(_shown(task, state.organisation) for task in found)))


def _shown(task: OpenTask, organisation: Organisation) -> Waiting:
    shown = {name: getattr(task, name) for name in Waiting.model_fields}
    shown["person"] = address(organisation, task.person)
    shown["requester"] = address(organisation, task.requester)
    shown["order"] = _wanted(task.title, task.order, organisation) if task.title else None
    return Waiting.model_validate(shown)


def _wanted(title: str, order: Order | None, organisation: Organisation) -> Wanted:
    if order is None:
        return Wanted(title=title, wanted_for=None, price=None, cost_centre=None, answers=None)
    return Wanted(
        title=title,
        wanted_for=address(organisation, order.wanted_for) or order.wanted_for,
        price=order.price,
        cost_centre=order.cost_centre,
        answers=order.answers,
    )
