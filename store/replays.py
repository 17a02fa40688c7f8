"""Replays that auditors asked for, and their verdicts: what is found survives whoever finds it."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select, update

from desk.model import Frozen, Instant
from store.barred import not_barred
from store.once import add_replay_once, add_result_once
from store.tables import replay_results, replays

IDENTICAL = json.dumps([])


class Verdict(Frozen):
    """What replay found of one ticket; `differs` is empty when all was identical."""

    number: str
    events: int
    differs: tuple[str, ...]


class Replay(Frozen):
    """A replay: of these tickets, or of those with news since then, or of all.

    `total` is None until the tickets are listed.
    """

    id: str
    asked_at: Instant
    asked_by: str
    since: Instant | None
    numbers: tuple[str, ...]
    code_version: str
    total: int | None = None


class Progress(Frozen):
    """How far a replay is."""

    done: int
    identical: int
    events: int


def add_replay(connection: Connection, replay: Replay) -> Replay:
    """Write down what is asked for; the one that is there already when the id is known."""
    scope = replay.model_dump_json(include={"since", "numbers"})
    row = replay.model_dump(include={"id", "asked_at", "asked_by", "code_version"})
    adding = add_replay_once(connection.dialect.name)
    connection.execute(adding, {**row, "scope": scope, "total": None})
    found = replay_of(connection, replay.id)
    assert found is not None
    return found


def replay_of(connection: Connection, id: str) -> Replay | None:
    """The replay of that id, if there is one."""
    row = connection.execute(select(replays).where(replays.c.id == id)).mappings().one_or_none()
    if row is None:
        return None
    known = {name: row[name] for name in ("id", "asked_at", "asked_by", "code_version", "total")}
    return Replay.model_validate({**known, **json.loads(row["scope"])})


def add_tickets(connection: Connection, replay: str, numbers: Sequence[str]) -> None:
    """Note which tickets it is of; the same twice is the same."""
    rows = [{"replay": replay, "number": n, "events": 0, "differs": None} for n in numbers]
    if rows:
        connection.execute(add_result_once(connection.dialect.name), rows)
    of = replay_results.c.replay == replay
    total = select(func.count()).where(of).scalar_subquery()
    connection.execute(update(replays).where(replays.c.id == replay).values(total=total))


def pending(connection: Connection, replay: str, limit: int) -> list[str]:
    """The next tickets without a verdict."""
    query = select(replay_results.c.number).where(
        replay_results.c.replay == replay, replay_results.c.differs.is_(None)
    )
    return list(connection.execute(query.order_by(replay_results.c.number).limit(limit)).scalars())


def settle(connection: Connection, replay: str, found: Sequence[Verdict]) -> int:
    """Write verdicts down; how many tickets are still without one."""
    for verdict in found:
        of = (replay_results.c.replay == replay, replay_results.c.number == verdict.number)
        told = {"events": verdict.events, "differs": json.dumps(verdict.differs)}
        connection.execute(update(replay_results).where(*of).values(told))
    left = select(func.count()).where(
        replay_results.c.replay == replay, replay_results.c.differs.is_(None)
    )
    return int(connection.execute(left).scalar_one())


def progress_of(connection: Connection, replay: str) -> Progress:
    """How far it is, in one query."""
    differs = replay_results.c.differs
    query = select(
        func.count(differs),
        func.coalesce(func.sum(case((differs == IDENTICAL, 1), else_=0)), 0),
        func.coalesce(func.sum(replay_results.c.events), 0),
    ).where(replay_results.c.replay == replay)
    done, identical, events = connection.execute(query).one()
    return Progress(done=done, identical=identical, events=events)


def differing(
    connection: Connection, replay: str, after: str, limit: int, reader: str = ""
) -> list[Verdict]:
    """Tickets of which something differs, by number, from the one after `after` on.

    None that is kept from the `reader`.
    """
    query = select(replay_results).where(
        replay_results.c.replay == replay,
        replay_results.c.number > after,
        replay_results.c.differs.is_not(None),
        replay_results.c.differs != IDENTICAL,
        not_barred(reader, replay_results.c.number),
    )
    rows = connection.execute(query.order_by(replay_results.c.number).limit(limit)).mappings()
    return [
        Verdict(number=row["number"], events=row["events"], differs=json.loads(row["differs"]))
        for row in rows
    ]
