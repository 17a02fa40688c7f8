"""Archiving: a process of its own for each ticket that has ended, and nightly one for the rest."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities.shapes import ARCHIVE, ARCHIVE_MISSING, ArchiveOf, Swept

FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10)
)


@workflow.defn(name="archive")
class Archive:
    """Archives one ticket, for as long as it takes; nobody waits for it."""

    @workflow.run
    async def run(self, what: ArchiveOf) -> int:
        """How many runs of the ticket were archived that had not been."""
        archived: int = await workflow.execute_activity(
            ARCHIVE,
            what,
            result_type=int,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=FOR_EVER,
            summary=what.number,
        )
        return archived


@workflow.defn(name="archive_sweep")
class ArchiveSweep:
    """Archives whatever has ended and is not in the archive."""

    @workflow.run
    async def run(self) -> Swept:
        """What was found missing."""
        swept: Swept = await workflow.execute_activity(
            ARCHIVE_MISSING,
            result_type=Swept,
            start_to_close_timeout=timedelta(hours=12),
            heartbeat_timeout=timedelta(minutes=2),
            retry_policy=FOR_EVER,
        )
        return swept


async def leave_to_archive(number: str) -> None:
    """The last thing that a ticket does: it starts what archives it, and ends."""
    # One that is there already waits for this ticket to end too.
    with suppress(WorkflowAlreadyStartedError):
        await workflow.start_child_workflow(
            Archive.run,
            ArchiveOf(number=number),
            id=f"archive-{number}",
            parent_close_policy=ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
    # Whoever asked something meanwhile gets an answer.
    await workflow.wait_condition(workflow.all_handlers_finished)
