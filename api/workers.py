"""Whether the engine answers and a worker lives, asked before anything is sent."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListWorkersRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.errors import unavailable
from workflows.hosting import HEARTBEAT

QUICK = timedelta(seconds=1)
KNOWN_FOR = 2.0
"""Seconds for which a worker that was seen is taken to be living."""
LONGEST_POLL = timedelta(seconds=70)
UNREACHABLE = (RPCError, RuntimeError)
"""The second is what the client raises when it cannot connect for the first time."""
NO_HEARTBEATS = (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)


class Workers:
    """The workers of the desk's task queue, as the engine has heard of them."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = task_queue
        self._looking = asyncio.Lock()
        self._seen_until = 0.0

    async def look(self) -> None:
        """Go on if a worker lives, or did two seconds ago.

        Raises:
            Problem: 503, when there is none.
        """
        if time.monotonic() < self._seen_until:
            return
        async with self._looking:
            if time.monotonic() < self._seen_until:
                return
            if not await self.living():
                raise unavailable("no worker is running: nothing was sent")
            self._seen_until = time.monotonic() + KNOWN_FOR

    def forget(self) -> None:
        """Look again the next time: something did not answer."""
        self._seen_until = 0.0

    async def engine_answers(self) -> bool:
        """Whether the engine answers within a second."""
        try:
            return await self._client.service_client.check_health(timeout=QUICK)
        except UNREACHABLE:
            return False

    async def living(self) -> bool:
        """Whether a worker was heard of lately."""
        try:
            beats = await self._heartbeats()
            now = datetime.now(UTC)
            return any(is_living(beat, now) for beat in beats) if beats else await self._polled()
        except UNREACHABLE:
            return False

    async def _heartbeats(self) -> list[WorkerHeartbeat]:
        request = ListWorkersRequest(
            namespace=self._client.namespace, query=f"TaskQueue = '{self._queue}'"
        )
        try:
            found = await self._client.workflow_service.list_workers(request, timeout=QUICK)
        except RPCError as error:
            if error.status in NO_HEARTBEATS:
                return []
            raise
        return [worker.worker_heartbeat for worker in found.workers_info]

    async def _polled(self) -> bool:
        """For servers that keep no heartbeats: a poll lasts a minute, and then is begun anew."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        found = await self._client.workflow_service.describe_task_queue(request, timeout=QUICK)
        lately = datetime.now(UTC) - LONGEST_POLL
        return any(poller.last_access_time.ToDatetime(UTC) > lately for poller in found.pollers)


def is_living(beat: WorkerHeartbeat, now: datetime) -> bool:
    """Running, and its last beat no longer ago than twice the time between its last two."""
    between = beat.elapsed_since_last_heartbeat.ToTimedelta() or HEARTBEAT
    age = now - beat.heartbeat_time.ToDatetime(UTC)
    running = beat.status == WorkerStatus.WORKER_STATUS_RUNNING
    return running and age < 2 * between + timedelta(seconds=1)
