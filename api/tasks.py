"""The human tasks of the caller and of their groups, with what they need to decide."""

from fastapi import APIRouter, Response

from api.complaint_body import About
from api.dependencies import Caller, StateOfDesk
from api.orders import Decision, Query, Stage, decisions_of, queries_of, stage_of
from api.people import address
from api.view import as_json
from desk.access import sight
from desk.model import Frozen, Instant
from desk.order import Answers, Order, WorkState
from desk.people import Role
from desk.record import Task
from desk.ticket import Priority, Resolution, Status
from store.engine import reading
from store.organisation import Organisation
from store.tasks import WORKS, OpenTask, open_tasks

router = APIRouter(prefix="/tasks", tags=["tasks"])


class Wanted(Frozen):
    """What an order asks for; of a confidential one all but the title is read with the ticket.

    `form` counts the answers that were sent, and belongs into the decision; `stage` says how many
    approvals are needed, and how many are given. The cost centre and who decided what, and why,
    are not for whose order it is.
    """

    title: str
    wanted_for: str | None
    price: str | None
    cost_centre: str | None
    answers: Answers | None
    form: int | None
    stage: Stage | None
    decisions: tuple[Decision, ...] | None


class Result(Frozen):
    """What was noted as a task of the order was done."""

    title: str
    note: str


class ToDo(Frozen):
    """The task of an order that is to be done, or to be taken back.

    Where its `state` is `failed` or `undo_failed`, the desk has tried to do it or to take it back:
    `note` is what it tried and why that failed, and unless it had an answer it may have been done
    all the same (`unsure`). What was done and is to be done again says why (`again`), and its
    `note` is what was noted as it was done. `results` are those of the tasks that are done.
    """

    title: str
    state: WorkState
    note: str | None
    unsure: bool
    again: str | None
    results: tuple[Result, ...]


class Waiting(Frozen):
    """A step that the person, or anybody of the group or role, is waited for.

    `of` is the stage to be approved, or the task of the order to be done or taken back, of which
    `work` tells. `questions` are what the requester was asked: the open one, whole, for who is to
    answer; for who is to approve those that the order keeps. `resolution` is what is to be
    confirmed. Of a confidential order that is not the caller's own, `summary`, `requester` and all
    but its title are read with the ticket. `about` is what a complaint is about; the person whom
    another's complaint is about is read with it too, and `about` is null.
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
    work: ToDo | None
    questions: tuple[Query, ...]
    resolution: Resolution | None
    about: About | None


class Tasks(Frozen):
    """The open tasks, the most pressing first."""

    items: tuple[Waiting, ...]


@router.get("", response_model=Tasks)
def list_tasks(state: StateOfDesk, actor: Caller) -> Response:
    """What the caller and their groups are waited for, with what they need to decide."""
    with reading(state.engine) as connection:
        found = open_tasks(connection, sight(actor))
    shown = (_shown(task, actor.person, state.organisation) for task in found)
    return as_json(Tasks(items=tuple(shown)))


def _shown(task: OpenTask, person: str, organisation: Organisation) -> Waiting:
    shown = {name: getattr(task, name) for name in Waiting.model_fields if hasattr(task, name)}
    shown["person"] = address(organisation, task.person)
    shown["requester"] = address(organisation, task.requester)
    shown["about"] = About.shown(task.about, organisation)
    shown["order"] = _wanted(task, person, organisation) if task.title else None
    shown["work"] = _to_do(task, task.order) if task.order is not None else None
    shown["questions"] = queries_of(task.questions, organisation)
    return Waiting.model_validate(shown)


def _wanted(task: OpenTask, person: str, organisation: Organisation) -> Wanted:
    order = task.order
    if order is None:
        nothing = dict.fromkeys(Wanted.model_fields)
        return Wanted.model_validate({**nothing, "title": task.title})
    own = person in (task.requester, order.wanted_for)
    return Wanted(
        title=order.title,
        wanted_for=address(organisation, order.wanted_for) or order.wanted_for,
        price=order.price,
        cost_centre=None if own else order.cost_centre,
        answers=order.answers,
        form=order.form,
        stage=stage_of(order),
        decisions=None if own else tuple(decisions_of(order, organisation)),
    )


def _to_do(task: OpenTask, order: Order) -> ToDo | None:
    work = order.work(task.of) if task.task in WORKS and task.of is not None else None
    if work is None:
        return None
    done = (one for one in order.works if one.state == "done" and one.note)
    return ToDo(
        title=task.titles.get(work.task, work.task),
        state=work.state,
        note=work.note,
        unsure=work.unsure,
        again=work.again,
        results=tuple(
            Result(title=task.titles.get(one.task, one.task), note=one.note or "") for one in done
        ),
    )
