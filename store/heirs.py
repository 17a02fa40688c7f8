"""Who decides for people who have left: the next manager above them who is still there."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Protocol

from desk.people import Role


class Placed(Protocol):
    """A person, as far as that takes."""

    @property
    def id(self) -> str: ...
    @property
    def roles(self) -> tuple[Role, ...]: ...
    @property
    def manager(self) -> str | None: ...
    @property
    def active(self) -> bool: ...


def heirs(people: Mapping[str, Placed]) -> dict[str, tuple[str, ...]]:
    """Of each who has left, who decides for them; without anybody above, whoever is a manager."""
    managers = tuple(p.id for p in people.values() if p.active and Role.MANAGER in p.roles)
    gone = [person for person in people.values() if not person.active]
    return {p.id: tuple(_above(people, p))[:1] or managers for p in gone}


def left_by(inherited: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The same by who decides for them."""
    found: dict[str, list[str]] = defaultdict(list)
    for gone, those in inherited.items():
        for heir in those:
            found[heir].append(gone)
    return {heir: tuple(gone) for heir, gone in found.items()}


def _above(people: Mapping[str, Placed], person: Placed) -> Iterator[str]:
    """The line of managers above, those who are active; a ring of them ends where it began."""
    passed = {person.id}
    above = people.get(person.manager) if person.manager else None
    while above is not None and above.id not in passed:
        if above.active:
            yield above.id
        passed.add(above.id)
        above = people.get(above.manager) if above.manager else None
