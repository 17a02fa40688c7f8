"""When a process is at rest: nothing is under way for it, and nothing but time will move it."""

from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from tests.patience import eventually

SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
DONE = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
UNDER_WAY = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
)


async def at_rest(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait for it."""

    async def resting() -> bool:
        kinds = [event.event_type for event in (await handle.fetch_history()).events]
        return kinds.count(SCHEDULED) == kinds.count(DONE) and kinds[-1] not in UNDER_WAY

    await eventually(resting)
