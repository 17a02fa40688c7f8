"""The one predicate of who sees which tickets in lists; `desk.access.sees` says the same of one."""

from sqlalchemy import ColumnElement, and_, or_, select, true

from desk.access import Sight
from desk.ticket import Kind
from store.barred import not_barred
from store.tables import tickets


def visible_to(sight: Sight) -> ColumnElement[bool]:
    """True of the tickets that are seen; part of every query that answers a person."""
    return and_(_seen(sight), not_barred(sight.person, tickets.c.number))


def _seen(sight: Sight) -> ColumnElement[bool]:
    if sight.all and sight.confidential:
        return true()
    # By number, and not by two columns: else every ticket is looked at in the order of the list.
    asked_for = select(tickets.c.number).where(tickets.c.requester == sight.person)
    wanted = select(tickets.c.number).where(tickets.c.wanted_for == sight.person)
    ways: list[ColumnElement[bool]] = [tickets.c.number.in_(asked_for.union_all(wanted))]
    if sight.given:
        ways.append(tickets.c.clock == "given")
    if sight.handled:
        ways.append(tickets.c.assignee == sight.person)
        if sight.groups:
            ways.append(tickets.c.group.in_(sight.groups))
    if sight.member_of:
        of_theirs = tickets.c.group.in_(sight.member_of)
        ways.append(and_(tickets.c.kind == Kind.COMPLAINT.value, of_theirs))
    if sight.all:
        ways.append(tickets.c.confidential.is_(False))
    return or_(*ways)
