"""The archive as the database has it: a chain that only grows, its signed heads, and bodies.

How a record is hashed and signed is the caller's to say; see `audit.chain`.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, Select, func, insert, select

from store.archive_tables import archive, archive_bodies, checkpoints
from store.engine import is_sqlite, reading, writing
from store.entries import Checkpoint, Entry

LOCK = 0x41524348
"""PostgreSQL's advisory lock of the chain: a number nobody else locks in this database."""
PAGE = 500
SIGNED = "signed_"


class Link(NamedTuple):
    """A record of the chain, and where its history is kept.

    `checkpoint` is None only where somebody has taken it away.
    """

    entry: Entry
    place: str
    checkpoint: Checkpoint | None


class New(NamedTuple):
    """A record to append, and its checkpoint; `body` is what the database is to keep itself."""

    entry: Entry
    place: str
    checkpoint: Checkpoint
    body: bytes | None


class Unreadable(Exception):
    """Record `seq` holds what no record can hold."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"record {seq} was altered: it holds what no record can hold")
        self.seq = seq


def append(engine: Engine, run_id: str, made: Callable[[Checkpoint | None], New]) -> bool:
    """Add what `made` makes of the newest checkpoint; False when that run is archived already.

    One transaction, and one at a time: two archivers cannot fork the chain.
    """
    with writing(engine) as connection:
        if not is_sqlite(connection):
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        if archived_among(connection, [run_id]):
            return False
        new = made(newest_checkpoint(connection))
        connection.execute(insert(archive).values(**dict(new.entry), place=new.place))
        if new.body is not None:
            connection.execute(insert(archive_bodies).values(run_id=run_id, body=new.body))
        connection.execute(insert(checkpoints).values(**dict(new.checkpoint)))
    return True


def newest_checkpoint(connection: Connection) -> Checkpoint | None:
    """The end of the chain as it was signed; None while nothing is archived."""
    query = select(checkpoints).order_by(checkpoints.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else Checkpoint.model_validate(dict(row))


def archived_among(connection: Connection, run_ids: Sequence[str]) -> set[str]:
    """Which of these runs are in the archive."""
    found: set[str] = set()
    for start in range(0, len(run_ids), PAGE):
        some = run_ids[start : start + PAGE]
        query = select(archive.c.run_id).where(archive.c.run_id.in_(some))
        found.update(connection.execute(query).scalars())
    return found


def links(engine: Engine) -> Iterator[Link]:
    """The whole chain in the order of seq; it is read page by page, as it is needed.

    Raises:
        Unreadable: when that record is reached.
    """
    after: int | None = 0
    while after is not None:
        try:
            page = _page(engine, after, PAGE)
        except ValueError:
            page = _page_up_to_the_unreadable(engine, after)
        yield from page
        after = page[-1].entry.seq if page else None


def _page_up_to_the_unreadable(engine: Engine, after: int) -> list[Link]:
    try:
        return _page(engine, after, 1)
    except ValueError:
        raise Unreadable(after + 1) from None


def _page(engine: Engine, after: int, limit: int) -> list[Link]:
    query = _links().where(archive.c.seq > after).order_by(archive.c.seq).limit(limit)
    with reading(engine) as connection:
        return [_link(row) for row in connection.execute(query)]


def links_of(connection: Connection, number: str) -> list[Link]:
    """The records of one ticket, in the order of its runs."""
    query = _links().where(archive.c.number == number).order_by(archive.c.run, archive.c.seq)
    return [_link(row) for row in connection.execute(query)]


def archived_numbers(connection: Connection, since: datetime | None = None) -> list[str]:
    """The tickets that are in the archive, or those of which a run has ended since then."""
    query = select(archive.c.number).distinct().order_by(archive.c.number)
    if since is not None:
        query = query.where(archive.c.closed_at >= since)
    return list(connection.execute(query).scalars())


def body_of(connection: Connection, run_id: str) -> bytes | None:
    """The compressed history that the database keeps; None when it keeps none of that run."""
    query = select(archive_bodies.c.body).where(archive_bodies.c.run_id == run_id)
    return connection.execute(query).scalar()


def _links() -> Select[Any]:
    signed = [column.label(SIGNED + column.name) for column in checkpoints.c]
    joined = archive.outerjoin(checkpoints, archive.c.seq == checkpoints.c.seq)
    return select(*archive.c, *signed).select_from(joined)


def _link(row: Row[Any]) -> Link:
    fields = dict(row._mapping)
    entry = {name: fields[name] for name in Entry.model_fields}
    signed = {name: fields[SIGNED + name] for name in Checkpoint.model_fields}
    checkpoint = None if signed["seq"] is None else Checkpoint.model_validate(signed)
    return Link(Entry.model_validate(entry), fields["place"], checkpoint)
