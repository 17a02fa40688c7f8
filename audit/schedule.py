"""What the desk does once a day: the nightly look for what is not archived, and for contracts."""

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
from temporalio.service import RPCError

from workflows.archiving import ArchiveSweep
from workflows.expiring import ContractWatch

SWEEP, SWEEP_HOUR = "archive-sweep", 2
WATCH, WATCH_HOUR = "contract-watch", 6
AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def schedule_daily(client: Client, task_queue: str) -> None:
    """Have the engine look every day for what is not in the archive, and for contracts that end."""
    sweep = ScheduleActionStartWorkflow(ArchiveSweep.run, id=SWEEP, task_queue=task_queue)
    watch = ScheduleActionStartWorkflow(ContractWatch.run, id=WATCH, task_queue=task_queue)
    await asyncio.gather(
        _keep(client, SWEEP, SWEEP_HOUR, sweep), _keep(client, WATCH, WATCH_HOUR, watch)
    )


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
