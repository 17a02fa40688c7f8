"""The workers of the desk's task queue, as the engine has heard of them lately."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListWorkersRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.hosting import HEARTBEAT

QUICK = timedelta(seconds=1)
LONGEST_POLL = timedelta(seconds=70)
UNHEARD = 2 * HEARTBEAT + timedelta(seconds=1)
"""After that long a worker has beaten for the first time."""
NO_HEARTBEATS = (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)


class Poller(NamedTuple):
    """A worker that lives; both are empty when it has no version."""

    deployment: str
    build_id: str


NO_VERSION = Poller("", "")


class Poll(NamedTuple):
    """When a worker asked for work last."""

    identity: str
    of: Poller
    at: datetime


async def living(client: Client, task_queue: str) -> list[Poller]:
    """The workers that were heard of lately, of whatever version.

    Raises:
        RPCError: the engine does not answer.
    """
    beats = await _heartbeats(client, task_queue)
    return heard(beats, await _polls(client, task_queue), datetime.now(UTC))


def heard(beats: list[WorkerHeartbeat], polls: list[Poll], now: datetime) -> list[Poller]:
    """Each worker once: by its heartbeat, or because it asked for work and did not say it ended."""
    alive = [beat for beat in beats if is_living(beat, now)]
    ended = [beat for beat in beats if beat.status != WorkerStatus.WORKER_STATUS_RUNNING]
    spoken_for = {(beat.worker_identity, _of_beat(beat)) for beat in (*alive, *ended)}
    # One that has just begun has not beaten yet, and one that has much to do may beat late; a
    # server that keeps no beats goes by polls alone.
    lately = now - (UNHEARD if beats else LONGEST_POLL)
    return [
        *(_of_beat(beat) for beat in alive),
        *(
            poll.of
            for poll in polls
            if poll.at > lately and (poll.identity, poll.of) not in spoken_for
        ),
    ]


def _of_beat(beat: WorkerHeartbeat) -> Poller:
    return _poller(beat.deployment_version.deployment_name, beat.deployment_version.build_id)


def _poller(deployment: str, build_id: str) -> Poller:
    # A worker without a version has a build id all the same, which the SDK makes up.
    return Poller(deployment, build_id) if deployment else NO_VERSION


async def _heartbeats(client: Client, task_queue: str) -> list[WorkerHeartbeat]:
    request = ListWorkersRequest(namespace=client.namespace, query=f"TaskQueue = '{task_queue}'")
    try:
        found = await client.workflow_service.list_workers(request, timeout=QUICK)
    except RPCError as error:
        if error.status in NO_HEARTBEATS:
            return []
        raise
    return [worker.worker_heartbeat for worker in found.workers_info]


async def _polls(client: Client, task_queue: str) -> list[Poll]:
    """Who asked for work, and when last: a poll lasts a minute, and then is begun anew."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=QUICK)
    return [
        Poll(
            poll.identity,
            _poller(poll.deployment_options.deployment_name, poll.deployment_options.build_id),
            poll.last_access_time.ToDatetime(UTC),
        )
        for poll in found.pollers
    ]


def is_living(beat: WorkerHeartbeat, now: datetime) -> bool:
    """Running, and its last beat no longer ago than twice the time between its last two."""
    between = beat.elapsed_since_last_heartbeat.ToTimedelta() or HEARTBEAT
    age = now - beat.heartbeat_time.ToDatetime(UTC)
    running = beat.status == WorkerStatus.WORKER_STATUS_RUNNING
    return running and age < 2 * between + timedelta(seconds=1)
