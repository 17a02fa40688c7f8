"""The evidence of a ticket: the histories of all its runs, as the engine wrote them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

import zstandard
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from audit.targets import Bodies
from desk.errors import TicketNotFound
from store.archive import archived_numbers, links_of
from store.engine import reading
from store.reads import Engine


class Evidence(NamedTuple):
    """The histories of a ticket, the oldest run first."""

    number: str
    histories: tuple[WorkflowHistory, ...]


async def fetch(client: Client, number: str) -> Evidence:
    """What the engine has of a ticket, from its first run on.

    Raises:
        TicketNotFound: the engine knows no such ticket, or no longer.
    """
    found: list[WorkflowHistory] = []
    run: str | None = None
    try:
        while not found or run:
            history = await client.get_workflow_handle(number, run_id=run).fetch_history()
            found.insert(0, history)
            started = history.events[0].workflow_execution_started_event_attributes
            run = started.continued_execution_run_id
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise TicketNotFound(f"the engine has no history of {number}") from error
        raise
    return Evidence(number, tuple(found))


class Sources:
    """Finds the evidence of tickets: in the engine, and in the archive when it is gone there."""

    def __init__(self, client: Client, engine: Engine, bodies: Bodies) -> None:
        self._client = client
        self._engine = engine
        self._bodies = bodies

    async def of(self, number: str) -> Evidence:
        """The histories of a ticket.

        Raises:
            TicketNotFound: neither the engine nor the archive has it.
            TargetAway: the archive does not answer.
        """
        try:
            return await fetch(self._client, number)
        except TicketNotFound:
            histories = await asyncio.to_thread(self._archived, number)
        if not histories:
            raise TicketNotFound(f"neither the engine nor the archive has a history of {number}")
        return Evidence(number, histories)

    def _archived(self, number: str) -> tuple[WorkflowHistory, ...]:
        with reading(self._engine) as connection:
            links = links_of(connection, number)
        bodies = [self._bodies.get(link) for link in links]
        return tuple(
            WorkflowHistory.from_json(number, zstandard.decompress(body).decode())
            for body in bodies
            if body is not None
        )

    async def numbers(self, since: datetime | None = None) -> AsyncIterator[str]:
        """Every ticket of which there is evidence; with `since` only those with news after that.

        An open ticket always counts: it may have news at any moment.
        """
        with reading(self._engine) as connection:
            archived = archived_numbers(connection, since)
        for number in archived:
            yield number
        known = set(archived)
        when = f"{since:%Y-%m-%dT%H:%M:%SZ}" if since else ""
        ended = f" AND (ExecutionStatus = 'Running' OR CloseTime >= '{when}')" if since else ""
        query = f"TicketKind IS NOT NULL AND ExecutionStatus != 'ContinuedAsNew'{ended}"
        async for execution in self._client.list_workflows(query):
            if execution.id not in known:
                known.add(execution.id)
                yield execution.id
