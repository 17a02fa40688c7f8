"""Which tickets the store was told of last: those in doubt when the engine dies."""

from datetime import timedelta

from sqlalchemy import Connection, func, select

from store.tables import tickets


def recorded_last(connection: Connection, within: timedelta) -> list[str]:
    """The numbers of the tickets recorded within so much time before the newest record of all."""
    newest = connection.execute(select(func.max(tickets.c.recorded_at))).scalar()
    if newest is None:
        return []
    query = select(tickets.c.number).where(tickets.c.recorded_at >= newest - within)
    return list(connection.execute(query.order_by(tickets.c.number)).scalars())
