"""The rules in force as terms, with a version that follows from their content."""

import hashlib

from desk.calendar import Calendar
from desk.record import canonical
from desk.terms import Routing, Terms
from desk.zone import ZONE_DATA
from policies.calendars import CALENDARS
from policies.closure import CLOSURE, PAUSING
from policies.escalation import LADDERS
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


def _versioned() -> Terms:
    digest = hashlib.sha256(canonical(_terms("unversioned"))).hexdigest()
    return _terms(f"v-{digest[:10]}")


IN_FORCE = _versioned()


def terms_for(own: Calendar | None = None) -> Terms:
    """The terms of a new ticket; `own` is the calendar of its service or customer, if any."""
    if own is None:
        return IN_FORCE
    replaced = own.model_copy(update={"name": OWN_CALENDAR_REPLACES})
    return IN_FORCE.model_copy(
        update={"calendars": {**IN_FORCE.calendars, OWN_CALENDAR_REPLACES: replaced}}
    )
