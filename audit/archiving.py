"""Archiving: the history of each run that has ended goes into the chain, once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowContinuedAsNewError,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.shapes import ARCHIVE, ARCHIVE_MISSING, ArchiveOf, Swept
from audit.chain import NOTHING_BEFORE, Checkpoint, entry_hash
from audit.keys import sign, signing_key
from audit.sealing import Sealed, has_ended, seal
from audit.targets import IN_DATABASE, Target, TargetAway, target
from settings import Settings
from store.archive import New, append, archived_among
from store.engine import reading
from store.reads import AWAY, Engine

OVER = 'TicketKind IS NOT NULL AND ExecutionStatus != "Running"'
"""What should be in the archive; also the earlier runs of a ticket that goes on for long."""
PAGE = 200
AT_ONCE = 8
ENDS_WITHIN_SECONDS = 5
"""How long a ticket is waited for that is about to end."""

log = structlog.get_logger(__name__)


class StillOpen(Exception):
    """The ticket has not ended: to be repeated."""


class EvidenceLost(Exception):
    """A run is neither in the archive nor in the engine; the message says which."""


class _Run(NamedTuple):
    number: str
    run_id: str


@dataclass(frozen=True)
class Archiver:
    """Takes histories from the engine into the archive; `target` None is the database itself."""

    client: Client
    engine: Engine
    key: Ed25519PrivateKey
    target: Target | None

    async def archive(self, number: str, run_id: str) -> int:
        """Archive a run that has ended and those before it; how many were not archived yet.

        Raises:
            StillOpen: the run has not ended; those before it are archived now.
            EvidenceLost: one before it is gone; those after it are archived now.
            TargetAway, or one of `store.reads.AWAY`: to be repeated.
        """
        runs, lost = await self._not_archived(number, run_id)
        archived = 0
        for run, history in runs:
            if not has_ended(history):
                raise StillOpen(f"{number} has not ended")
            archived += await asyncio.to_thread(self._keep, run, history)
        if lost is not None:
            raise EvidenceLost(f"{number}: its run {lost} is neither in the archive nor elsewhere")
        return archived

    async def _not_archived(
        self, number: str, run_id: str
    ) -> tuple[list[tuple[_Run, WorkflowHistory]], str | None]:
        found: list[tuple[_Run, WorkflowHistory]] = []
        while run_id and not await self._has([run_id]):
            try:
                handle = self.client.get_workflow_handle(number, run_id=run_id)
                history = await handle.fetch_history()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return found, run_id
            found.insert(0, (_Run(number, run_id), history))
            started = history.events[0].workflow_execution_started_event_attributes
            run_id = started.continued_execution_run_id
        return found, None

    async def _has(self, run_ids: list[str]) -> set[str]:
        def ask() -> set[str]:
            with reading(self.engine) as connection:
                return archived_among(connection, run_ids)

        return await asyncio.to_thread(ask)

    def _keep(self, run: _Run, history: WorkflowHistory) -> bool:
        """The history first and then the record that names it; False when it was archived."""
        sealed = seal(run.number, run.run_id, history, datetime.now(UTC))
        place = self.target.put(sealed.entry, sealed.body) if self.target else IN_DATABASE
        return append(self.engine, run.run_id, lambda last: chained(sealed, place, last, self.key))

    async def sweep(self, beat: Callable[[], None] = lambda: None) -> Swept:
        """Archive whatever has ended and is not in the archive; `beat` is called as it goes on.

        Raises:
            TargetAway, or one of `store.reads.AWAY`: to be repeated; what was done is done.
        """
        found = archived = 0
        failed: set[str] = set()
        page: list[_Run] = []

        async def work() -> None:
            nonlocal found, archived
            known = await self._has([run.run_id for run in page])
            missing = [run for run in page if run.run_id not in known]
            found += len(missing)
            for start in range(0, len(missing), AT_ONCE):
                some = missing[start : start + AT_ONCE]
                beat()
                for run, done in zip(some, await self._each(some), strict=True):
                    archived += done or 0
                    failed.update([run.number] if done is None else [])
            page.clear()

        async for execution in self.client.list_workflows(OVER, page_size=PAGE):
            page.append(_Run(execution.id, execution.run_id))
            if len(page) == PAGE:
                await work()
        await work()
        return Swept(found=found, archived=archived, failed=tuple(sorted(failed)))

    async def _each(self, runs: list[_Run]) -> list[int | None]:
        done = await asyncio.gather(*map(self._tried, runs), return_exceptions=True)
        for one in done:
            if isinstance(one, BaseException):
                raise one
        return [None if isinstance(one, BaseException) else one for one in done]

    async def _tried(self, run: _Run) -> int | None:
        """None when this one alone cannot be archived; what concerns all is raised."""
        try:
            return await self.archive(run.number, run.run_id)
        except (TargetAway, *AWAY):
            raise
        except (StillOpen, EvidenceLost) as error:
            log.error("not_archived", ticket=run.number, reason=str(error))
        except Exception as error:
            # Without its words: they may repeat what is in the history.
            log.error("not_archived", ticket=run.number, error=type(error).__name__)
        return None


def chained(sealed: Sealed, place: str, last: Checkpoint | None, key: Ed25519PrivateKey) -> New:
    """The next record of the chain of which `last` is the newest checkpoint, signed."""
    seq, previous = (last.seq + 1, last.hash) if last else (1, NOTHING_BEFORE)
    entry = sealed.entry.model_copy(update={"seq": seq, "previous": previous})
    checkpoint = sign(key, seq, entry_hash(entry), entry.archived_at)
    return New(entry, place, checkpoint, sealed.body if place == IN_DATABASE else None)


def archiver(client: Client, settings: Settings, engine: Engine) -> Archiver:
    """The archiver of this desk.

    Raises:
        SettingsError: machines that share a database were given no common signing key.
    """
    return Archiver(client, engine, signing_key(settings), target(settings.archive_url))


@dataclass(frozen=True)
class Archiving:
    """The activities."""

    archiver: Archiver

    @activity.defn(name=ARCHIVE)
    async def archive_ticket(self, what: ArchiveOf) -> int:
        """Archive every run of a ticket that has ended; a run that is archived is left alone.

        Raises:
            ApplicationError: EvidenceLost, not to be retried.
            StillOpen, TargetAway, or one of `store.reads.AWAY`: to be repeated.
        """
        try:
            run_id = await self._ended(what.number)
            return await self.archiver.archive(what.number, run_id)
        except EvidenceLost as error:
            raise ApplicationError(str(error), type="EvidenceLost", non_retryable=True) from error

    async def _ended(self, number: str) -> str:
        client = self.archiver.client
        try:
            description = await client.get_workflow_handle(number).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise EvidenceLost(f"{number}: the engine has no history of it any more") from error
        if description.status is WorkflowExecutionStatus.RUNNING:
            await _end_of(client.get_workflow_handle(number, run_id=description.run_id))
        return description.run_id

    @activity.defn(name=ARCHIVE_MISSING)
    async def archive_missing(self) -> Swept:
        """Archive whatever has ended and is not in the archive, and report it."""
        swept = await self.archiver.sweep(activity.heartbeat)
        log.info("archive_swept", **swept.model_dump())
        return swept


async def _end_of(handle: "WorkflowHandle[object, object]") -> None:
    """Who archives is started a moment before the ticket ends."""
    try:
        await asyncio.wait_for(handle.result(follow_runs=False), ENDS_WITHIN_SECONDS)
    except TimeoutError:
        raise StillOpen(f"{handle.id} has not ended") from None
    except (WorkflowFailureError, WorkflowContinuedAsNewError):
        return


def archiving(client: Client, settings: Settings, engine: Engine) -> list[Callable[..., object]]:
    """The activities, each with what it needs.

    Raises:
        SettingsError: as for `archiver`.
    """
    activities = Archiving(archiver(client, settings, engine))
    return [activities.archive_ticket, activities.archive_missing]
