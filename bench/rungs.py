"""Two thousand tickets whose rung is due in the same minute: none is missed, and how late it is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from bench.memory import open_many
from bench.soon_worker import BEGINS, SOON
from bench.stand import standing
from bench.table import Row, percentile
from desk.events import Event, RungFired
from store.engine import make_engine, reading
from store.reads import Engine
from store.tables import events, messages

AT_LEAST_A_SECOND = 5
PATIENCE = timedelta(minutes=5)


class Fired(NamedTuple):
    """What the store knows of the rungs: how often each ticket's fired, and seconds late."""

    times: Counter[str]
    late: list[float]
    told: list[float]


async def measure(quick: bool) -> AsyncIterator[Row]:
    """Open them before the minute begins, then wait until all is fired and told."""
    count = 100 if quick else 2000
    begins = _begins(count)
    told = {BEGINS: f"{begins.timestamp():.0f}"}
    async with standing("full", "bench.soon_worker", **told) as stand:
        numbers = await open_many(stand, count)
        ready = datetime.now(UTC) < begins
        engine = make_engine(stand.settings.database)
        fired = await _fired(engine, set(numbers), begins)
        engine.dispose()
    once = sum(1 for number in numbers if fired.times[number] == 1)
    kept = ready and once == count
    yield Row(
        f"rungs due in one minute, of {count:,} tickets",
        f"{once:,} fired once",
        "",
        "",
        "all",
        kept,
    )
    if fired.late:
        yield Row("lateness of those rungs, p99", f"{percentile(fired.late, 99):.0f} s")
    if fired.told:
        yield Row(
            "their message sent after the due instant, p99", f"{percentile(fired.told, 99):.1f} s"
        )


def _begins(count: int) -> datetime:
    """The first full minute by which so many tickets are surely open."""
    by = datetime.now(UTC) + timedelta(seconds=30 + count / AT_LEAST_A_SECOND)
    return by.replace(second=0, microsecond=0) + timedelta(minutes=1)


async def _fired(engine: Engine, numbers: set[str], begins: datetime) -> Fired:
    """What has fired once all is done; or what there is when patience is over."""
    end = begins + PATIENCE
    while True:
        found = await asyncio.to_thread(_read, engine, numbers)
        done = len(found.times) == len(numbers) == len(found.told)
        if done or datetime.now(UTC) > end:
            return found
        await asyncio.sleep(2)


def _read(engine: Engine, numbers: set[str]) -> Fired:
    fired = Fired(Counter(), [], [])
    due: dict[str, datetime] = {}
    with reading(engine) as connection:
        rows = connection.execute(
            select(events.c.ticket, events.c.body).where(
                events.c.body.contains('"event":"rung_fired"')
            )
        )
        for row in rows:
            event = Event.model_validate_json(row.body)
            what = event.what
            if isinstance(what, RungFired) and what.rung == SOON and row.ticket in numbers:
                fired.times[row.ticket] += 1
                fired.late.append(what.late_by.total_seconds())
                due[row.ticket] = what.due
        sent = connection.execute(
            select(messages.c.ticket, messages.c.sent_at).where(
                messages.c.template == "escalation", messages.c.sent_at.is_not(None)
            )
        )
        for row in sent:
            if row.ticket in due:
                fired.told.append((row.sent_at - due[row.ticket]).total_seconds())
    return fired
