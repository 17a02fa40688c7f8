"""Moves an organisation from its YAML file into the database: all of it, or nothing."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, insert, update

from desk.calendar import Calendar
from desk.errors import PolicyError
from desk.model import Frozen
from store.engine import writing
from store.organisation import Customer, Group, Organisation, Person, Service, load
from store.organisation_check import contradictions
from store.organisation_file import (
    CustomerEntry,
    GroupEntry,
    OrganisationFile,
    PersonEntry,
    ServiceEntry,
    parse,
)
from store.tables import calendars, customers, groups, memberships, people, services, vendors
from store.tokens import lock_organisation, organisation_changed
from store.vendors import vendor_row, vendors_before

Rows = dict[str, dict[str, Any]]


class Count(Frozen):
    """What became of the entries of one section."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


class ImportReport(Frozen):
    """What an import did; `memberships` counts people who joined or left a group."""

    sections: dict[str, Count]
    memberships: int

    @property
    def changed(self) -> bool:
        """Whether anything is now other than it was."""
        return self.memberships > 0 or any(c.added or c.changed for c in self.sections.values())

    def __str__(self) -> str:
        if not self.changed:
            return "nothing changed: the organisation is already as the file says"
        lines = [
            f"{section}: {count.added} added, {count.changed} changed, {count.unchanged} as before"
            for section, count in self.sections.items()
        ]
        return "\n".join([*lines, f"memberships: {self.memberships} changed"])


def import_organisation(engine: Engine, text: str, file_name: str) -> ImportReport:
    """Add and change what the file says, in one transaction; nobody and nothing is deleted.

    `members` are all members of a group, so that leaving it out ends a membership. The same file
    again changes nothing.

    Raises:
        PolicyError: with every problem of the file on a line of its own, `file:line: what to do`.
    """
    file, located, problems = parse(text)
    with writing(engine) as connection:
        lock_organisation(connection)
        before = load(connection)
        if file is not None:
            problems = [*problems, *contradictions(file, located, before)]
        if file is None or problems:
            lines = [f"{file_name}:{line}: {message}" for line, message in sorted(set(problems))]
            raise PolicyError("\n".join(lines))
        report = _write(connection, file, before)
        if report.changed:
            organisation_changed(connection)
    return report


def _write(connection: Connection, file: OrganisationFile, before: Organisation) -> ImportReport:
    ids = {email: person.id for email, person in before.people_by_email.items()}
    for person in file.people:
        ids.setdefault(person.email, f"p-{secrets.token_hex(8)}")
    # In this order: each names only what stands before it.
    changes: list[tuple[Table, Rows, Rows]] = [
        (
            calendars,
            {c.name: _calendar_row(c) for c in file.calendars},
            {c.name: _calendar_row(c) for c in before.calendars.values()},
        ),
        (customers, _rows(file.customers), _rows(before.customers.values())),
        (
            people,
            {ids[p.email]: _person_row(p, ids) for p in _managers_first(file.people)},
            {p.id: {**_row(p), "roles": _roles(p)} for p in before.people.values()},
        ),
        (groups, {g.id: _group_row(g, ids) for g in file.groups}, _rows(before.groups)),
        (services, _rows(file.services), _rows(before.services.values())),
        (vendors, {v.id: vendor_row(v) for v in file.vendors}, vendors_before(before.vendors)),
    ]
    sections = {table.name: _put(connection, table, now, was) for table, now, was in changes}
    moved = sum(
        _put_members(connection, group.id, {ids[email] for email in group.members}, before)
        for group in file.groups
    )
    return ImportReport(sections=sections, memberships=moved)


def _put(connection: Connection, table: Table, rows: Rows, before: Rows) -> Count:
    """Add what is not there and change what is other; both by id, in the order of `rows`."""
    new = [{"id": id, **row} for id, row in rows.items() if id not in before]
    other = {id: row for id, row in rows.items() if id in before and before[id] != row}
    if new:
        connection.execute(insert(table), new)
    for id, row in other.items():
        connection.execute(update(table).where(table.c.id == id).values(**row))
    return Count(added=len(new), changed=len(other), unchanged=len(rows) - len(new) - len(other))


def _put_members(
    connection: Connection, group: str, members: set[str], before: Organisation
) -> int:
    already = set(before.members_of.get(group, ()))
    left, joined = sorted(already - members), sorted(members - already)
    if left:
        these = and_(memberships.c.group == group, memberships.c.person.in_(left))
        connection.execute(delete(memberships).where(these))
    if joined:
        rows = [{"group": group, "person": person} for person in joined]
        connection.execute(insert(memberships), rows)
    return len(left) + len(joined)


def _row(entry: Frozen) -> dict[str, Any]:
    return entry.model_dump(exclude={"id"})


def _rows(entries: Iterable[Customer | Group | Service | CustomerEntry | ServiceEntry]) -> Rows:
    return {entry.id: _row(entry) for entry in entries}


def _calendar_row(calendar: Calendar) -> dict[str, Any]:
    return {"body": calendar.model_dump_json(by_alias=False)}


def _roles(person: Person | PersonEntry) -> str:
    return ",".join(sorted(person.roles))


def _person_row(person: PersonEntry, ids: Mapping[str, str]) -> dict[str, Any]:
    manager = ids[person.manager] if person.manager else None
    return {**_row(person), "roles": _roles(person), "manager": manager}


def _group_row(group: GroupEntry, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        **group.model_dump(exclude={"id", "members"}),
        "lead": ids[group.lead],
        "duty": ids[group.duty] if group.duty else None,
    }


def _managers_first(entries: tuple[PersonEntry, ...]) -> list[PersonEntry]:
    """Everybody after their manager, whom the database wants to know first."""
    waiting = {person.email: person for person in entries}
    ordered: dict[str, PersonEntry] = {}
    for person in entries:
        chain = [person]
        while (above := waiting.get(chain[-1].manager or "")) is not None:
            chain.append(above)
        for one in reversed(chain):
            ordered.setdefault(one.email, one)
    return list(ordered.values())
