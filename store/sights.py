"""The one predicate of who sees which tickets in lists; `desk.access.sees` says the same of one."""

from sqlalchemy import ColumnElement, or_, true

from desk.access import Sight
from store.tables import tickets


def visible_to(sight: Sight) -> ColumnElement[bool]:
    """True of the tickets that are seen; part of every query that answers a person."""
    if sight.all and sight.confidential:
        return true()
    ways: list[ColumnElement[bool]] = [tickets.c.requester == sight.person]
    if sight.given:
        ways.append(tickets.c.clock == "given")
    if sight.handled:
        ways.append(tickets.c.assignee == sight.person)
        if sight.groups:
            ways.append(tickets.c.group.in_(sight.groups))
    if sight.all:
        ways.append(tickets.c.confidential.is_(False))
    return or_(*ways)
