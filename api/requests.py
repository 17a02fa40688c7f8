"""Ordering an item of the catalogue: the order is checked whole before anything is sent."""

from fastapi import APIRouter, Request, Response

from api.answers import checked_answers, trimmed
from api.bodies import Wish, json_object, wish_in
from api.catalogue import catalogue_of, check_order, names
from api.dependencies import Call, Called, Key
from api.documents import body_of
from api.errors import Field, Problem, invalid, tried
from api.openings import answer_of, identity, opened, opened_before, usual_channel
from api.state import State
from api.view import Ticket
from desk.access import AGENTS
from desk.catalogue import Item
from desk.errors import InvalidFact, KeyReused, NotPermitted
from desk.opening import Opening
from desk.order import Answers
from desk.people import Actor
from desk.ticket import Kind
from desk.view import View
from store.organisation import Person

router = APIRouter(prefix="/requests", tags=["requests"])


@router.post("", status_code=201, response_model=Ticket, openapi_extra=body_of("Wish"))
async def open_request(request: Request, call: Called, idempotency_key: Key = None) -> Response:
    """Order an item of the catalogue; the same Idempotency-Key and body order it once.

    It is for the caller, or for somebody else of their customer; an agent or a lead orders for
    anybody. The caller is its requester, and nobody decides on what they want themselves.
    """
    wish = wish_in(await json_object(request))
    view = await _placed(call, wish, idempotency_key)
    return await answer_of(call, view)


async def _placed(call: Call, wish: Wish, key: str | None) -> View:
    try:
        item = await _item(call, wish)
        wanted_for, answers = _checked(call, wish, item)
    except (InvalidFact, NotPermitted, Problem):
        # It may have been in order when it was sent first.
        view = await _ordered_before(call, wish, key)
        if view is None:
            raise
        return view
    return await opened(call.state, _opening(call, wish, key, item, wanted_for, answers))


async def _ordered_before(call: Call, wish: Wish, key: str | None) -> View | None:
    """The ticket that this wish has opened under its key; None when it has opened none.

    Raises:
        KeyReused: another wish has opened it.
    """
    if key is None:
        return None
    view = await opened_before(call.state, Kind.REQUEST, identity(Kind.REQUEST, call, key, wish))
    if view is not None and not _came_of(wish, view, call.state):
        raise KeyReused
    return view


def _came_of(wish: Wish, view: View, state: State) -> bool:
    """Whether the order came of this wish, by what does not change in the ticket's life."""
    order = view.order
    if order is None:
        # It has become an incident since: the opening's id has to do.
        return True
    name = wish.wanted_for or view.requester
    person = state.organisation.person_by_email(name) or state.organisation.person(name)
    return (
        (wish.item, wish.confidential) == (order.item, view.confidential)
        and (wish.summary or order.title) == view.summary
        and wish.channel in (None, view.channel)
        and (person is None or person.id == order.wanted_for)
        and (order.form > 1 or trimmed(wish.answers) == order.answers)
    )


async def _item(call: Call, wish: Wish) -> Item:
    items = await catalogue_of(call.state)
    item = items.get(wish.item)
    if item is None:
        raise InvalidFact("item", f"there is no such item: {names(call, items)}")
    check_order(call.actor, item)
    return item


def _checked(call: Call, wish: Wish, item: Item) -> tuple[Person, Answers]:
    """Whom it is for, and the answers: the caller hears of all that is wrong at once."""
    errors: list[Field] = []
    wanted_for = tried(errors, lambda: _wanted_for(call.state, call.actor, wish))
    answers: Answers = {}
    try:
        answers = checked_answers(item.form, wish.answers)
    except Problem as unfit:
        errors += unfit.errors
    if errors or wanted_for is None:
        raise invalid(errors)
    return wanted_for, answers


def _wanted_for(state: State, actor: Actor, wish: Wish) -> Person:
    organisation = state.organisation
    own = organisation.people[actor.person]
    name = wish.wanted_for or own.id
    found = organisation.person_by_email(name) or organisation.person(name)
    if found is None or not found.active or not (_serves(actor) or found.customer == own.customer):
        # The same whether there is nobody, or somebody who is none of the caller's business.
        where = "of the desk's" if _serves(actor) else "of your own company"
        raise InvalidFact("for", f"there is no such person: give an e-mail address {where}")
    return found


def _serves(actor: Actor) -> bool:
    return actor.has(*AGENTS)


def _opening(
    call: Call, wish: Wish, key: str | None, item: Item, wanted_for: Person, answers: Answers
) -> Opening:
    return Opening.model_validate(
        {
            **identity(Kind.REQUEST, call, key, wish),
            "summary": wish.summary or item.title,
            "requester": call.actor.person,
            "customer": wanted_for.customer,
            "channel": wish.channel or usual_channel(call.actor),
            "confidential": wish.confidential,
            "item": item.key,
            "answers": answers,
            "wanted_for": wanted_for.id,
        }
    )
