"""The real server keeps histories for long, knows the search attributes, and survives a kill."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from embedded import temporal_server
from embedded.refusals import CannotStart
from tests.ports import free_port, free_ports

pytestmark = pytest.mark.temporal
DAYS = timedelta(days=1)


@asynccontextmanager
async def server(file: Path) -> AsyncIterator[Client]:
    """The server on `file`, killed at the end as a crash would."""
    port, ui_port = free_ports(2)
    command = temporal_server.command(file, port, ui_port, "normal")
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        address = f"{temporal_server.HOST}:{port}"
        yield await temporal_server.ready_for_tickets(lambda: Client.connect(address), None)
    finally:
        process.kill()
        await process.wait()


async def test_closed_histories_are_kept_for_as_long_as_asked_and_after_a_kill(
    tmp_path: Path,
) -> None:
    async with server(tmp_path / "temporal.sqlite3") as client:
        assert await temporal_server.keep_histories(client, 90 * DAYS) == 90 * DAYS
        assert await temporal_server.keep_histories(client, 400 * DAYS) == 400 * DAYS
    async with server(tmp_path / "temporal.sqlite3") as client:
        assert await temporal_server.keep_histories(client, 90 * DAYS) == 400 * DAYS


async def test_a_killed_server_goes_on_with_its_tickets(tmp_path: Path) -> None:
    async with server(tmp_path / "temporal.sqlite3") as client:
        await client.start_workflow("Ticket", id="INC-1", task_queue="desk")
    async with server(tmp_path / "temporal.sqlite3") as client:
        described = await client.get_workflow_handle("INC-1").describe()
        assert described.status is not None
        assert described.status.name == "RUNNING"


async def test_search_attributes_can_be_used_at_once_also_new_ones_on_an_old_file(
    tmp_path: Path,
) -> None:
    async with server(tmp_path / "temporal.sqlite3") as client:
        assert await started_with(client, "INC-1", "TicketKind") == "incident"
    async with server(tmp_path / "temporal.sqlite3") as client:
        await temporal_server.add_search_attributes(client, ["TicketKind", "AddedLater"])
        assert await started_with(client, "INC-2", "AddedLater") == "incident"


async def started_with(client: Client, id: str, attribute: str) -> str:
    key = SearchAttributeKey.for_keyword(attribute)
    attributes = TypedSearchAttributes([SearchAttributePair(key, "incident")])
    handle = await client.start_workflow(
        "Ticket", id=id, task_queue="desk", search_attributes=attributes
    )
    return (await handle.describe()).typed_search_attributes[key]


async def test_a_server_that_does_not_answer_is_given_up() -> None:
    address = f"{temporal_server.HOST}:{free_port()}"
    says = r"Temporal did not answer within 0\.5 s \(.*[Cc]onnect"
    async with asyncio.timeout(20):
        with pytest.raises(CannotStart, match=says):
            await temporal_server.ready_for_tickets(
                lambda: Client.connect(address), None, timedelta(seconds=0.5)
            )
