"""The rules in force as terms, and the catalogue; the version follows from their content."""

import hashlib

from desk.calendar import Calendar
from desk.catalogue import Item
from desk.errors import PolicyError
from desk.ladder import Ladder
from desk.record import canonical
from desk.terms import Routing, Terms
from desk.ticket import Kind, Priority
from desk.zone import ZONE_DATA
from policies.calendars import CALENDARS
from policies.catalogue import ITEMS
from policies.closure import CLOSURE, PAUSING
from policies.complaints import (
    COMPLAINT_CLOSURE,
    COMPLAINT_GROUPS,
    COMPLAINT_LADDERS,
    COMPLAINT_PAUSING,
    COMPLAINT_TARGETS,
)
from policies.escalation import LADDERS, REQUEST_LADDERS, VENDOR_LADDER
from policies.priority import DEFAULT_IMPACT, DEFAULT_URGENCY, MATRIX
from policies.routing import CATEGORIES, DEFAULT
from policies.targets import TARGETS

OWN_CALENDAR_REPLACES = "office"


def _terms(version: str) -> Terms:
    return Terms(
        policy_version=version,
        zone_data=ZONE_DATA,
        matrix=MATRIX,
        default_impact=DEFAULT_IMPACT,
        default_urgency=DEFAULT_URGENCY,
        targets=TARGETS,
        calendars={calendar.name: calendar for calendar in CALENDARS},
        ladders={ladder.name: ladder for ladder in LADDERS},
        routing=Routing(default=DEFAULT, categories=CATEGORIES),
        closure=CLOSURE,
        pausing=PAUSING,
    )


def _catalogue() -> dict[str, Item]:
    items = {item.key: item for item in ITEMS}
    if len(items) < len(ITEMS):
        keys = ", ".join(sorted(item.key for item in ITEMS))
        raise PolicyError(f"catalogue: two items have the same key: {keys}")
    return items


def _complaining(terms: Terms) -> Terms:
    """The terms of a complaint: its own targets, results and group, and no other category."""
    facts = {
        "targets": dict.fromkeys(Priority, COMPLAINT_TARGETS),
        "ladders": {ladder.name: ladder for ladder in COMPLAINT_LADDERS},
        "routing": Routing(default=COMPLAINT_GROUPS, categories={}),
        "closure": COMPLAINT_CLOSURE,
        "pausing": COMPLAINT_PAUSING,
    }
    return Terms.model_validate({**dict(terms), **facts})


def _versioned() -> Terms:
    base = _terms("unversioned")
    parts = (base, *ITEMS, *REQUEST_LADDERS, VENDOR_LADDER, _complaining(base))
    digest = hashlib.sha256(b"\n".join(canonical(part) for part in parts)).hexdigest()
    return _terms(f"v-{digest[:10]}")


CATALOGUE = _catalogue()
IN_FORCE = _versioned()


def every_ladder() -> dict[str, Ladder]:
    """The ladders of incidents, those of requests and those of complaints, by name."""
    others = (*REQUEST_LADDERS, *COMPLAINT_LADDERS, VENDOR_LADDER)
    return {**IN_FORCE.ladders, **{ladder.name: ladder for ladder in others}}


def terms_for(
    own: Calendar | None = None, item: Item | None = None, kind: Kind | None = None
) -> Terms:
    """The terms of a new ticket, which orders the item if there is one, or is a complaint.

    `own` is the calendar of the ticket's service or customer, if any.

    Raises:
        ValidationError: the item names a calendar or a ladder that there is not.
    """
    terms = IN_FORCE if item is None else _ordering(item)
    if kind is Kind.COMPLAINT:
        terms = _complaining(IN_FORCE)
    if own is None:
        return terms
    replaced = own.model_copy(update={"name": OWN_CALENDAR_REPLACES})
    return terms.model_copy(
        update={"calendars": {**terms.calendars, OWN_CALENDAR_REPLACES: replaced}}
    )


def _ordering(item: Item) -> Terms:
    """The same targets for every priority: those of the item, with the ladders that they climb."""
    targets = {
        priority: {**item.targets(), "next_response": IN_FORCE.targets[priority]["next_response"]}
        for priority in Priority
    }
    used = {target.ladder for own in targets.values() for target in own.values()}
    facts = {
        "targets": targets,
        "ladders": {name: ladder for name, ladder in every_ladder().items() if name in used},
        "item": item,
    }
    return Terms.model_validate({**dict(IN_FORCE), **facts})
