"""Runs that the engine has deleted: what the archive has is joined to the rest, or missed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from audit.evidence import Sources
from audit.replay import replay
from audit.targets import Bodies
from store.import_organisation import import_organisation
from tests.audit.conftest import ORGANISATION
from tests.audit.test_archiving import archiver_of, records, two_runs
from tests.patience import eventually
from tests.running import Desk, engine_server, running_desk

QUICK = [
    word
    for queue in ("transfer", "visibility")
    for word in ("--dynamic-config-value", f'history.{queue}ProcessorUpdateAckInterval="1s"')
]
"""A run is deleted when its queues are known to be empty; else they are asked twice a minute."""


@pytest.fixture
async def desk(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose engine deletes soon what it is told to."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    async with (
        engine_server(*QUICK) as client,
        running_desk(client, sqlite_engine, tmp_path) as desk,
    ):
        yield desk


async def first_run(desk: Desk, number: str) -> str:
    """The run before the present one."""
    history = await desk.client.get_workflow_handle(number).fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    return str(started.continued_execution_run_id)


async def delete_run(desk: Desk, number: str, run: str) -> None:
    """Have the engine delete a run, and wait until it has."""
    await desk.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=desk.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=number, run_id=run),
        )
    )

    async def gone() -> bool:
        try:
            await desk.client.get_workflow_handle(number, run_id=run).fetch_history()
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return False

    await eventually(gone, 100)


@pytest.mark.timeout(150)
async def test_a_deleted_run_is_found_in_the_archive_or_missed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await two_runs(desk, monkeypatch)

    async def there() -> bool:
        await archiver_of(desk).sweep()
        return bool(records(desk, kept.id))

    await eventually(there)
    missed = await two_runs(desk, monkeypatch)
    runs = {number: await first_run(desk, number) for number in (kept.id, missed.id)}
    await asyncio.gather(*(delete_run(desk, *run) for run in runs.items()))

    evidence = await Sources(desk.client, desk.engine, Bodies(desk.engine, None)).of(kept.id)
    assert evidence.histories[0].run_id == runs[kept.id]
    assert len(evidence.histories) == 2
    assert (await replay(evidence)).wrong == []

    await desk.take(missed, "rosa", "cancel", reason="It works again.")
    await missed.result()
    with pytest.raises(WorkflowFailureError) as failed:
        await desk.client.get_workflow_handle(f"archive-{missed.id}").result()
    assert runs[missed.id] in str(failed.value.cause.__cause__)
    assert [link.entry.run for link in records(desk, missed.id)] == [2]
