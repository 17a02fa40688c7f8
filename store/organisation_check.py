"""Does an organisation file hang together, in itself and with what is there already?"""

from collections.abc import Iterator, Set
from typing import NamedTuple

from store.located import Located, Path, Problem
from store.organisation import Organisation
from store.organisation_file import OrganisationFile


class _Reference(NamedTuple):
    """A name in the file and what it has to be the name of."""

    path: Path
    of: str
    name: str | None
    what: str


def contradictions(file: OrganisationFile, located: Located, before: Organisation) -> list[Problem]:
    """Everything that cannot be, wherever in the file it is."""
    return [
        *_twice(file, located),
        *_unknown(file, located, before),
        *_cycles(file, located, before),
        *_strangers(file, located),
        *_gone(file, located, before),
    ]


def _twice(file: OrganisationFile, located: Located) -> Iterator[Problem]:
    for section, names in _names(file).items():
        first: dict[str, int] = {}
        for n, name in enumerate(names):
            line = located.line((section, n))
            if name in first:
                message = f"{section} {name} is in line {first[name]} already: remove one"
                yield Problem(line, message)
            first.setdefault(name, line)


def _names(file: OrganisationFile) -> dict[str, list[str]]:
    return {
        "calendars": [entry.name for entry in file.calendars],
        "customers": [entry.id for entry in file.customers],
        "people": [entry.email for entry in file.people],
        "groups": [entry.id for entry in file.groups],
        "services": [entry.id for entry in file.services],
        "vendors": [entry.id for entry in file.vendors],
    }


def _unknown(file: OrganisationFile, located: Located, before: Organisation) -> Iterator[Problem]:
    names = _names(file)
    known: dict[str, Set[str]] = {
        "calendar": {*before.calendars, *names["calendars"]},
        "customer": {*before.customers, *names["customers"]},
        "person": {*before.people_by_email, *names["people"]},
        "service": {*before.services, *names["services"]},
    }
    for path, of, name, what in _references(file):
        if name is not None and name not in known[what]:
            message = f"{path[0]} {of} {path[2]}: there is no {what} {name!r}: add or correct it"
            yield Problem(located.line(path), message)


def _references(file: OrganisationFile) -> Iterator[_Reference]:
    for n, customer in enumerate(file.customers):
        path: Path = ("customers", n, "calendar")
        yield _Reference(path, customer.id, customer.calendar, "calendar")
    for n, service in enumerate(file.services):
        yield _Reference(("services", n, "customer"), service.id, service.customer, "customer")
        yield _Reference(("services", n, "calendar"), service.id, service.calendar, "calendar")
    for n, vendor in enumerate(file.vendors):
        for m, contract in enumerate(vendor.contracts):
            of: Path = ("vendors", n, "contracts", m)
            yield _Reference((*of, "calendar"), vendor.id, contract.calendar, "calendar")
            for k, named in enumerate(contract.services):
                yield _Reference((*of, "services", k), vendor.id, named, "service")
    for n, person in enumerate(file.people):
        yield _Reference(("people", n, "customer"), person.email, person.customer, "customer")
        yield _Reference(("people", n, "manager"), person.email, person.manager, "person")
    for n, group in enumerate(file.groups):
        yield _Reference(("groups", n, "calendar"), group.id, group.calendar, "calendar")
        yield _Reference(("groups", n, "lead"), group.id, group.lead, "person")
        yield _Reference(("groups", n, "duty"), group.id, group.duty, "person")
        for m, member in enumerate(group.members):
            yield _Reference(("groups", n, "members", m), group.id, member, "person")


def _cycles(file: OrganisationFile, located: Located, before: Organisation) -> Iterator[Problem]:
    """Everybody whose managers lead back to themselves, once for each circle."""
    managers = {p.email: _email(before, p.manager) for p in before.people.values()}
    managers |= {person.email: person.manager for person in file.people}
    reported: set[str] = set()
    for n, person in enumerate(file.people):
        chain: list[str] = [person.email]
        while (above := managers.get(chain[-1])) is not None and above not in chain:
            chain.append(above)
        if above == person.email and person.email not in reported:
            reported.update(chain)
            way = " > ".join([*chain, person.email])
            message = f"people {person.email} manager: a circle, {way}: take one of them out"
            yield Problem(located.line(("people", n, "manager")), message)


def _email(before: Organisation, person: str | None) -> str | None:
    known = before.people.get(person or "")
    return known.email if known else None


def _strangers(file: OrganisationFile, located: Located) -> Iterator[Problem]:
    for n, group in enumerate(file.groups):
        for field, person in (("lead", group.lead), ("duty", group.duty)):
            if person is not None and person not in group.members:
                message = f"groups {group.id} {field}: {person} is no member: add them to members"
                yield Problem(located.line(("groups", n, field)), message)


def _gone(file: OrganisationFile, located: Located, before: Organisation) -> Iterator[Problem]:
    """People who are deactivated while a group still counts on them."""
    posts = {
        (group.id, post): _email(before, person)
        for group in before.groups
        for post, person in (("lead", group.lead), ("duty", group.duty))
    }
    for group in file.groups:
        posts |= {(group.id, "lead"): group.lead, (group.id, "duty"): group.duty}
    inactive = {person.email: not person.active for person in file.people}
    here = {group.id: n for n, group in enumerate(file.groups)}
    lines = {person.email: n for n, person in enumerate(file.people)}
    for (group_id, post), email in posts.items():
        known = before.person_by_email(email or "")
        if email and inactive.get(email, known is not None and not known.active):
            path: Path = ("people", lines.get(email, 0))
            if group_id in here:
                path = ("groups", here[group_id], post)
            message = f"groups {group_id} {post}: {email} is deactivated: name somebody else"
            yield Problem(located.line(path), message)
