"""Every line of a ticket's workflow in the engine's sandbox, where a clock or a file is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from store.import_organisation import import_organisation
from tests.replay.cases import happens
from tests.running import running_desk
from tests.workflows.conftest import ORGANISATION
from workflows.clockwork import GIVEN_SILENCE

# What is the desk's own is loaded anew inside, but for the one module that reads: the time zones.
LIBRARIES = ("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "tzdata")
READS_ZONES = "desk.zone"
STRICT = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*LIBRARIES, READS_ZONES)
)


@pytest.mark.timeout(120)
async def test_a_whole_life_reads_no_clock_and_no_file(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    async with running_desk(temporal, sqlite_engine, tmp_path, runner=STRICT) as desk:
        handle = await desk.open()
        await desk.pass_time(handle, timedelta(hours=5))
        await desk.take(handle, "theo", "accept", _key="k", _body_hash="a")
        await desk.take(handle, "theo", "wait", **{"for": "vendor"}, reason="A part")
        await desk.take(handle, "rosa", "comment", text="Any news?")
        await desk.take(handle, "theo", "hand_off", line=2, reason="Beyond us")
        await desk.take(handle, "pia", "adopt")
        await desk.take(handle, "sena", "resolve", code="fixed", text="A new switch")
        await desk.take(handle, "rosa", "reopen", reason="Not for me")
        await desk.take(handle, "sena", "resolve", code="fixed", text="Another one")
        await desk.pass_time(handle, timedelta(days=40))
        assert await handle.result() == "closed"

        one, other = await desk.open(), await desk.open()
        await desk.take(one, "finn", "merge", into=other.id)
        await happens(desk, other.id, "absorbed")
        await desk.take(other, "finn", "resolve", code="fixed", text="A new switch")
        await happens(desk, one.id, "resolved_with")

        past = desk.opening("adam", clock="given", at="2012-05-02T08:00:00Z")
        await desk.send_opening(past)
        given = desk.skipper.client.get_workflow_handle(past.number)
        at = "2012-05-02T12:00:00Z"
        await desk.take(given, "adam", "resolve", code="fixed", text="Done", _at=at)
        await desk.take(given, "adam", "confirm", _at="2012-05-03T09:00:00Z")
        await desk.pass_time(given, GIVEN_SILENCE + timedelta(hours=1))
        assert await given.result() == "closed"
