"""People as callers name them, by e-mail address or id, and as they are answered, by address."""

from desk.access import AGENTS
from desk.errors import InvalidFact
from desk.vendor import of_actor
from store.organisation import Group, Organisation, Person


def person_named(organisation: Organisation, name: str, field: str, active: bool = True) -> Person:
    """The person of that address or id, who is active unless said otherwise.

    Raises:
        InvalidFact: there is none.
    """
    found = organisation.person_by_email(name) or organisation.person(name)
    if found is None or (active and not found.active):
        raise InvalidFact(field, "there is no such person: give an e-mail address of the desk's")
    return found


def group_named(organisation: Organisation, name: str, field: str = "group") -> Group:
    """The support group of that id.

    Raises:
        InvalidFact: there is none.
    """
    found = organisation.group(name)
    if found is None:
        known = ", ".join(sorted(group.id for group in organisation.groups))
        raise InvalidFact(field, f"there is no such group: one of {known}")
    return found


def agent_of(organisation: Organisation, name: str) -> Person:
    """The agent or lead of that address or id.

    Raises:
        InvalidFact: there is none, or they are neither.
    """
    found = person_named(organisation, name, "assignee")
    if not AGENTS & set(found.roles):
        raise InvalidFact("assignee", "is neither an agent nor a lead: name one who is")
    return found


def service_named(organisation: Organisation, name: str | None, customer: str | None) -> str | None:
    """Check a service, which is everybody's (None) or this customer's; whose it is.

    Raises:
        InvalidFact: there is none.
    """
    if name is None:
        return None
    found = organisation.service(name)
    if found is None or (customer is not None and found.customer not in (None, customer)):
        raise InvalidFact("service", "there is no such service for this requester")
    return found.customer


def address(organisation: Organisation, person: str | None) -> str | None:
    """The e-mail address of a person's id; the id of somebody who is not known any more."""
    if person is None:
        return None
    known = organisation.person(person)
    vendor = of_actor(person)
    return known.email if known else vendor_name(organisation, vendor) or person


def vendor_name(organisation: Organisation, vendor: str | None) -> str | None:
    """What a vendor is called; the id of one that is not known any more."""
    known = organisation.vendor(vendor) if vendor is not None else None
    return known.name if known else vendor
