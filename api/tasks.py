"""The human tasks of the caller and of their groups."""

from fastapi import APIRouter, Response

from api.dependencies import Caller, StateOfDesk
from api.people import address
from api.view import as_json
from desk.access import sight
from desk.model import Frozen, Instant
from desk.record import Task
from desk.ticket import Priority, Status
from store.engine import reading
from store.organisation import Organisation
from store.tasks import OpenTask, open_tasks

router = APIRouter(prefix="/tasks", tags=["tasks"])


class Waiting(Frozen):
    """A step that the person, or anybody of the group, is waited for."""

    ticket: str
    task: Task
    due: Instant | None
    group: str | None
    person: str | None
    summary: str
    priority: Priority
    status: Status


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
    return Waiting.model_validate({**shown, "person": address(organisation, task.person)})
