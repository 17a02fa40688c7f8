"""Fills a database with tickets for the tests of queries."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations, product
from typing import Any

from sqlalchemy import Connection, Engine, event

from desk.catalogue import Approver, ByGroup, ByPerson, ByRole
from desk.events import Event
from desk.order import Order, Phase, Slot, Work
from desk.people import Actor, Role
from desk.ticket import Ticket
from store.engine import writing
from store.messages import NewMessage
from store.recording import record
from tests.builders import make_event, make_record, make_ticket


def put(
    engine: Engine, ticket: Ticket, *events: Event, messages: Iterable[NewMessage] = ()
) -> None:
    """Record a ticket as opened with these events after its opening."""
    happened = (make_event(), *events)
    with writing(engine) as connection:
        record(connection, make_record(ticket, *happened), tuple(messages))


def put_all(engine: Engine, tickets: Iterable[Ticket]) -> None:
    """Record many tickets at once, each just opened."""
    with writing(engine) as connection:
        for ticket in tickets:
            record(connection, make_record(ticket))


def numbered(n: int, **changes: object) -> Ticket:
    """The ticket with that number, of an opening of its own."""
    number = f"INC-{n:08d}"
    return make_ticket(number=number, opening_id=number, **changes)


def all_sorts_of_tickets() -> list[Ticket]:
    """Each combination of what decides who may see a ticket."""
    ways = product(
        ("p-a", "p-b"), (None, "p-a", "p-b"), ("g1", "g2"), (False, True), ("real", "given")
    )
    return [
        numbered(n, requester=who, assignee=by, group=group, confidential=secret, clock=clock)
        for n, (who, by, group, secret, clock) in enumerate(ways)
    ]


def make_order(phase: Phase = Phase.APPROVAL, *approvers: Approver, **changes: Any) -> Order:
    """Something for p-a that waits for its approvers, or for g1 to do the one task of it."""
    state = "later" if phase is Phase.APPROVAL else "open"
    order = Order(
        item="laptop",
        title="A laptop",
        answers={"model": "small"},
        wanted_for="p-a",
        phase=phase,
        stage="budget" if phase is Phase.APPROVAL else None,
        needs=1,
        slots=tuple(Slot(approver=approver) for approver in approvers),
        works=(Work.model_validate({"task": "set-up", "group": "g1", "state": state}),),
    )
    return Order.model_validate({**dict(order), **changes})


def all_sorts_of_orders() -> list[Ticket]:
    """Each way in which an order may wait for somebody, on a plain and a confidential ticket."""
    waits = [
        make_order(Phase.APPROVAL, ByPerson(person="p-b")),
        make_order(Phase.APPROVAL, ByPerson(person="p-a"), wanted_for="p-c"),
        make_order(Phase.APPROVAL, ByPerson(person="p-a")),
        make_order(Phase.APPROVAL, ByPerson(person="p-a"), own=True),
        make_order(Phase.APPROVAL, ByGroup(group="g2"), wanted_for="p-c"),
        make_order(Phase.APPROVAL, ByRole(role=Role.ADMIN), wanted_for="p-c"),
        make_order(Phase.FULFILMENT, wanted_for="p-c"),
        make_order(Phase.DONE, works=()),
    ]
    return [
        numbered(100 + n, requester=who, group="g3", confidential=secret, order=order)
        for n, (order, who, secret) in enumerate(product(waits, ("p-a", "p-b"), (False, True)))
    ]


def all_sorts_of_actors() -> list[Actor]:
    """Nobody in particular, each role and each pair of roles, with groups and without."""
    roles = [set(), *({role} for role in Role), *map(set, combinations(Role, 2))]
    return [
        Actor(person="p-a", roles=tuple(some), groups=groups)
        for some, groups in product(roles, ((), ("g1",), ("g1", "g2")))
    ]


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """The statements that are executed inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)
