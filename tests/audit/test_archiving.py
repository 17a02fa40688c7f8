"""Archiving on a real engine: each run of what has ended, once, whatever fails on the way."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, delete
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
)
from temporalio.testing import ActivityEnvironment

from activities.shapes import ArchiveOf, Swept
from audit import command_archive
from audit.archiving import Archiver, Archiving, EvidenceLost, StillOpen, archiver
from audit.keys import key_id
from audit.schedule import SWEEP, WATCH, schedule_daily
from audit.sealing import as_bytes, unseal
from audit.targets import Bodies, TargetAway
from audit.verifying import verify
from settings import Settings
from store.archive import Link, links_of
from store.archive_tables import archive, archive_bodies, checkpoints
from store.engine import reading, writing
from store.import_organisation import import_organisation
from tests.audit.conftest import ORGANISATION
from tests.patience import eventually
from tests.running import Desk, running_desk
from workflows.archiving import Archive


def records(desk: Desk, number: str) -> list[Link]:
    with reading(desk.engine) as connection:
        return links_of(connection, number)


async def archived(desk: Desk, number: str, runs: int = 1) -> list[Link]:
    """The records of a ticket, as soon as there are so many."""

    async def there() -> bool:
        return len(records(desk, number)) >= runs

    await eventually(there)
    return records(desk, number)


async def cancelled(desk: Desk) -> WorkflowHandle[Any, Any]:
    """A ticket that has ended."""
    handle = await desk.open()
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    await handle.result()
    return handle


def archiver_of(desk: Desk, archive_url: str | None = None) -> Archiver:
    return archiver(desk.client, Settings(home=desk.home, archive_url=archive_url), desk.engine)


def keys_of(desk: Desk) -> dict[str, Ed25519PublicKey]:
    key = archiver_of(desk).key.public_key()
    return {key_id(key): key}


def forget(desk: Desk, number: str) -> None:
    """As if the archive had never heard of the ticket, which has the last records."""
    found = records(desk, number)
    with writing(desk.engine) as connection:
        for link in found:
            seq, run_id = link.entry.seq, link.entry.run_id
            connection.execute(delete(checkpoints).where(checkpoints.c.seq == seq))
            connection.execute(delete(archive_bodies).where(archive_bodies.c.run_id == run_id))
            connection.execute(delete(archive).where(archive.c.seq == seq))


async def test_a_ticket_that_has_ended_is_archived_as_the_engine_has_it(desk: Desk) -> None:
    handle = await cancelled(desk)
    [link] = await archived(desk, handle.id)
    history = await handle.fetch_history()
    body = Bodies(desk.engine, None).get(link)
    assert body is not None
    assert unseal(link.entry, body) == as_bytes(history)
    again = WorkflowHistory.from_json(handle.id, as_bytes(history).decode())
    assert list(again.events) == list(history.events)
    ticket, _ = desk.stored(handle.id)
    assert (link.entry.run, link.entry.type, link.entry.status) == (1, "incident", "completed")
    assert link.entry.events == len(history.events)
    assert link.entry.policy_version == ticket.policy_version
    assert link.entry.started_at < link.entry.closed_at < link.entry.archived_at


async def test_every_run_of_a_long_ticket_is_archived(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 3)
    handle = await desk.open()
    await desk.take(handle, "finn", "accept")
    ran = {(await handle.describe()).run_id}

    async def next_run() -> bool:
        return (await handle.describe()).run_id not in ran

    for _ in range(2):
        for count in range(3):
            await desk.take(handle, "finn", "comment", text=f"note {count}", internal=True)
        await eventually(next_run)
        ran.add((await handle.describe()).run_id)
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    await handle.result()
    found = await archived(desk, handle.id, runs=3)
    assert {link.entry.run_id for link in found} == ran
    assert [(link.entry.run, link.entry.status) for link in found] == [
        (1, "continued"), (2, "continued"), (3, "completed"),
    ]  # fmt: skip
    assert len({link.entry.policy_version for link in found}) == 1
    bodies = [Bodies(desk.engine, None).get(link) for link in found]
    histories = [
        WorkflowHistory.from_json(handle.id, unseal(link.entry, body).decode())
        for link, body in zip(found, bodies, strict=True)
        if body is not None
    ]
    starts = [h.events[0].workflow_execution_started_event_attributes for h in histories]
    assert [one.continued_execution_run_id for one in starts] == [
        "",
        *(link.entry.run_id for link in found[:-1]),
    ]
    assert verify(desk.engine, Bodies(desk.engine, None), keys_of(desk)).tickets == 1


async def test_two_archivers_at_once_archive_each_run_once(desk: Desk) -> None:
    handles = [await cancelled(desk) for _ in range(3)]
    for handle in handles:
        await archived(desk, handle.id)
    for handle in reversed(handles):
        forget(desk, handle.id)
    activities = [Archiving(archiver_of(desk)) for _ in range(2)]
    done = await asyncio.gather(
        *(one.archive_ticket(ArchiveOf(number=h.id)) for one in activities for h in handles)
    )
    assert sum(done) == len(handles)
    assert verify(desk.engine, Bodies(desk.engine, None), keys_of(desk)).records == len(handles)


async def test_what_is_archived_already_is_left_alone(desk: Desk) -> None:
    handle = await cancelled(desk)
    before = await archived(desk, handle.id)
    assert await Archiving(archiver_of(desk)).archive_ticket(ArchiveOf(number=handle.id)) == 0
    assert records(desk, handle.id) == before


async def test_an_open_ticket_is_not_archived(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.archiving.ENDS_WITHIN_SECONDS", 0.1)
    handle = await desk.open()
    with pytest.raises(StillOpen):
        await Archiving(archiver_of(desk)).archive_ticket(ArchiveOf(number=handle.id))
    assert records(desk, handle.id) == []


async def test_a_ticket_that_the_engine_does_not_know_is_said_to_be_lost(desk: Desk) -> None:
    with pytest.raises(Exception, match="no history of it any more") as lost:
        await Archiving(archiver_of(desk)).archive_ticket(ArchiveOf(number="INC-NOBODY"))
    assert isinstance(lost.value.__cause__, EvidenceLost)


async def two_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> WorkflowHandle[Any, Any]:
    """An open ticket that is in its second run."""
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 2)
    handle = await desk.open()
    first = (await handle.describe()).run_id
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "comment", text="note", internal=True)

    async def next_run() -> bool:
        return (await handle.describe()).run_id != first

    await eventually(next_run)
    return handle


async def test_a_run_that_has_ended_is_archived_though_its_ticket_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await two_runs(desk, monkeypatch)

    async def there() -> bool:
        await archiver_of(desk).sweep()
        return bool(records(desk, handle.id))

    await eventually(there)
    assert [link.entry.status for link in records(desk, handle.id)] == ["continued"]
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    first, second = await archived(desk, handle.id, runs=2)
    assert (first.entry.run, second.entry.run) == (1, 2)
    assert first.entry.seq < second.entry.seq


async def test_a_ticket_ends_also_where_its_archiving_has_begun_before(desk: Desk) -> None:
    handle = await desk.open()
    begun = await desk.client.start_workflow(
        Archive.run,
        ArchiveOf(number=handle.id),
        id=f"archive-{handle.id}",
        task_queue=desk.queue,
    )
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    assert await handle.result() == "cancelled"
    assert await begun.result() == 1
    assert len(records(desk, handle.id)) == 1


async def test_the_command_archives_what_is_missing(
    desk_alone: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_alone
    handle = await cancelled(desk)
    await archived(desk, handle.id)
    forget(desk, handle.id)
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    settings = Settings(home=desk.home, database_url=str(desk.engine.url))

    async def there() -> bool:
        assert await asyncio.to_thread(command_archive.archive, settings, Namespace()) == 0
        return bool(records(desk, handle.id))

    await eventually(there)
    assert " missing, " in capsys.readouterr().out
    assert await asyncio.to_thread(command_archive.archive, settings, Namespace()) == 0
    assert capsys.readouterr().out.startswith("0 histories were missing")


@pytest.fixture
async def folder_desk(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> AsyncIterator[Desk]:
    """A desk that archives into a folder."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    url = (tmp_path / "archive").as_uri()
    async with running_desk(temporal, sqlite_engine, tmp_path, archive_url=url) as desk:
        yield desk


async def test_a_ticket_closes_while_the_archive_is_away_and_is_archived_later(
    folder_desk: Desk,
) -> None:
    place = folder_desk.home / "archive"
    place.write_text("in the way")
    handle = await cancelled(folder_desk)
    archiving = folder_desk.client.get_workflow_handle(f"archive-{handle.id}")

    async def tried_again() -> bool:
        pending = (await archiving.describe()).raw_description.pending_activities
        return any(one.attempt > 1 for one in pending)

    await eventually(tried_again)
    assert records(folder_desk, handle.id) == []
    place.unlink()
    [link] = await archived(folder_desk, handle.id)
    assert link.place.startswith(place.as_uri())
    assert await archiving.result() == 1
    bodies = Bodies(folder_desk.engine, None)
    assert verify(folder_desk.engine, bodies, keys_of(folder_desk)).records == 1


async def test_a_look_finds_what_is_missing_however_it_ended(desk: Desk) -> None:
    missed, terminated, open_one = await cancelled(desk), await desk.open(), await desk.open()
    await archived(desk, missed.id)
    forget(desk, missed.id)
    await terminated.terminate("by an operator")

    async def seen() -> bool:
        await archiver_of(desk).sweep()
        return bool(records(desk, missed.id) and records(desk, terminated.id))

    # What the engine lists is a moment behind.
    await eventually(seen)
    assert [link.entry.status for link in records(desk, missed.id)] == ["completed"]
    assert [link.entry.status for link in records(desk, terminated.id)] == ["terminated"]
    assert records(desk, open_one.id) == []
    assert await archiver_of(desk).sweep() == Swept(found=0, archived=0)


async def test_a_ticket_that_ended_with_a_failure_is_archived_too(desk: Desk) -> None:
    handle = await desk.open()
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()

    async def there() -> bool:
        await archiver_of(desk).sweep()
        return bool(records(desk, handle.id))

    await eventually(there)
    assert records(desk, handle.id)[0].entry.status in ("failed", "cancelled")


async def test_a_look_gives_up_while_the_archive_is_away_and_loses_nothing(
    desk_alone: Desk,
) -> None:
    desk = desk_alone
    handle = await cancelled(desk)
    await archived(desk, handle.id)
    forget(desk, handle.id)
    (desk.home / "away").write_text("in the way")

    async def refused() -> bool:
        try:
            await archiver_of(desk, (desk.home / "away").as_uri()).sweep()
        except TargetAway:
            return True
        return False

    await eventually(refused)
    swept = await ActivityEnvironment().run(Archiving(archiver_of(desk)).archive_missing)
    assert swept.found == swept.archived >= 1
    assert len(records(desk, handle.id)) == 1


async def test_the_nightly_look_is_scheduled_once_and_reports(desk_alone: Desk) -> None:
    desk = desk_alone
    handle = await cancelled(desk)
    await archived(desk, handle.id)
    forget(desk, handle.id)
    for _ in range(2):
        await schedule_daily(desk.client, desk.queue)
    contracts = await desk.client.get_schedule_handle(WATCH).describe()
    assert [hour.start for at in contracts.schedule.spec.calendars for hour in at.hour] == [6]
    schedule = desk.client.get_schedule_handle(SWEEP)
    try:
        described = await schedule.describe()
        [calendar] = described.schedule.spec.calendars
        assert [hour.start for hour in calendar.hour] == [2]
        assert described.info.next_action_times[0].utcoffset() is not None
        await schedule.trigger()
        await archived(desk, handle.id)

        async def reported() -> bool:
            recent = (await schedule.describe()).info.recent_actions
            if not recent:
                return False
            ran = recent[0].action
            assert isinstance(ran, ScheduleActionExecutionStartWorkflow)
            handle = desk.client.get_workflow_handle(ran.workflow_id, result_type=Swept)
            swept: Swept = await handle.result()
            return swept.failed == ()

        await eventually(reported)
    finally:
        await schedule.delete()
