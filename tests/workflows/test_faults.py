"""What must not be lost: the database away, an engine that forgot, a record of what never was."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from activities.restating import in_doubt_since, restate_after_outages
from desk.apply import apply
from desk.deadlines import next_due
from desk.opening import open_ticket
from desk.record import Record
from desk.tasks import human_tasks
from desk.view import clock_view
from policies.in_force import IN_FORCE
from store.engine import writing
from store.recording import record
from store.tables import tickets
from tests.patience import eventually
from tests.running import Desk
from workflows.incident import Incident


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """The database as good as away: nobody else can write."""
    with writing(engine):
        yield


async def test_steps_go_on_while_the_database_is_away_and_all_is_recorded_later(
    desk: Desk,
) -> None:
    handle = await desk.open()
    with locked(desk.engine):
        await desk.take(handle, "finn", "accept")
        began = time.monotonic()
        for count in range(5):
            await desk.take(handle, "finn", "comment", text=f"note {count}", internal=True)
        assert time.monotonic() - began < 4
        assert desk.stored(handle.id)[0].version == 1
    ticket = await handle.query(Incident.stands)

    async def caught_up() -> bool:
        return desk.stored(handle.id)[0] == ticket

    await eventually(caught_up, seconds=40)
    places = [(row["version"], row["index"]) for row in desk.stored(handle.id)[1]]
    assert places == [(1, 0), (1, 1), (1, 2), *((version, 0) for version in range(2, 8))]


async def test_a_long_run_keeps_its_dates_while_the_database_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 2)
    handle = await desk.open()
    first = (await handle.describe()).run_id
    await desk.take(handle, "finn", "accept")
    with locked(desk.engine):
        # Later than the record has given up, and virtual time does not pass while it has not.
        until = datetime.now(UTC) + timedelta(seconds=9)
        await desk.take(handle, "finn", "wait", **{"for": "vendor"}, reason="A part", until=until)

        async def goes_on() -> bool:
            return (await handle.query(Incident.stands)).status == "in_progress"

        await eventually(goes_on)
        assert desk.stored(handle.id)[0].version == 2

    async def next_run() -> bool:
        return (await handle.describe()).run_id != first

    await eventually(next_run, seconds=40)
    assert desk.stored(handle.id)[0].version == 4


async def test_a_number_that_turns_out_to_be_taken_ends_the_ticket(desk: Desk) -> None:
    opening = desk.opening()
    elsewhere = desk.opening(opening_id="of another desk").model_copy(
        update={"number": opening.number}
    )
    there = open_ticket(elsewhere, IN_FORCE, datetime.now(UTC))
    with writing(desk.engine) as connection:
        await desk.send_opening(opening)
        record(connection, phantom(there.ticket, there.events))
    handle = desk.client.get_workflow_handle(opening.number)
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "NumberTaken"
    assert desk.stored(opening.number)[0].opening_id == "of another desk"


async def test_a_record_of_what_never_was_is_taken_back_when_the_ticket_restates(
    desk: Desk,
) -> None:
    handle = await desk.open()
    truth, events = desk.stored(handle.id)
    never = apply(truth, IN_FORCE, desk.taken("finn", "accept"), truth.last_at)
    with writing(desk.engine) as connection:
        record(connection, phantom(never.ticket, never.events))
    assert desk.stored(handle.id)[0].status == "in_progress"
    doubtful = asyncio.ensure_future(in_doubt_since(desk.engine))
    await doubtful
    # A ticket that is recorded long after does not make the phantom look old.
    other = await desk.open()
    later = datetime.now(UTC) + timedelta(minutes=5)
    with writing(desk.engine) as connection:
        connection.execute(
            update(tickets).where(tickets.c.number == other.id).values(recorded_at=later)
        )
    restating = asyncio.create_task(restate_after_outages(desk.client, desk.engine, doubtful))

    async def healed() -> bool:
        return desk.stored(handle.id) == (truth, events)

    await eventually(healed)
    restating.cancel()


def phantom(ticket, events) -> Record:  # type: ignore[no-untyped-def]
    """What a worker would have recorded for a task that the engine never accepted."""
    return Record(
        ticket=ticket,
        clocks=tuple(clock_view(clock, IN_FORCE.calendars) for clock in ticket.clocks),
        terms_digest="0" * 64,
        terms=IN_FORCE,
        events=events,
        tasks=human_tasks(ticket, IN_FORCE),
        notices=(),
        since=(events[0].version, events[0].index),
        run=1,
        length=9,
    )


async def test_one_timer_a_ticket_is_armed_anew_only_when_the_next_due_instant_changes(
    desk: Desk,
) -> None:
    handle = await desk.open()
    for count in range(3):
        await desk.take(handle, "finn", "comment", text=f"note {count}", internal=True)
    history = (await handle.fetch_history()).events
    timers = [event for event in history if event.HasField("timer_started_event_attributes")]
    assert len(timers) == 1
    ticket, _ = desk.stored(handle.id)
    due = next_due(ticket, IN_FORCE)
    assert due is not None
    lasts = timers[0].timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
    assert abs((due - timers[0].event_time.ToDatetime(tzinfo=due.tzinfo)) - lasts).seconds < 1
