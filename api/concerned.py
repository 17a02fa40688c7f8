"""Whom a complaint is about, looked up: they never see it, so nobody must be missed."""

from typing import NamedTuple

from api.complaint_body import About as Named
from api.dependencies import Call
from api.errors import unavailable
from api.lookup import EVERYTHING
from api.people import service_named
from api.reader import Away
from api.state import State
from desk.about import MOST_BARRED, About
from desk.access import AGENTS, STAFF, may_see
from desk.complaints import barred_from
from desk.errors import InvalidFact
from desk.numbers import parse
from desk.ticket import Facts
from store.engine import reading
from store.handlers import handlers
from store.organisation import Person
from store.reads import Engine
from store.tickets import Stored, get_ticket


class Concerned(NamedTuple):
    """What the complaint is about, and from whom it is kept."""

    about: About
    barred: tuple[str, ...] = ()


async def concerned(call: Call, complainant: Person, named: Named) -> Concerned:
    """What is named, and whom it is about.

    Raises:
        InvalidFact: there is nothing of that name, or it is about whoever sends it.
        Problem: 503, it cannot be known now whom it is about.
    """
    if named.person is not None:
        found = _of_person(call, complainant, named.person)
    elif named.ticket is not None:
        found = await _of_ticket(call, complainant, named.ticket)
    else:
        return Concerned(_of_service(call.state, complainant, named.service or ""))
    if call.actor.person in found.barred:
        field = "about.person" if named.person is not None else "about.ticket"
        raise InvalidFact(field, "it is about you: somebody else has to take this complaint")
    return found


def _of_person(call: Call, complainant: Person, name: str) -> Concerned:
    """Of the desk, or of the complainant's own company; to agents everybody is known."""
    organisation = call.state.organisation
    found = organisation.person_by_email(name) or organisation.person(name)
    if found is not None and found.id == complainant.id:
        raise InvalidFact("about.person", "nobody complains about themselves: about whom is it?")
    if found is None or not (
        STAFF & set(found.roles)
        or organisation.groups_of(found.id)
        or found.customer == complainant.customer
        or call.actor.has(*AGENTS)
    ):
        # The same whether there is nobody, or somebody who is none of the caller's business.
        raise InvalidFact("about.person", "there is no such person of the desk: give an address")
    return Concerned(About(person=found.id), (found.id,))


def _of_service(state: State, complainant: Person, name: str) -> About:
    try:
        service_named(state.organisation, name, complainant.customer)
    except InvalidFact as error:
        raise InvalidFact("about.service", str(error)) from error
    return About(service=name)


async def _of_ticket(call: Call, complainant: Person, name: str) -> Concerned:
    try:
        number = parse(name)
    except InvalidFact as error:
        raise InvalidFact("about.ticket", str(error)) from error
    view, people = await _handled(call, complainant, number)
    known = set(call.state.organisation.people)
    barred = sorted({*people, *view.barred} & known - {complainant.id})
    if len(barred) > MOST_BARRED:
        why = "too many people have worked on it: complain about the service, or about a person"
        raise InvalidFact("about.ticket", why)
    return Concerned(About(ticket=number, group=view.group), tuple(barred))


async def _handled(call: Call, complainant: Person, number: str) -> tuple[Facts, set[str]]:
    """The ticket with who has handled it, once the store is sure to know them all.

    Raises:
        InvalidFact: there is none that both may know of.
        Problem: 503, the store is away or behind.
    """
    found = await _stored(call.state, number)
    if found is None or not _may_know(call, complainant, found[0].view):
        # The same as for none: nobody finds out here that there is a complaint about them.
        raise InvalidFact("about.ticket", f"there is no ticket {number} that they may see")
    now = await call.state.process.stands(number)
    if now is not None and now.version > found[0].view.version:
        raise unavailable(
            "the database does not have all of that ticket yet, so it is not known whom it is "
            "about: repeat the request"
        )
    return found[0].view, found[1]


def _may_know(call: Call, complainant: Person, view: Facts) -> bool:
    complaining = call.state.organisation.actor(complainant.id)
    return may_see(complaining, view) and not barred_from(call.actor.person, view)


async def _stored(state: State, number: str) -> tuple[Stored, set[str]] | None:
    def query(engine: Engine) -> tuple[Stored, set[str]] | None:
        with reading(engine) as connection:
            row = get_ticket(connection, number, EVERYTHING)
            return (row, handlers(connection, row.view)) if row is not None else None

    try:
        return await state.reader.read(query)
    except Away as away:
        raise unavailable("the database is away, so it is not known whom it is about") from away
