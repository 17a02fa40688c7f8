"""What may be ordered: the items of the catalogue, as whoever may order them reads them."""

from fastapi import APIRouter, Response
from pydantic import JsonValue

from api.dependencies import Call, Called
from api.errors import Problem, unavailable
from api.state import State
from api.view import as_json
from desk.access import STAFF
from desk.catalogue import Approval, Approver, ByGroup, ByPerson, ByRole, Item, Task
from desk.errors import NotPermitted
from desk.model import Frozen
from desk.people import Actor
from desk.target import Target

router = APIRouter(prefix="/catalogue", tags=["catalogue"])


class Offered(Frozen):
    """An item that may be ordered; `form` is the JSON schema of the answers.

    `approvals` and `tasks` say in words who has to approve, and what is then done by whom;
    `target` is the time from the last approval to the fulfilment.
    """

    key: str
    title: str
    description: str
    form: dict[str, JsonValue]
    price: str | None
    approvals: tuple[str, ...]
    tasks: tuple[str, ...]
    target: Target


class Catalogue(Frozen):
    """The items that the caller may order."""

    items: tuple[Offered, ...]


@router.get("", response_model=Catalogue)
async def list_items(call: Called) -> Response:
    """What the caller may order."""
    items = (await catalogue_of(call.state)).values()
    shown = tuple(_shown(item, call.actor) for item in items if call.actor.has(*item.may_order))
    return as_json(Catalogue(items=shown))


@router.get("/{key}", response_model=Offered)
async def read_item(key: str, call: Called) -> Response:
    """One item, with its form."""
    items = await catalogue_of(call.state)
    if key not in items:
        raise Problem("not-found", f"there is no such item: {names(call, items)}")
    check_order(call.actor, items[key])
    return as_json(_shown(items[key], call.actor))


async def catalogue_of(state: State) -> dict[str, Item]:
    """The items by their keys.

    Raises:
        Problem: 503, no worker has told the rules yet.
    """
    policy = await state.rules.current()
    if policy is None:
        raise unavailable("the rules are not known yet: a worker tells them when it starts")
    return policy.catalogue


def check_order(actor: Actor, item: Item) -> None:
    """Refuse somebody who may not order the item.

    Raises:
        NotPermitted: naming the roles that may.
    """
    if not actor.has(*item.may_order):
        raise NotPermitted(f"you may not order {item.key}: {', '.join(item.may_order)} may")


def names(call: Call, items: dict[str, Item]) -> str:
    """The items that the caller may name."""
    known = [key for key, item in items.items() if call.actor.has(*item.may_order)]
    return f"one of {', '.join(sorted(known))}" if known else "nothing can be ordered by you"


def _shown(item: Item, actor: Actor) -> Offered:
    inside = actor.has(*STAFF)
    return Offered(
        key=item.key,
        title=item.title,
        description=item.description,
        form=item.form,
        price=item.price,
        approvals=tuple(_stage(stage, inside) for stage in item.approvals),
        tasks=tuple(_task(task) for task in item.tasks),
        target=item.target,
    )


def _stage(stage: Approval, inside: bool) -> str:
    whom = [asked(approver, inside) for approver in stage.approvers]
    if len(whom) == 1:
        return f"{stage.key}: {whom[0]}"
    many = "all" if stage.needs == len(whom) else str(stage.needs)
    return f"{stage.key}: {many} of {'; '.join(whom)}"


def asked(approver: Approver, inside: bool) -> str:
    """People are named to those of the desk alone."""
    match approver:
        case ByPerson(person=person):
            return person if inside else "a person whom the rules name"
        case ByRole(role=role):
            return f"anybody with the role {role}"
        case ByGroup(group=group):
            return f"anybody of {group}"
        case _:
            return "the manager of whom it is for"


def _task(task: Task) -> str:
    by = "done at once by the desk" if task.does else f"by {task.group.id}"
    after = f", after {', '.join(task.after)}" if task.after else ""
    return f"{task.key}: {task.title}, {by}{after}"
