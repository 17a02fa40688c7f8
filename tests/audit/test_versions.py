"""Two versions of the worker side by side: what moves a ticket between them, and what does not."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio.client import Client, WorkflowHandle
from temporalio.runtime import Runtime, TelemetryConfig

from activities import outside
from api.workers import Workers
from audit import command_process_versions
from audit.archiving import archiving
from audit.pollers import Poller, living
from audit.versions import Version, VersionRefused, Versions, promote_first
from desk.errors import InvalidFact
from settings import Settings
from store.import_organisation import import_organisation
from store.organisation import Directory
from tests.audit.conftest import ORGANISATION
from tests.audit.lives import SHORT_RUNS
from tests.patience import eventually
from tests.running import Desk, engine_server
from workflows.converter import CONVERTER
from workflows.hosting import HEARTBEAT, UNVERSIONED, build_worker

Handle = WorkflowHandle[Any, Any]
QUEUE = "desk"
OLD, NEW = "1.0.0", "1.1.0-rc1"


@dataclass
class Deployment:
    """A desk on an engine of its own, whose workers a test starts and stops itself."""

    desk: Desk
    versions: Versions

    @asynccontextmanager
    async def worker(self, version: str | None) -> AsyncIterator[None]:
        """A worker as its process runs it; it is there when the engine has heard of it."""
        desk = self.desk
        runtime = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=HEARTBEAT)
        address = desk.client.service_client.config.target_host
        client = await Client.connect(address, data_converter=CONVERTER, runtime=runtime)
        settings = Settings(home=desk.home)
        does = [
            *outside.activities(settings, desk.engine, desk.directory),
            *archiving(client, settings, desk.engine),
        ]
        async with build_worker(
            client, does, task_queue=QUEUE, failure_types=[Exception], version=version
        ):
            await self.heard_of(version)
            first = promote_first(client, version) if version else asyncio.sleep(0)
            await asyncio.wait_for(first, 20)
            yield

    async def heard_of(self, version: str | None, *, living_now: bool = True) -> None:
        """Wait until the engine has heard that the worker lives, or that it does not."""

        async def heard() -> bool:
            pollers = await living(self.desk.client, QUEUE)
            return ((version or "") in {one.build_id for one in pollers}) is living_now

        await eventually(heard)

    async def listed(self) -> dict[str, Version]:
        """The versions by name."""
        return {version.name: version for version in await self.versions.listed()}

    async def moves_to(self, handle: Handle, version: str) -> None:
        """Take steps until one ran on that version, as a ticket does that goes on."""

        async def moved() -> bool:
            await self.desk.take(handle, "finn", "comment", text="How is it?")
            return (await ran_on(handle))[-1] == version

        await eventually(moved)

    async def stays_on(self, handle: Handle, version: str) -> None:
        """Take some steps, none of which runs elsewhere once all that was under way is done."""

        async def stayed() -> bool:
            before = len(await ran_on(handle))
            for _ in range(4):
                await self.desk.take(handle, "finn", "comment", text="How is it?")
            return set((await ran_on(handle))[before:]) == {version}

        await eventually(stayed)


@pytest.fixture
async def deployment(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Versions are kept for each namespace: a server of its own for each test."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    directory = Directory(sqlite_engine)
    directory.refresh()
    async with engine_server() as client:
        desk = Desk(client, sqlite_engine, directory, QUEUE, tmp_path)
        yield Deployment(desk, Versions(client, QUEUE))


async def ran_on(handle: Handle) -> list[str]:
    """The version that each task of the ticket's run ran on; "" is none."""
    history = await handle.fetch_history()
    tasks = [
        event.workflow_task_completed_event_attributes
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return [task.deployment_version.build_id for task in tasks]


async def test_the_first_version_promotes_itself_and_a_later_one_waits(
    deployment: Deployment,
) -> None:
    async with deployment.worker(OLD):
        handle = await deployment.desk.open()
        async with deployment.worker(NEW):
            await deployment.stays_on(handle, OLD)
            listed = await deployment.listed()
            assert (listed[OLD].status, listed[NEW].status) == ("current", "inactive")
            assert (listed[OLD].workers, listed[NEW].workers) == (1, 1)


async def test_of_two_versions_that_are_first_at_once_one_is_promoted(
    deployment: Deployment,
) -> None:
    async with AsyncExitStack() as stack:
        both = [deployment.worker(OLD), deployment.worker(NEW)]
        await asyncio.gather(*(stack.enter_async_context(worker) for worker in both))
        statuses = [version.status for version in await deployment.versions.listed()]
        assert sorted(statuses) == ["current", "inactive"]
        await deployment.desk.open()


async def test_a_ticket_moves_to_the_version_that_is_promoted(deployment: Deployment) -> None:
    async with deployment.worker(OLD), deployment.worker(NEW):
        handle = await deployment.desk.open()
        assert set(await ran_on(handle)) == {OLD}
        await deployment.versions.promote(NEW)
        await deployment.moves_to(handle, NEW)
        await deployment.stays_on(handle, NEW)


async def test_a_ticket_that_moved_goes_on_when_the_old_worker_is_gone(
    deployment: Deployment,
) -> None:
    async with deployment.worker(NEW):
        async with deployment.worker(OLD):
            await deployment.versions.promote(OLD)
            handle = await deployment.desk.open()
            await deployment.versions.promote(NEW)
        await deployment.moves_to(handle, NEW)
        assert deployment.desk.stored(handle.id)[0].number == handle.id


async def test_a_pinned_ticket_stays_and_an_unpinned_one_moves(deployment: Deployment) -> None:
    async with deployment.worker(OLD), deployment.worker(NEW):
        pinned, other = await deployment.desk.open(), await deployment.desk.open()
        await deployment.versions.pin(pinned.id, OLD)
        await deployment.versions.promote(NEW)
        await deployment.moves_to(other, NEW)
        await deployment.stays_on(pinned, OLD)
        await eventually(lambda: counted(deployment, {OLD: (1, 1), NEW: (1, 0)}))
        await deployment.versions.unpin(pinned.id)
        await deployment.moves_to(pinned, NEW)
        await eventually(lambda: counted(deployment, {OLD: (0, 0), NEW: (2, 0)}))


async def counted(deployment: Deployment, expected: dict[str, tuple[int, int]]) -> bool:
    """Whether so many tickets are known to be on each version, and so many of them pinned."""
    listed = await deployment.listed()
    return {name: (listed[name].tickets, listed[name].pinned) for name in expected} == expected


async def test_a_ticket_stays_pinned_in_its_next_run(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", SHORT_RUNS)
    async with deployment.worker(OLD), deployment.worker(NEW):
        handle = await deployment.desk.open()
        first = (await handle.describe()).run_id
        await deployment.versions.pin(handle.id, OLD)
        await deployment.versions.promote(NEW)
        for _ in range(SHORT_RUNS):
            await deployment.desk.take(handle, "finn", "comment", text="How is it?")

        async def went_on() -> bool:
            return (await handle.describe()).run_id != first

        await eventually(went_on)
        await deployment.desk.take(handle, "finn", "comment", text="How is it now?")
        assert set(await ran_on(handle)) == {OLD}


async def test_a_ticket_can_be_pinned_to_a_version_before_it_is_promoted(
    deployment: Deployment,
) -> None:
    async with deployment.worker(OLD), deployment.worker(NEW):
        tried, other = await deployment.desk.open(), await deployment.desk.open()
        await deployment.versions.pin(tried.id, NEW)
        await deployment.moves_to(tried, NEW)
        await deployment.stays_on(other, OLD)


async def test_a_ramp_of_half_gives_tickets_to_both_and_of_nothing_takes_them_back(
    deployment: Deployment,
) -> None:
    async with deployment.worker(OLD), deployment.worker(NEW):
        open_before = [await deployment.desk.open() for _ in range(14)]
        await deployment.versions.ramp(NEW, 50)
        opened_since = [await deployment.desk.open() for _ in range(14)]
        assert {(await ran_on(handle))[-1] for handle in opened_since} == {OLD, NEW}

        async def some_moved() -> bool:
            for handle in open_before:
                await deployment.desk.take(handle, "finn", "comment", text="How is it?")
            return {(await ran_on(handle))[-1] for handle in open_before} == {OLD, NEW}

        await eventually(some_moved)
        ramping = (await deployment.listed())[NEW]
        assert (ramping.status, ramping.percent) == ("ramping", 50)
        await deployment.versions.ramp(NEW, 0)
        for handle in opened_since:
            await deployment.moves_to(handle, OLD)


async def test_a_version_nobody_polls_is_refused_unless_forced(deployment: Deployment) -> None:
    versions = deployment.versions
    async with deployment.worker(OLD):
        handle = await deployment.desk.open()
        async with deployment.worker(NEW):
            pass
        await deployment.heard_of(NEW, living_now=False)
        for asked in (
            versions.promote(NEW),
            versions.ramp(NEW, 10),
            versions.pin(handle.id, NEW),
        ):
            with pytest.raises(VersionRefused, match=f"no worker of version {NEW} is running"):
                await asked
        await versions.pin(handle.id, NEW, force=True)
        await versions.unpin(handle.id)
        await versions.promote(NEW, force=True)
        assert (await deployment.listed())[NEW].status == "current"


async def test_what_is_not_there_is_refused_in_words(deployment: Deployment) -> None:
    versions = deployment.versions
    for asked in (
        versions.promote("7"),
        versions.promote(UNVERSIONED),
        versions.ramp("7", 5),
        versions.pin("INC-7K3M9Q2M", "7"),
    ):
        with pytest.raises(VersionRefused, match="set FIRSTLINE_WORKER_VERSIONS=true"):
            await asked
    async with deployment.worker(OLD):
        handle = await deployment.desk.open()
        with pytest.raises(VersionRefused, match=f"known versions: {OLD}"):
            await versions.promote("7", force=True)
        with pytest.raises(VersionRefused, match="there is no open ticket INC-7K3M9Q2M"):
            await versions.pin("INC-7K3M9Q2M", OLD)
        with pytest.raises(VersionRefused, match="there is no open ticket INC-7K3M9Q2M"):
            await versions.unpin("INC-7K3M9Q2M")
        with pytest.raises(InvalidFact, match="101: say a percentage from 0 to 100"):
            await versions.ramp(OLD, 101)
        with pytest.raises(VersionRefused, match="the engine refused it"):
            await versions.ramp(OLD, 50)
        with pytest.raises(VersionRefused, match="pinned to a version"):
            await versions.pin(handle.id, UNVERSIONED)


async def test_a_desk_goes_over_to_versions_and_back(deployment: Deployment) -> None:
    async with deployment.worker(None):
        handle = await deployment.desk.open()
        assert (await deployment.listed())[UNVERSIONED].status == "current"
        async with deployment.worker(OLD):
            await deployment.moves_to(handle, OLD)
            await deployment.versions.promote(UNVERSIONED)
            # Once told not to, a version does not promote itself again.
            await promote_first(deployment.desk.client, OLD)
            assert (await deployment.listed())[OLD].status == "draining"
        # The ticket was still in the memory of the worker that had a version.
        await deployment.moves_to(handle, "")


async def test_the_api_sees_a_worker_that_has_a_version(deployment: Deployment) -> None:
    workers = Workers(deployment.desk.client, QUEUE)
    assert not await workers.living()
    async with deployment.worker(OLD):
        assert await workers.living()
        assert await living(deployment.desk.client, QUEUE) == [Poller("firstline", OLD)]


async def test_the_commands_say_what_they_did(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = deployment.desk.client.service_client.config.target_host
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    async with deployment.worker(OLD), deployment.worker(NEW):
        handle = await deployment.desk.open()
        assert await run("pin", handle.id, OLD) == 0
        assert await run("ramp", NEW, "25") == 0
        assert await run("versions") == 0
        told = capsys.readouterr().out
        assert f"{handle.id} runs on {OLD} until it is unpinned" in told
        assert f"25 % of the tickets that are not pinned run on {NEW}" in told
        assert [line.split()[:2] for line in told.splitlines()[-3:]] == [
            ["version", "status"],
            [NEW, "ramping"],
            [OLD, "current"],
        ]
        assert await run("promote", NEW) == await run("unpin", handle.id) == 0
        await deployment.moves_to(handle, NEW)
        capsys.readouterr()
        assert await run("promote", "7") == 1
        assert capsys.readouterr().err.startswith("firstline: no worker of version 7 was ever")
        assert await run("ramp", OLD, "101") == await run("pin", "foo", OLD) == 2
        assert "foo: not a ticket number" in capsys.readouterr().err


async def run(*words: str) -> int:
    """Run `firstline process ...` beside the workers of the test."""
    parser = argparse.ArgumentParser()
    command_process_versions.add(parser.add_subparsers(required=True))
    options = parser.parse_args(words)
    code: int = await asyncio.to_thread(options.command, Settings(task_queue=QUEUE), options)
    return code
