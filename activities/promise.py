"""Terms: what is promised to a ticket, from the rules in force and whose ticket it is."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.approvers import Deciding
from activities.shapes import RESOLVE_TERMS, TermsFor
from desk.calendar import Calendar
from desk.catalogue import Item
from desk.errors import InvalidFact
from desk.terms import Terms
from policies.in_force import CATALOGUE, terms_for
from store.organisation import Directory, Organisation
from store.reads import AWAY


@dataclass(frozen=True)
class Promise:
    """The terms activity; it reads the organisation from memory and never waits for a database."""

    directory: Directory

    @activity.defn(name=RESOLVE_TERMS)
    def resolve_terms(self, whose: TermsFor) -> Terms:
        """The terms of a new ticket, or of one that moves to the rules in force.

        Raises:
            ApplicationError: InvalidFact, not to be retried: the item is not in the catalogue, or
                there is nobody who could approve it.
            one of `store.reads.AWAY`: as for `known`.
        """
        organisation = known(self.directory)
        item = ordered(organisation, whose) if whose.item is not None else None
        return terms_for(own_calendar(organisation, whose), item, whose.kind)


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


def ordered(organisation: Organisation, whose: TermsFor) -> Item:
    """The item that is asked for, with its approvers as the people there are now.

    Raises:
        ApplicationError: as for `resolve_terms`.
    """
    item = CATALOGUE.get(whose.item or "")
    requester = whose.requester or ""
    wanted_for = whose.wanted_for or requester
    try:
        if item is None:
            why = f"the catalogue has no {whose.item!r} any more: read it again"
            raise InvalidFact("item", why)
        return Deciding(organisation, requester, wanted_for, whose.ordered_by).resolve(item)
    except InvalidFact as no:
        raise ApplicationError(
            str(no), no.details(), type=InvalidFact.__name__, non_retryable=True
        ) from no


def own_calendar(organisation: Organisation, whose: TermsFor) -> Calendar | None:
    """The calendar that the service has, else the customer, else None."""
    service = organisation.service(whose.service) if whose.service else None
    customer = organisation.customer(whose.customer)
    for owner in (service, customer):
        if owner is not None and owner.calendar is not None:
            return organisation.calendar(owner.calendar)
    return None
