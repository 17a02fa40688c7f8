"""The daily look for contracts that end soon: a schedule of the engine."""

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

from workflows.expiring import ContractWatch

ID = "contract-watch"
HOUR = 6
AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def schedule_contract_watch(client: Client, task_queue: str) -> None:
    """Make the schedule unless it is there; while the engine is away, try again."""
    while True:
        try:
            await client.create_schedule(ID, _daily(task_queue))
        except ScheduleAlreadyRunningError:
            return
        except RPCError as error:
            log.warning("contract_watch_not_scheduled", error=error.status.name)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            log.info("contract_watch_scheduled", hour=HOUR)
            return


def _daily(task_queue: str) -> Schedule:
    in_the_morning = ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], comment="every day, in UTC")
    return Schedule(
        action=ScheduleActionStartWorkflow(ContractWatch.run, id=ID, task_queue=task_queue),
        spec=ScheduleSpec(calendars=[in_the_morning]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )
