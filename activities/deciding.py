"""Who hears of a decision that an order waits for, or does not wait for any more."""

from activities.people import resolve
from desk.access import owns
from desk.ladder import Whom
from desk.people import Role
from desk.record import Notice
from desk.ticket import Ticket
from store.organisation import Organisation, Person


def asked_in_vain(organisation: Organisation, ticket: Ticket, notice: Notice) -> tuple[Person, ...]:
    """All of a group or role who were asked, but who has decided, and whose order it is."""
    people = (
        organisation.members(notice.group)
        if notice.role is None
        else having(organisation, notice.role)
    )
    decided = {one.person for one in ticket.order.decisions} if ticket.order is not None else set()
    return tuple(p for p in people if p.id not in decided and not owns(p.id, ticket))


def having(organisation: Organisation, role: Role) -> tuple[Person, ...]:
    """Who has the role and is active."""
    return tuple(p for p in organisation.people.values() if p.active and role in p.roles)


def told_instead(organisation: Organisation, ticket: Ticket, notice: Notice) -> tuple[Person, ...]:
    """Who has to know that nobody at all may decide: the lead, else the manager of the group."""
    for whom in (Whom.LEAD, Whom.MANAGER):
        if found := resolve(organisation, ticket, whom, notice.group):
            return found
    return ()
