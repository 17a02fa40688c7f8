"""The evidence of a ticket: the histories of all its runs, as the engine wrote them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from audit.sealing import Damaged, unseal
from audit.targets import Bodies
from desk.errors import DeskError, NumberTaken, TicketNotFound
from store.archive import Link, archived_numbers, links_of
from store.engine import reading
from store.reads import Engine


class Evidence(NamedTuple):
    """The histories of a ticket, the oldest run first."""

    number: str
    histories: tuple[WorkflowHistory, ...]


class NoEvidence(DeskError):
    """There is evidence that cannot be had: damaged, or gone; the message says which."""


async def fetch(client: Client, number: str) -> Evidence:
    """What the engine has of a ticket, from its first run on.

    Raises:
        TicketNotFound: the engine knows no such ticket, or no longer.
    """
    histories, before = await _from_engine(client, number)
    if before or not histories:
        raise TicketNotFound(f"the engine has no whole history of {number}")
    return Evidence(number, tuple(histories))


async def _from_engine(client: Client, number: str) -> tuple[list[WorkflowHistory], str]:
    """The runs that the engine has, the oldest first, and the one before these, if any."""
    found: list[WorkflowHistory] = []
    before = ""
    while not found or before:
        handle = client.get_workflow_handle(number, run_id=before or None)
        try:
            found.insert(0, await handle.fetch_history())
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            break
        before = _run_before(found[0])
    return found, before


def _run_before(history: WorkflowHistory) -> str:
    started = history.events[0].workflow_execution_started_event_attributes
    return str(started.continued_execution_run_id)


def was_refused(history: WorkflowHistory) -> bool:
    """Whether it is of an opening whose number belonged to another ticket: of no ticket at all."""
    failed = history.events[-1].workflow_execution_failed_event_attributes.failure
    return failed.application_failure_info.type == NumberTaken.__name__


def no_history(number: str) -> str:
    """What is said of a ticket that is not there, or is kept from whoever asks."""
    return f"neither the engine nor the archive has a history of {number}"


class Sources:
    """Finds the evidence of tickets: in the engine, and in the archive what is gone there."""

    def __init__(self, client: Client, engine: Engine, bodies: Bodies) -> None:
        self._client = client
        self._engine = engine
        self._bodies = bodies

    async def of(self, number: str) -> Evidence:
        """The histories of a ticket.

        Raises:
            TicketNotFound: neither the engine nor the archive has it.
            NoEvidence: what the archive has is damaged or gone.
            TargetAway: the archive does not answer.
        """
        live, before = await _from_engine(self._client, number)
        another = bool(live) and was_refused(live[-1])
        if live and not before and not another:
            return Evidence(number, tuple(live))
        found = await asyncio.to_thread(self.archived, number)
        archived = tuple(history for history in found if not was_refused(history))
        if archived and (another or not live):
            return Evidence(number, archived)
        if not live:
            raise TicketNotFound(no_history(number))
        by_run = {history.run_id: history for history in archived}
        while before in by_run:
            live.insert(0, by_run[before])
            before = _run_before(live[0])
        return Evidence(number, tuple(live))

    def archived(self, number: str) -> tuple[WorkflowHistory, ...]:
        """What the archive has of a ticket; empty when it has nothing.

        Raises:
            NoEvidence: a history of it is damaged or gone.
            TargetAway: the archive does not answer.
        """
        with reading(self._engine) as connection:
            links = links_of(connection, number)
        return tuple(self._unsealed(link) for link in links)

    def _archived_numbers(self, since: datetime | None) -> list[str]:
        with reading(self._engine) as connection:
            return archived_numbers(connection, since)

    def _unsealed(self, link: Link) -> WorkflowHistory:
        number, run = link.entry.number, link.entry.run
        body = self._bodies.get(link)
        if body is None:
            raise NoEvidence(f"the archived history of {number}, run {run}, is gone")
        try:
            exact = unseal(link.entry, body)
        except Damaged as damaged:
            words = f"the archived history of {number}, run {run}, is damaged: {damaged}"
            raise NoEvidence(words) from damaged
        return WorkflowHistory.from_json(number, exact.decode())

    async def numbers(self, since: datetime | None = None) -> AsyncIterator[str]:
        """Every ticket of which there is evidence; with `since` only those with news after that.

        An open ticket always counts: it may have news at any moment.
        """
        archived = await asyncio.to_thread(self._archived_numbers, since)
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
