"""Who is meant by a role around a ticket: the lead, the person on duty, the manager.

Each role is looked for in places, one after the other, and the first place that gives anybody
decides:

requester   the requester
assignee    the assignee; else as for duty
group       the members of the group
duty        whoever the hand-off told, while nobody has taken the ticket on; else who is on duty
            in the group now; else as for group
lead        the lead of the group; else the manager of the assignee
approvers   who may decide on the order now, also for somebody who is away
manager     the manager of the lead; else of the assignee; else of the members of the group

The manager of the requester is never meant, unless to approve: escalation stays on the side of
the desk. A place gives only people who are active and who may see the ticket, each once, in the
order of their ids.
"""

from collections.abc import Iterator
from datetime import datetime

from activities.complained import around
from desk.access import Part, may_see, owns, plays
from desk.ladder import Whom
from desk.ticket import Facts
from store.organisation import Organisation, Person

Ids = tuple[str | None, ...]


def resolve(
    organisation: Organisation,
    ticket: Facts,
    whom: Whom,
    group: str | None = None,
    at: datetime | None = None,
) -> tuple[Person, ...]:
    """The people that a role means, around the group that had the ticket (now, if not given).

    Who approves may be away, and stood for by somebody, `at` that instant. Nobody at all is a
    possible answer.
    """
    usual = _places(organisation, ticket, whom, group or ticket.group, at)
    for place in around(organisation, ticket, whom, usual):
        people = (organisation.person(person) for person in sorted(set(filter(None, place))))
        known = (person for person in people if person is not None)
        found = tuple(p for p in known if may_be_told(organisation, ticket, p, at))
        if found:
            return found
    return ()


def may_be_told(
    organisation: Organisation, ticket: Facts, person: Person, at: datetime | None = None
) -> bool:
    """Whether a message about the ticket, of that instant, may go to the person."""
    return person.active and may_see(organisation.actor(person.id, at), ticket)


def with_deputies(
    organisation: Organisation, ticket: Facts, person: Person, at: datetime | None
) -> tuple[Person, ...]:
    """The person, and who decides for them then, but for whose ticket it is."""
    deputies = organisation.deputies_of(person.id, at) if at is not None else ()
    return (person, *(one for one in deputies if not owns(one.id, ticket)))


def _places(
    organisation: Organisation, ticket: Facts, whom: Whom, group: str, at: datetime | None
) -> Iterator[Ids]:
    # Whoever had the ticket in a group that has handed it on is not in its facts any more.
    assignee = ticket.assignee if ticket.group == group else None
    match whom:
        case Whom.REQUESTER:
            yield (ticket.requester,)
        case Whom.ASSIGNEE:
            yield (assignee,)
            yield from _on_duty(organisation, ticket, group)
        case Whom.GROUP:
            yield _members(organisation, group)
        case Whom.DUTY:
            yield from _on_duty(organisation, ticket, group)
        case Whom.LEAD:
            yield (_lead(organisation, group),)
            yield _managers(organisation, (assignee,))
        case Whom.APPROVERS:
            yield _approvers(organisation, ticket, at)
        case Whom.MANAGER:
            yield _managers(organisation, (_lead(organisation, group),))
            yield _managers(organisation, (assignee,))
            yield _managers(organisation, _members(organisation, group))


def _on_duty(organisation: Organisation, ticket: Facts, group: str) -> Iterator[Ids]:
    if ticket.group == group and ticket.assignee is None:
        yield (ticket.duty,)
    found = organisation.group(group)
    yield (found.duty if found else None,)
    yield _members(organisation, group)


def _lead(organisation: Organisation, group: str) -> str | None:
    found = organisation.group(group)
    return found.lead if found else None


def _members(organisation: Organisation, group: str) -> Ids:
    return tuple(person.id for person in organisation.members(group))


def _approvers(organisation: Organisation, ticket: Facts, at: datetime | None) -> Ids:
    return tuple(
        person
        for person in organisation.people
        if plays(organisation.actor(person, at), Part.APPROVER, ticket)
    )


def _managers(organisation: Organisation, people: Ids) -> Ids:
    known = (organisation.person(person) for person in people if person)
    return tuple(person.manager for person in known if person is not None)
