"""Who is meant by a role around a complaint: never the complainant, and somebody in any case.

manager     the manager of the person whom it is about; else of the lead of the group that had the
            ticket; else as around any ticket
            anybody else as around any ticket

Where none of them may see it, those who are managers by role are meant.
"""

from collections.abc import Iterator

from desk.ladder import Whom
from desk.people import Role
from desk.ticket import Facts, Kind
from store.organisation import Organisation

Ids = tuple[str | None, ...]


def around(
    organisation: Organisation, ticket: Facts, whom: Whom, usual: Iterator[Ids]
) -> Iterator[Ids]:
    """The places where the role is looked for, `usual` being those around any other ticket."""
    if ticket.kind is not Kind.COMPLAINT or whom is Whom.REQUESTER:
        yield from usual
        return
    places = [*_concerned(organisation, ticket, whom), *usual, _managers(organisation)]
    for place in places:
        yield tuple(person for person in place if person != ticket.requester)


def _concerned(organisation: Organisation, ticket: Facts, whom: Whom) -> Iterator[Ids]:
    if ticket.about is None or whom is not Whom.MANAGER:
        return
    group = organisation.group(ticket.about.group) if ticket.about.group else None
    for person in (ticket.about.person, group.lead if group else None):
        manager = organisation.manager_of(person) if person else None
        yield (manager.id if manager else None,)


def _managers(organisation: Organisation) -> Ids:
    return tuple(p.id for p in organisation.people.values() if Role.MANAGER in p.roles)
