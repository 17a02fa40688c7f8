"""What an incident is to become: an order that its requester may make, looked up and checked."""

from api.answers import checked_answers
from api.catalogue import catalogue_of
from api.errors import unavailable
from api.state import State
from desk.catalogue import Item
from desk.errors import InvalidFact
from desk.steps import Become
from desk.ticket import Facts


async def becoming(state: State, seen: Facts | None, step: Become) -> Become:
    """The step with whom it is for as id, and answers that fit the item's form.

    Raises:
        InvalidFact: there is no such item or person for the requester.
        Problem: 422, the answers do not fit; 503, it cannot be looked up now.
    """
    if step.item is None:
        return step
    if seen is None:
        raise unavailable("the database is away, so the form is not known: repeat it")
    item = await _item(state, seen, step.item)
    wanted_for = _wanted_for(state, seen, step.wanted_for)
    answers = checked_answers(item.form, step.answers or {})
    return step.model_copy(update={"wanted_for": wanted_for, "answers": answers})


async def _item(state: State, seen: Facts, key: str) -> Item:
    items = await catalogue_of(state)
    requester = state.organisation.actor(seen.requester)
    known = sorted(key for key, item in items.items() if requester.has(*item.may_order))
    if key not in known:
        instead = f"one of {', '.join(known)}" if known else "they may order nothing"
        raise InvalidFact("item", f"there is no such item for the requester: {instead}")
    return items[key]


def _wanted_for(state: State, seen: Facts, name: str | None) -> str:
    organisation = state.organisation
    sought = name or seen.requester
    found = organisation.person_by_email(sought) or organisation.person(sought)
    if found is None or not found.active or found.customer != seen.customer:
        raise InvalidFact("for", "there is no such person of the requester's company")
    return found.id
