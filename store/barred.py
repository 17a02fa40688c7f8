"""From whom a ticket is kept, as lists and searches ask for it: `desk.complaints` says why."""

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, not_, or_, select

from desk.ticket import Facts
from store.barred_tables import barred
from store.once import add_barred_once


def not_barred(person: str, number: ColumnElement[str]) -> ColumnElement[bool]:
    """True of the tickets that are not kept from the person, by the column with their number."""
    # Asked once for a whole list, and mostly empty: whatever index the list uses, it keeps.
    return not_(number.in_(_from(person)))


def not_barred_if_any(person: str, number: ColumnElement[str]) -> ColumnElement[bool]:
    """The same of a column that may be empty."""
    return or_(number.is_(None), not_barred(person, number))


def barred_numbers(connection: Connection, person: str) -> set[str]:
    """The tickets that are kept from the person."""
    return set(connection.execute(_from(person)).scalars())


def bar(connection: Connection, ticket: Facts) -> None:
    """Keep the ticket from whom it is about; the same twice changes nothing."""
    rows = [{"person": person, "ticket": ticket.number} for person in ticket.barred]
    if rows:
        connection.execute(add_barred_once(connection.dialect.name), rows)


def bar_anew(connection: Connection, ticket: Facts) -> None:
    """Keep the ticket from those whom it is about, and from nobody else."""
    connection.execute(delete(barred).where(barred.c.ticket == ticket.number))
    for person in ticket.barred:
        connection.execute(insert(barred).values(person=person, ticket=ticket.number))


def barred_people(connection: Connection, number: str) -> list[str]:
    """From whom the ticket is kept."""
    query = select(barred.c.person).where(barred.c.ticket == number)
    return list(connection.execute(query.order_by(barred.c.person)).scalars())


def _from(person: str) -> Select[str]:
    return select(barred.c.ticket).where(barred.c.person == person)
