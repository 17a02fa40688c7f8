"""Terms: what is promised to a ticket, from the rules in force and whose ticket it is."""

from dataclasses import dataclass

from temporalio import activity

from activities.shapes import RESOLVE_TERMS, TermsFor
from desk.calendar import Calendar
from desk.terms import Terms
from policies.in_force import terms_for
from store.organisation import Directory, Organisation
from store.reads import AWAY


@dataclass(frozen=True)
class Promise:
    """The terms activity; it reads the organisation from memory and never waits for a database."""

    directory: Directory

    @activity.defn(name=RESOLVE_TERMS)
    def resolve_terms(self, whose: TermsFor) -> Terms:
        """The terms of a new ticket, or of one that moves to the rules in force."""
        organisation = known(self.directory)
        return terms_for(own_calendar(organisation, whose))


def known(directory: Directory) -> Organisation:
    """The organisation, as new as it can be had.

    Raises:
        one of `store.reads.AWAY`: it was never read, and the database is away.
    """
    try:
        return directory.refresh()
    except AWAY:
        if directory.current.revision < 0:
            raise
        return directory.current


def own_calendar(organisation: Organisation, whose: TermsFor) -> Calendar | None:
    """The calendar that the service has, else the customer, else None."""
    service = organisation.service(whose.service) if whose.service else None
    customer = organisation.customer(whose.customer)
    for owner in (service, customer):
        if owner is not None and owner.calendar is not None:
            return organisation.calendar(owner.calendar)
    return None
