"""Who decides for people who have left: the next manager above them who is still there.

Only for those whom an order asks by name: most who have left nobody waits for.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Protocol

from sqlalchemy import Connection, select

from desk.asked import asked_by_name
from desk.people import Role
from desk.record import Task
from desk.ticket import Facts
from store.tables import human_tasks, tickets
from store.tables import people as everybody

Awaited = Mapping[str, tuple[frozenset[str], ...]]
"""Whom orders ask by name, and of each order who does not decide on it."""


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


def awaited_on(ticket: Facts) -> Awaited:
    """Whom this ticket's order has asked by name."""
    if ticket.order is None:
        return {}
    barred = ticket.order.barred(ticket.requester)
    return dict.fromkeys(asked_by_name(ticket.order), (barred,))


def awaited_gone(connection: Connection) -> Awaited:
    """Who has left and is asked by an open order."""
    query = (
        select(human_tasks.c.person, tickets.c.requester, tickets.c.wanted_for)
        .join_from(human_tasks, tickets)
        .join(everybody, everybody.c.id == human_tasks.c.person)
        .where(human_tasks.c.task == Task.APPROVE.value, everybody.c.active.is_(False))
        .distinct()
        .order_by(human_tasks.c.person, tickets.c.requester, tickets.c.wanted_for)
    )
    found: dict[str, dict[frozenset[str], None]] = defaultdict(dict)
    for gone, *owners in connection.execute(query):
        found[gone][frozenset(one for one in owners if one is not None)] = None
    return {gone: tuple(barred) for gone, barred in found.items()}


def heirs(people: Mapping[str, Placed], awaited: Awaited) -> dict[str, tuple[str, ...]]:
    """Of each who is awaited and has left, who decides for them: the next above who may decide on
    that order; without anybody above, whoever is a manager.
    """
    gone = [people[one] for one in awaited if one in people and not people[one].active]
    if not gone:
        return {}
    managers = tuple(p.id for p in people.values() if p.active and Role.MANAGER in p.roles)
    return {p.id: tuple(_next_above(people, p, awaited[p.id])) or managers for p in gone}


def _next_above(
    people: Mapping[str, Placed], person: Placed, orders: tuple[frozenset[str], ...]
) -> dict[str, None]:
    line = tuple(_above(people, person))
    able = ([one for one in line if one not in barred][:1] for barred in orders)
    return dict.fromkeys(one for those in able for one in those)


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
