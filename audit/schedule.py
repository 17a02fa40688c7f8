"""What the desk does by itself: once a day the look for what is not archived and for contracts
that end, and all day the reading of its mailbox.
"""

import asyncio

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from audit.versions import promote_first
from settings import Settings
from workflows.archiving import ArchiveSweep
from workflows.expiring import ContractWatch
from workflows.mailbox import MAILBOX, Mailbox

SWEEP, SWEEP_HOUR = "archive-sweep", 2
WATCH, WATCH_HOUR = "contract-watch", 6
AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def keep_by_itself(client: Client, settings: Settings, version: str | None) -> None:
    """Have the engine do all of it; the mailbox only where there is one.

    Of several versions of the worker the first that there is has to be promoted by somebody.
    """
    queue = settings.task_queue
    wanted = [schedule_daily(client, queue)]
    if settings.reply_to is not None:
        wanted.append(have_mailbox_read(client, queue))
    if version is not None:
        wanted.append(promote_first(client, version))
    await asyncio.gather(*wanted)


async def schedule_daily(client: Client, task_queue: str) -> None:
    """Have the engine look every day for what is not in the archive, and for contracts that end."""
    sweep = ScheduleActionStartWorkflow(ArchiveSweep.run, id=SWEEP, task_queue=task_queue)
    watch = ScheduleActionStartWorkflow(ContractWatch.run, id=WATCH, task_queue=task_queue)
    await asyncio.gather(
        _keep(client, SWEEP, SWEEP_HOUR, sweep), _keep(client, WATCH, WATCH_HOUR, watch)
    )


async def have_mailbox_read(client: Client, task_queue: str) -> None:
    """Have the engine see to it that one worker reads the mailbox; to be asked where there is one.

    While the engine is away, try again.
    """
    while True:
        try:
            await client.start_workflow(
                Mailbox.run,
                id=MAILBOX,
                task_queue=task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except RPCError as error:
            log.warning("mailbox_not_read", error=error.status.name)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


async def _keep(client: Client, id: str, hour: int, does: ScheduleActionStartWorkflow) -> None:
    """Make the schedule unless it is there; while the engine is away, try again.

    One that is there stays as it is: its hour is an operator's to change.
    """
    daily = ScheduleCalendarSpec(hour=[ScheduleRange(hour)], comment="every day, in UTC")
    schedule = Schedule(
        action=does,
        spec=ScheduleSpec(calendars=[daily]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )
    while True:
        try:
            await client.create_schedule(id, schedule)
        except ScheduleAlreadyRunningError:
            return
        except RPCError as error:
            log.warning("not_scheduled", schedule=id, error=error.status.name)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            log.info("scheduled", schedule=id, hour=hour)
            return
