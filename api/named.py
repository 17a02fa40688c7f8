"""What a step names, looked up: people, groups, services, other tickets, the form of an order."""

from datetime import UTC, datetime
from typing import NamedTuple

from api.answers import checked_answers
from api.becoming import becoming
from api.errors import unavailable
from api.lookup import terms_of_ticket
from api.people import agent_of, group_named, person_named, service_named
from api.reader import Away
from api.related import related
from api.state import State
from desk.access import STAFF
from desk.complaints import is_complaint
from desk.errors import InvalidFact
from desk.model import Instant
from desk.people import Actor
from desk.related_steps import Merge, Unlink
from desk.steps import Amend, Assign, Become, Classify, Delegate, HandOff, Step, TieTo
from desk.ticket import Facts
from desk.vendor_steps import HandToVendor


class Named(NamedTuple):
    """A step with people as ids, the line of the group and the groups of the person it names."""

    step: Step
    group_line: int | None = None
    assignee_groups: tuple[str, ...] | None = None
    service_customer: str | None = None
    passed_to: Actor | None = None


async def named(
    state: State,
    actor: Actor,
    number: str,
    seen: Facts | None,
    step: Step,
    at: Instant | None,
) -> Named:
    """The step with all that it names; `seen` is None while the store is away.

    Raises:
        InvalidFact: something of it is not there.
        Problem: 422, answers do not fit; 503, it cannot be looked up now.
    """
    if at is not None and at > datetime.now(UTC):
        raise InvalidFact("at", "must not lie in the future")
    organisation = state.organisation
    match step:
        case Assign():
            return _assigned(state, number, step)
        case HandOff(group=str(group)):
            return Named(step, group_named(organisation, group).line)
        case Classify(service=str(service)):
            owner = service_named(organisation, service, seen.customer if seen else None)
            return Named(step, service_customer=owner)
        case TieTo() | Unlink() | Merge():
            return Named(await related(state, actor, number, seen, step))
        case HandToVendor(vendor=vendor):
            if organisation.vendor(vendor) is None:
                known = ", ".join(organisation.vendors) or "none"
                raise InvalidFact("vendor", f"there is no such vendor: one of {known}")
            return Named(step)
        case Delegate():
            return _delegated(state, actor, seen, step)
        case Become():
            return Named(await becoming(state, seen, step))
        case Amend():
            return Named(await _amended(state, number, step))
        case _:
            return Named(step)


def _assigned(state: State, number: str, step: Assign) -> Named:
    organisation = state.organisation
    group = group_named(organisation, step.group) if step.group is not None else None
    line = group.line if group is not None else None
    if step.assignee is None:
        return Named(step, line)
    if is_complaint(number):
        # Whoever belongs to its group handles it, which the ticket itself checks.
        person = person_named(organisation, step.assignee, "assignee")
    else:
        person = agent_of(organisation, step.assignee)
    groups = organisation.groups_of(person.id)
    return Named(step.model_copy(update={"assignee": person.id}), line, groups)


def _delegated(state: State, actor: Actor, seen: Facts | None, step: Delegate) -> Named:
    """To somebody of the desk, or of the customer: others may not know what is ordered."""
    organisation = state.organisation
    own = organisation.person(actor.person)
    customer = seen.customer if seen is not None else own and own.customer
    found = organisation.person_by_email(step.to) or organisation.person(step.to)
    if (
        found is None
        or not found.active
        or not (STAFF & set(found.roles) or found.customer == customer)
    ):
        # The same whether there is nobody, or somebody who is none of the caller's business.
        raise InvalidFact("to", "there is no such person of the desk or of this customer")
    passed_to = organisation.actor(found.id)
    return Named(step.model_copy(update={"to": found.id}), passed_to=passed_to)


async def _amended(state: State, number: str, step: Amend) -> Amend:
    try:
        terms = await terms_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away, so the form is not known: repeat it") from away
    if terms is None:
        raise unavailable("the request is not recorded yet: repeat it")
    if terms.item is None:
        raise InvalidFact("answers", f"nothing was ordered with {number}")
    return step.model_copy(update={"answers": checked_answers(terms.item.form, step.answers)})
