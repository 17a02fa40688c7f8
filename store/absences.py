"""Absences: who is away from when until when, and who decides on approvals for them meanwhile.

One that is ended, or replaced by another, is kept as a past one with who did that.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from desk.model import Frozen, Instant
from store.absence_tables import absences, past_absences
from store.tokens import lock_organisation, organisation_changed


class Absence(Frozen):
    """One person's absence, people by id: the deputy has their approvals until it is over.

    `noted_by` is who said so: it may be their manager, or an admin.
    """

    person: str
    begins: Instant
    until: Instant
    deputy: str
    noted_by: str | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the person is away then."""
        return self.begins <= at < self.until


class PastAbsence(Absence):
    """One that is over: somebody ended it before its time, or nobody did and it ran out."""

    ended_at: Instant | None = None
    ended_by: str | None = None


By = Mapping[str, tuple[Absence, ...]]


def put_absence(connection: Connection, absence: Absence, now: datetime) -> None:
    """Note an absence; the one that the person may have had ends by whoever notes this one.

    The very same is noted already, and nothing ends.
    """
    lock_organisation(connection)
    if absence in _noted(connection, absence.person):
        return
    _end(connection, absence.person, absence.noted_by, now)
    connection.execute(insert(absences).values(**dict(absence)))
    organisation_changed(connection)


def end_absence(connection: Connection, person: str, by: str, now: datetime) -> bool:
    """End a person's absence; False when there was none."""
    lock_organisation(connection)
    if not _end(connection, person, by, now):
        return False
    organisation_changed(connection)
    return True


def _end(connection: Connection, person: str, by: str | None, now: datetime) -> bool:
    known = _noted(connection, person)
    for absence in known:
        ended = {"ended_at": now, "ended_by": by} if now < absence.until else {}
        connection.execute(insert(past_absences).values(**dict(absence), **ended))
    connection.execute(delete(absences).where(absences.c.person == person))
    return bool(known)


def _noted(connection: Connection, person: str) -> list[Absence]:
    rows = connection.execute(select(absences).where(absences.c.person == person)).mappings()
    return [Absence.model_validate(dict(row)) for row in rows]


def past_absences_of(connection: Connection, person: str, limit: int) -> list[PastAbsence]:
    """The person's absences that were ended, replaced or tidied away, the latest first."""
    query = select(*(past_absences.c[name] for name in PastAbsence.model_fields))
    query = query.where(past_absences.c.person == person).order_by(past_absences.c.id.desc())
    rows = connection.execute(query.limit(limit)).mappings()
    return [PastAbsence.model_validate(dict(row)) for row in rows]


def load_absences(connection: Connection) -> dict[str, Absence]:
    """Everybody's, by the person who is away; also those that are over or to come."""
    rows = connection.execute(select(absences).order_by(absences.c.person)).mappings()
    return {row["person"]: Absence.model_validate(dict(row)) for row in rows}


def by_deputy(known: Mapping[str, Absence]) -> By:
    """The same by whom they were left to."""
    found = defaultdict(list)
    for absence in known.values():
        found[absence.deputy].append(absence)
    return {deputy: tuple(those) for deputy, those in found.items()}


def stood_for(known: By, deputy: str, at: datetime) -> tuple[str, ...]:
    """For whom somebody stands in then, also through deputies who are away themselves."""
    found: dict[str, None] = {}
    asked = [deputy]
    while asked:
        for absence in known.get(asked.pop(0), ()):
            new = absence.person not in (deputy, *found)
            if new and absence.covers(at):
                found[absence.person] = None
                asked.append(absence.person)
    return tuple(found)
