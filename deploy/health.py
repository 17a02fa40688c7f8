"""What a container is asked for its health: `python -m deploy.health api|worker` exits with 0 or 1.

The api is asked itself. The worker listens on nothing: Temporal is asked whether it was polled
from here lately, which also says that the worker reaches its engine.
"""

import os
import socket
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException

WELL, ILL, WRONG = 0, 1, 2
PATIENCE = timedelta(seconds=4)
# A poll that finds nothing to do lasts a minute, and is then begun anew.
LONGEST_POLL = timedelta(seconds=70)


def api() -> str | None:
    """What ails the api of this container, or None.

    Asked every ten seconds, it reads its one setting itself: loading them all costs more than the
    question.
    """
    port = int(os.environ.get("FIRSTLINE_PORT") or "8000")
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE.total_seconds())
    try:
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"the api does not answer on port {port}: {error}"
    finally:
        connection.close()
    return None if status == 200 else f"the api answers with status {status}"


def worker() -> str | None:
    """What ails the worker of this container, or None."""
    # Only this question needs settings and the engine's client, which take long to load.
    import asyncio

    from settings import load_or_exit

    return asyncio.run(_polled(load_or_exit().task_queue))


async def _polled(queue: str) -> str | None:
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
    from temporalio.client import Client
    from temporalio.envconfig import ClientConfig
    from temporalio.service import RPCError

    config = ClientConfig.load_client_connect_config()
    if "target_host" not in config:
        return "TEMPORAL_ADDRESS is not set: say where Temporal is"
    try:
        client = await Client.connect(**config)
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        found = await client.workflow_service.describe_task_queue(request, timeout=PATIENCE)
    # What Client.connect raises when nobody answers is a bare RuntimeError.
    except (RPCError, RuntimeError) as error:
        return f"Temporal does not answer: {error}"
    lately = datetime.now(UTC) - LONGEST_POLL
    here = f"@{socket.gethostname()}"
    for poller in found.pollers:
        if poller.identity.endswith(here) and poller.last_access_time.ToDatetime(UTC) > lately:
            return None
    return f"no worker of this machine has asked Temporal for work on the queue {queue!r} lately"


QUESTIONS: Mapping[str, Callable[[], str | None]] = {"api": api, "worker": worker}


def main(arguments: list[str]) -> int:
    """Ask one of the questions; what ails goes to stderr, where the engine keeps it."""
    if len(arguments) != 1 or arguments[0] not in QUESTIONS:
        sys.stderr.write(f"say which: {' or '.join(QUESTIONS)}\n")
        return WRONG
    ailment = QUESTIONS[arguments[0]]()
    if ailment is not None:
        sys.stderr.write(f"{ailment}\n")
        return ILL
    return WELL


if __name__ == "__main__":
    from embedded.finish import finish

    finish(main(sys.argv[1:]))
