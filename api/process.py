"""The only place that talks to the engine: openings and steps go out, tickets and refusals return.

What is raised as 503 is "not known to be done": it is done whole or not at all, and the repeat
with the same key does it once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn, Self, TypeVar
from weakref import WeakValueDictionary

import structlog
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.errors import Problem, named, unavailable
from api.workers import Workers
from desk.errors import NumberTaken
from desk.opening import Opening
from desk.steps import Taken
from desk.ticket import Ticket
from desk.view import View
from settings import Settings
from workflows import PROCESSES
from workflows.attributes import KIND
from workflows.converter import CONVERTER
from workflows.refusals import ANSWER
from workflows.replaying import ReplayOf, Replays
from workflows.shapes import KeyUse, OpenedCheck, Start
from workflows.ticket import TicketProcess

log = structlog.get_logger()
T = TypeVar("T")

PATIENCE = timedelta(seconds=10)
IN_FLIGHT = 8
"""Updates on their way to one ticket; the server takes ten."""
BACK_OFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
TASK_REFUSED = RPCStatusCode.FAILED_PRECONDITION
"""The task that took the step was refused, and the step with it."""
AGAIN = (
    RPCStatusCode.ABORTED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    TASK_REFUSED,
)
STANDS_STILL = (
    "the process of this ticket does not go on: repeat the request with its key, and if that does "
    "not help, tell an operator, who sees why in the engine's pages"
)


class Ended(Exception):
    """The ticket's workflow has ended, or never was: nothing can happen to the ticket."""


class _Answered(Exception):
    """The ticket's process has answered a question."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


class Process:
    """Sends openings and steps to the tickets' workflows; connects when it is first needed."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = task_queue
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self.workers = Workers(client, task_queue)

    @classmethod
    async def connect(cls, settings: Settings) -> Self:
        """A process whose server may still be down."""
        config = ClientConfig.load_client_connect_config()
        config.setdefault("target_host", f"127.0.0.1:{settings.temporal_port}")
        client = await Client.connect(**config, data_converter=CONVERTER, lazy=True)
        return cls(client, settings.task_queue)

    async def open(self, opening: Opening) -> View:
        """Open the ticket, or find the one that this opening has opened before.

        Raises:
            NumberTaken: the number belongs to another opening.
            Ended: the number belongs to a ticket to which nothing can happen any more.
        """

        return await self._send(opening.number, lambda: self._open(opening))

    async def _open(self, opening: Opening) -> View:
        start = self._start(opening)
        try:
            return await self._client.execute_update_with_start_workflow(
                TicketProcess.opened,
                OpenedCheck(opening_id=opening.opening_id, body_hash=opening.body_hash),
                start_workflow_operation=start,
                id=f"{opening.opening_id}-{opening.body_hash}",
                rpc_timeout=PATIENCE,
            )
        except Exception:
            # It holds the same error, and complains when nobody looks at it.
            with suppress(Exception):
                await asyncio.wait_for(start.workflow_handle(), 0.1)
            raise

    def _start(self, opening: Opening) -> WithStartWorkflowOperation[Any, str]:
        kind = SearchAttributePair(KIND, opening.kind.value)
        return WithStartWorkflowOperation(
            PROCESSES[opening.kind].run,
            Start(opening=opening),
            id=opening.number,
            task_queue=self._queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=TypedSearchAttributes([kind]),
            static_summary=opening.kind.value,
        )

    async def take(self, number: str, taken: Taken) -> View:
        """Take a step; the same `taken.id` is taken once.

        Raises:
            Ended: nothing can happen to the ticket any more, or there is none.
        """
        handle = self._client.get_workflow_handle(number)

        async def call() -> View:
            return await handle.execute_update(
                TicketProcess.take, taken, id=taken.id, rpc_timeout=PATIENCE
            )

        return await self._send(number, call)

    async def replay(self, id: str) -> None:
        """Have a replay carried out; the same id once."""
        await self.workers.look()
        start = self._client.start_workflow(
            Replays.run,
            ReplayOf(id=id),
            id=f"replay-{id}",
            task_queue=self._queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            rpc_timeout=PATIENCE,
        )
        try:
            with suppress(WorkflowAlreadyStartedError):
                await start
        except RPCError as error:
            self.workers.forget()
            raise unavailable("the desk's engine is away: repeat the request") from error

    @property
    def client(self) -> Client:
        """The engine's client, for whoever reads histories."""
        return self._client

    async def stands(self, number: str) -> Ticket | None:
        """The ticket as its process has it, if there is one: also before the store has it."""
        found = await self._asked(number, None)
        return None if found is None else Ticket.model_validate(found)

    async def use_of_key(self, number: str, taken: Taken) -> KeyUse:
        """What the step's key was used for."""
        used: KeyUse | None = await self._asked(number, taken)
        return "new" if used is None else used

    async def _asked(self, number: str, about: Taken | None) -> Any:
        """What the ticket's process answers; None when there is no such process, or not yet.

        Not by a query while it lives: see docs/decisions/0016.
        """
        handle = self._client.get_workflow_handle(number)

        async def call() -> None:
            await handle.execute_update(TicketProcess.asked, about, rpc_timeout=PATIENCE)

        try:
            await self._send(number, call)
        except _Answered as answered:
            return answered.answer
        except Ended:
            return await self._remembered(number, about)

    async def _remembered(self, number: str, about: Taken | None) -> Any:
        """The same of a ticket that has ended, in which nothing goes on."""
        handle = self._client.get_workflow_handle(number)
        try:
            if about is None:
                return await handle.query(TicketProcess.stands, rpc_timeout=PATIENCE)
            return await handle.query(TicketProcess.used, about, rpc_timeout=PATIENCE)
        except WorkflowQueryFailedError:
            return None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            self.workers.forget()
            raise unavailable("the desk's engine is away: repeat the request") from error

    async def _send(self, number: str, call: Callable[[], Awaitable[T]]) -> T:
        await self.workers.look()
        turn = self._turns.setdefault(number, asyncio.Semaphore(IN_FLIGHT))
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()), turn:
                answer = await _repeated(call)
            self.workers.answered()
            return answer
        except WorkflowUpdateFailedError as failed:
            self.workers.answered()
            _refuse(failed.cause)
        except WorkflowAlreadyStartedError as ended:
            raise Ended from ended
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise Ended from error
            if error.status is TASK_REFUSED:
                log.error("process_stands_still", ticket=number)
                raise unavailable(STANDS_STILL) from error
            self.workers.forget()
            log.warning("engine_refused", status=error.status.name, ticket=number)
            raise unavailable("the desk's engine is away: repeat the request") from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError) as late:
            self.workers.forget()
            raise unavailable("not known to be done: repeat the request with its key") from late


async def _repeated(call: Callable[[], Awaitable[T]]) -> T:
    """The answer, repeating what the server could not do now; the ids make it happen once."""
    for pause in BACK_OFF:
        try:
            return await call()
        except RPCError as error:
            if error.status not in AGAIN:
                raise
        await asyncio.sleep(pause)
    return await call()


def _refuse(cause: BaseException) -> NoReturn:
    """What the workflow said, as the caller is to read it."""
    if isinstance(cause, ApplicationError):
        if cause.type == ANSWER:
            raise _Answered(cause.details[0] if cause.details else None)
        if cause.type == NumberTaken.__name__:
            raise NumberTaken(cause.message)
        if cause.type == "AcceptedUpdateCompletedWorkflow":
            raise unavailable("the ticket closed in between: repeat the request with its key")
        details = cause.details[0] if cause.details else {}
        raise named(str(cause.type), cause.message, details if isinstance(details, dict) else {})
    log.error("update_failed", cause=type(cause).__name__)
    raise Problem("internal", "the step could not be carried out")
