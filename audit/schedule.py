"""The nightly look for what is not in the archive: a schedule of the engine."""

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

ID = "archive-sweep"
HOUR = 2
AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def schedule_sweep(client: Client, task_queue: str) -> None:
    """Make the schedule unless it is there; while the engine is away, try again.

    One that is there stays as it is: its hour is an operator's to change.
    """
    while True:
        try:
            await client.create_schedule(ID, _nightly(task_queue))
        except ScheduleAlreadyRunningError:
            return
        except RPCError as error:
            log.warning("sweep_not_scheduled", error=error.status.name)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            log.info("sweep_scheduled", hour=HOUR)
            return


def _nightly(task_queue: str) -> Schedule:
    at_night = ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], comment="every night, in UTC")
    return Schedule(
        action=ScheduleActionStartWorkflow(ArchiveSweep.run, id=ID, task_queue=task_queue),
        spec=ScheduleSpec(calendars=[at_night]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )
