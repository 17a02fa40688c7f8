"""The organisation as it was a moment ago: people, groups, customers, services and calendars.

It is held in memory, whole and immutable, so that steps go on while the database is away.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

import structlog
from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.exc import SQLAlchemyError

from desk.calendar import Calendar
from desk.model import Frozen
from desk.people import Actor, Role
from desk.ticket import Facts
from store import tables
from store.absences import Absence, By, by_deputy, load_absences, stood_for
from store.engine import reading
from store.heirs import Awaited, awaited_gone, awaited_on, heirs, left_by
from store.vendors import Vendor

REFRESH_S = 2.0

log = structlog.get_logger()


class Person(Frozen):
    """Somebody by opaque id; `manager` is an id too, `zone` an IANA name."""

    id: str
    email: str
    name: str
    language: str
    zone: str
    roles: tuple[Role, ...]
    customer: str
    manager: str | None = None
    active: bool = True


class Group(Frozen):
    """A support group on a line; `lead` and `duty` are people's ids."""

    id: str
    name: str
    line: int
    lead: str
    duty: str | None = None
    calendar: str | None = None


class Customer(Frozen):
    """Who pays; `calendar` names the hours that were promised, if not the usual ones."""

    id: str
    name: str
    calendar: str | None = None


class Service(Frozen):
    """What is served; without a `customer` to all of them."""

    id: str
    name: str
    customer: str | None = None
    calendar: str | None = None


@dataclass(frozen=True)
class Organisation:
    """One state of the organisation; `revision` counts its changes.

    `awaited` are people whom orders ask, so that somebody decides for those who have left.
    """

    revision: int = -1
    people: Mapping[str, Person] = field(default_factory=dict)
    groups_by_id: Mapping[str, Group] = field(default_factory=dict)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    people_by_email: Mapping[str, Person] = field(default_factory=dict)
    members_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups_of_person: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    absences: Mapping[str, Absence] = field(default_factory=dict)
    left_to: By = field(default_factory=dict)
    awaited: Awaited = field(default_factory=dict)

    def on(self, ticket: Facts) -> Self:
        """The same for this ticket alone: who has left is stood for if its order asks them."""
        return replace(self, awaited=awaited_on(ticket))

    @cached_property
    def _heirs(self) -> Mapping[str, tuple[str, ...]]:
        return heirs(self.people, self.awaited)

    @cached_property
    def _left_by(self) -> Mapping[str, tuple[str, ...]]:
        return left_by(self._heirs)

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups, by id."""
        return tuple(self.groups_by_id.values())

    def person(self, id: str) -> Person | None:
        """The person of that id."""
        return self.people.get(id)

    def person_by_email(self, email: str) -> Person | None:
        """The person of that address, in upper or lower case."""
        return self.people_by_email.get(email.strip().lower())

    def actor(self, person: str, at: datetime | None = None) -> Actor:
        """What the person may act as now; an unknown or deactivated one has no role.

        Whom they stand for depends on the instant: without one it is nobody.
        """
        known = self.people.get(person)
        if known is None or not known.active:
            return Actor(person=person)
        groups = self.groups_of(person)
        stands_for = self.stood_for(person, at) if at is not None else ()
        return Actor(person=person, roles=known.roles, groups=groups, stands_for=stands_for)

    def stood_for(self, person: str, at: datetime) -> tuple[str, ...]:
        """Who is away then and has left their approvals to the person; and who is awaited and
        not here any more, where the person, or one of those, is next above them.
        """
        absent = stood_for(self.left_to, person, at) if person in self.left_to else ()
        here = tuple(one for one in absent if self.people[one].active)
        gone = (one for heir in (person, *here) for one in self._left_by.get(heir, ()))
        return tuple(dict.fromkeys((*here, *gone)))

    def deputies_of(self, person: str, at: datetime) -> tuple[Person, ...]:
        """Who decides for the person then, as far as they are active."""
        if not self.people[person].active:
            return tuple(self.people[heir] for heir in self._heirs.get(person, ()))
        found: dict[str, Person] = {}
        absence = self.absences.get(person)
        while absence is not None and absence.covers(at) and absence.deputy not in found:
            found[absence.deputy] = self.people[absence.deputy]
            absence = self.absences.get(absence.deputy)
        return tuple(one for id, one in found.items() if one.active and id != person)

    def group(self, id: str) -> Group | None:
        """The group of that id."""
        return self.groups_by_id.get(id)

    def groups_of(self, person: str) -> tuple[str, ...]:
        """The ids of the groups that the person belongs to."""
        return self.groups_of_person.get(person, ())

    def members(self, group: str) -> tuple[Person, ...]:
        """Who belongs to the group and is active."""
        people = (self.people[person] for person in self.members_of.get(group, ()))
        return tuple(person for person in people if person.active)

    def customer(self, id: str) -> Customer | None:
        """The customer of that id."""
        return self.customers.get(id)

    def service(self, id: str) -> Service | None:
        """The service of that id."""
        return self.services.get(id)

    def vendor(self, id: str) -> Vendor | None:
        """The vendor of that id."""
        return self.vendors.get(id)

    def calendar(self, id: str) -> Calendar | None:
        """The service calendar of that id."""
        return self.calendars.get(id)

    def manager_of(self, person: str) -> Person | None:
        """The person's manager."""
        known = self.people.get(person)
        return self.people.get(known.manager) if known and known.manager else None

    def is_revoked(self, token: str) -> bool:
        """Whether the token of that id (`jti`) was revoked."""
        return token in self.revoked


def revision(connection: Connection) -> int:
    """How often the organisation was changed."""
    return connection.execute(select(tables.organisation.c.revision)).scalar() or 0


def load(connection: Connection) -> Organisation:
    """The organisation as the database has it now."""
    number = revision(connection)
    roles = {"roles": lambda text: tuple(filter(None, text.split(",")))}
    people = {row["id"]: Person.model_validate(row) for row in _rows(connection, "people", roles)}
    members, groups_of = defaultdict(list), defaultdict(list)
    pairs = tables.memberships
    for group, person in connection.execute(select(pairs).order_by(pairs.c.group, pairs.c.person)):
        members[group].append(person)
        groups_of[person].append(group)
    absences = load_absences(connection)
    return Organisation(
        revision=number,
        people=people,
        groups_by_id={r["id"]: Group.model_validate(r) for r in _rows(connection, "groups")},
        customers={r["id"]: Customer.model_validate(r) for r in _rows(connection, "customers")},
        services={r["id"]: Service.model_validate(r) for r in _rows(connection, "services")},
        calendars={
            row["id"]: Calendar.model_validate_json(row["body"])
            for row in _rows(connection, "calendars")
        },
        vendors={
            row["id"]: Vendor.model_validate_json(row["body"])
            for row in _rows(connection, "vendors")
        },
        people_by_email={person.email: person for person in people.values()},
        members_of={group: tuple(found) for group, found in members.items()},
        groups_of_person={person: tuple(found) for person, found in groups_of.items()},
        revoked=frozenset(connection.execute(select(tables.revoked_tokens.c.id)).scalars()),
        absences=absences,
        left_to=by_deputy(absences),
        awaited=awaited_gone(connection),
    )


def _rows(
    connection: Connection, name: str, change: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    table: Table = tables.metadata.tables[name]
    rows = connection.execute(select(table).order_by(table.c.id)).mappings()
    made = change or {}
    return [{k: made[k](v) if k in made else v for k, v in row.items()} for row in rows]


class Directory:
    """Keeps the newest organisation that could be read, also while the database is away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._current = Organisation()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Organisation:
        """The organisation; empty until it was read once."""
        return self._current

    def refresh(self) -> Organisation:
        """Read it now if it has changed.

        Raises:
            one of `store.reads.AWAY`: the database is away; `current` stays as it was.
        """
        with reading(self._engine) as connection:
            if revision(connection) != self._current.revision:
                self._current = load(connection)
            # Orders begin and end to ask those who have left, without any change of these.
            elif (awaited := awaited_gone(connection)) != self._current.awaited:
                self._current = replace(self._current, awaited=awaited)
        return self._current

    def start(self) -> None:
        """Read it now if that is possible, and then every two seconds in a thread."""
        self._try_to_refresh()
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="directory", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=2 * REFRESH_S)

    def _keep(self) -> None:
        while not self._stopped.wait(REFRESH_S):
            self._try_to_refresh()

    def _try_to_refresh(self) -> None:
        try:
            self.refresh()
        except (SQLAlchemyError, ValueError) as error:
            log.warning("organisation_not_refreshed", error=type(error).__name__)
