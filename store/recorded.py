"""Which tickets the store was told of last: those in doubt when the engine dies."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from store.tables import tickets


def newest_record(connection: Connection) -> datetime | None:
    """When the store was last told of any ticket."""
    found: datetime | None = connection.execute(select(func.max(tickets.c.recorded_at))).scalar()
    return found


def recorded_since(connection: Connection, since: datetime) -> list[str]:
    """The numbers of the tickets recorded at that instant or later."""
    query = select(tickets.c.number).where(tickets.c.recorded_at >= since)
    return list(connection.execute(query.order_by(tickets.c.number)).scalars())
