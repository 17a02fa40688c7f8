"""A hundred thousand tickets, written as the store writes them but many at once."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert

from desk.numbers import derive
from desk.opening import Opening, open_ticket
from desk.people import Actor
from desk.record import Record, terms_digest
from desk.tasks import human_tasks
from desk.ticket import Kind, Level, Status, Ticket
from desk.view import clock_view
from policies.in_force import IN_FORCE
from store.engine import writing
from store.organisation import Organisation, Person
from store.reads import Engine
from store.rows import folded, snapshot_row, task_rows, tasks_text, text_of, ticket_row
from store.tables import NEVER, snapshots, terms, tickets
from store.tables import human_tasks as tasks_table

DIGEST = terms_digest(IN_FORCE)
BATCH = 2000
ORIGINALS = 5000
# One in twenty is open; the rest were closed over the years.
OPEN = (Status.NEW, Status.IN_PROGRESS, Status.WAITING)
ONE_IN = 20
REQUESTERS = 2000
CATEGORIES = ("hardware", "software", "network", "access", "security")


class Rows(NamedTuple):
    """One ticket in the tables that lists read."""

    ticket: dict[str, Any]
    snapshot: dict[str, Any]
    tasks: list[dict[str, Any]]


def made(organisation: Organisation, count: int) -> list[Rows]:
    """So many tickets, the same ones each time but for today's date."""
    dice = random.Random(7)
    rosa = organisation.person_by_email("rosa@example.org")
    finn = organisation.person_by_email("finn@example.org")
    assert rosa is not None
    assert finn is not None
    now = datetime.now(UTC)
    originals = min(count, ORIGINALS)
    rows = [_row(_ticket(dice, number, now, rosa, finn)) for number in range(originals)]
    return rows + [_copy(rows[n % originals], n) for n in range(originals, count)]


def _copy(row: Rows, number: int) -> Rows:
    """The same under a number of its own, some seconds later: much quicker than a new one."""
    old, new = row.ticket["number"], derive("INC", b"bench", str(number), 0)
    later = timedelta(seconds=number / ORIGINALS)
    due = row.ticket["due"]
    moved = {
        "number": new,
        "search": row.ticket["search"].replace(folded(old), folded(new)),
        "opened_at": row.ticket["opened_at"] + later,
        "due": due if due == NEVER else due + later,
    }
    texts = {name: text.replace(old, new) for name, text in row.snapshot.items()}
    tasks = [{**task, "ticket": new} for task in row.tasks]
    return Rows({**row.ticket, **moved}, texts, tasks)


def fill(engine: Engine, rows: list[Rows]) -> None:
    """Write them, and let the database look at what it has."""
    with writing(engine) as connection:
        connection.execute(insert(terms).values(digest=DIGEST, body=text_of(IN_FORCE)))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        with writing(engine) as connection:
            connection.execute(insert(tickets), [row.ticket for row in batch])
            connection.execute(insert(snapshots), [row.snapshot for row in batch])
            if tasks := [task for row in batch for task in row.tasks]:
                connection.execute(insert(tasks_table), tasks)
    with writing(engine) as connection:
        connection.exec_driver_sql("ANALYZE")


def _ticket(dice: random.Random, number: int, now: datetime, rosa: Person, finn: Person) -> Ticket:
    is_open = number % ONE_IN == 0
    hours = dice.uniform(0, 100) if is_open else dice.uniform(100, 20000)
    own = dice.random() < 1 / REQUESTERS
    requester = rosa.id if own else f"p-{dice.randrange(REQUESTERS):016x}"
    ticket = _opened(dice, number, requester, rosa.customer, now - timedelta(hours=hours))
    assignee = finn.id if dice.random() < 0.01 else None
    if is_open:
        return ticket.model_copy(update={"status": dice.choice(OPEN), "assignee": assignee})
    closed_at = ticket.opened_at + timedelta(days=3)
    over = {"status": Status.CLOSED, "closed_at": closed_at, "clocks": ()}
    return ticket.model_copy(update={**over, "assignee": assignee})


def _opened(
    dice: random.Random, number: int, requester: str, customer: str, at: datetime
) -> Ticket:
    opening = Opening(
        opening_id=str(number),
        number=derive("INC", b"bench", str(number), 0),
        kind=Kind.INCIDENT,
        summary=f"No connection since nine ({number})",
        description="The lamp at the socket is dark, on both sides of the corridor.",
        requester=requester,
        customer=customer,
        actor=Actor(person=requester),
        channel="web",
        category=dice.choice(CATEGORIES),
        impact=dice.choice(list(Level)),
        urgency=dice.choice(list(Level)),
    )
    return open_ticket(opening, IN_FORCE, at).ticket


def _row(ticket: Ticket) -> Rows:
    is_open = ticket.status in OPEN
    record = Record.model_construct(
        ticket=ticket,
        clocks=tuple(clock_view(clock, IN_FORCE.calendars) for clock in ticket.clocks),
        terms_digest=DIGEST,
        terms=None,
        events=(),
        tasks=human_tasks(ticket, IN_FORCE) if is_open else (),
        notices=(),
        since=(1, 0),
        run=1,
        length=10,
    )
    row = ticket_row(record, tasks_text(record))
    return Rows(row, snapshot_row(record, text_of(ticket)), task_rows(record))
