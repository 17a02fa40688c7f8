"""An absence as it is sent: from when until when, and who decides meanwhile."""

from datetime import datetime, timedelta

from pydantic import Field, TypeAdapter, ValidationError

from api.bodies import JsonObject, checked, refuse, wrong
from api.people import person_named
from desk.access import STAFF
from desk.errors import InvalidFact
from desk.fitting import check_year
from desk.model import Frozen, Instant, Name
from store.absences import Absence
from store.organisation import Organisation, Person

LONGEST = timedelta(days=365)


class Leave(Frozen):
    """From when (now, if not given) until when somebody is away, and who decides meanwhile."""

    begins: Instant | None = Field(default=None, alias="from")
    until: Instant
    deputy: Name


LEAVE: TypeAdapter[Leave] = TypeAdapter(Leave)


def leave_in(fields: JsonObject) -> Leave:
    """The absence in a body.

    Raises:
        Problem: 422, naming each wrong field.
    """
    try:
        return checked(LEAVE, fields)
    except ValidationError as error:
        refuse(wrong(error))


def absence_of(
    organisation: Organisation, person: Person, leave: Leave, by: str, now: datetime
) -> Absence:
    """The absence of the person, with its deputy, and `by` whom it is noted, as ids.

    Sent once more it is the same: what began by then does not begin again.

    Raises:
        InvalidFact: the times make no sense, or there is no such deputy.
    """
    begins = leave.begins or now
    for field, instant in (("from", begins), ("until", leave.until)):
        check_year(field, instant)
    if leave.until <= now:
        raise InvalidFact("until", "must lie in the future")
    if begins >= leave.until:
        raise InvalidFact("from", "must lie before until")
    if leave.until - begins > LONGEST:
        raise InvalidFact("until", f"an absence may last {LONGEST.days} days")
    deputy = _deputy(organisation, person, leave.deputy)
    absence = Absence(
        person=person.id, begins=begins, until=leave.until, deputy=deputy.id, noted_by=by
    )
    known = organisation.absences.get(person.id)
    if leave.begins is not None or known is None or not known.covers(now):
        return absence
    since_then = absence.model_copy(update={"begins": known.begins})
    return known if known == since_then else absence


def _deputy(organisation: Organisation, person: Person, name: str) -> Person:
    """Somebody of the desk, or of the customer: others may not know what is asked."""
    found = person_named(organisation, name, "deputy")
    if found.id == person.id:
        raise InvalidFact("deputy", "nobody stands in for themselves: name somebody else")
    if not (STAFF & set(found.roles) or found.customer == person.customer):
        # The same as for nobody: who is there elsewhere is none of the caller's business.
        return person_named(organisation, "", "deputy")
    return found
