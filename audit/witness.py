"""What really happened to a ticket: its histories replayed through the code of this checkout.

Nothing is asked of the store. Every change of the ticket is seen on its way, and so is every record
that was handed over, together with the digest that came back and stands in the history.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, NoReturn

from temporalio import workflow
from temporalio.worker import (
    ContinueAsNewInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from activities.shapes import RECORD
from desk.events import Event
from desk.record import Record, Recorded
from desk.terms import Terms
from desk.ticket import Ticket
from workflows.converter import CONVERTER
from workflows.shapes import Start, State
from workflows.ticket import TicketProcess


class Moment(NamedTuple):
    """The ticket after one change: what happened in it, and on which terms it stands then."""

    ticket: Ticket
    terms: Terms
    events: tuple[Event, ...]


@dataclass
class Handed:
    """A record on its way to the store; `recorded` is None when no answer is in the history."""

    record: Record
    recorded: Recorded | None = None


class Asked(NamedTuple):
    """An activity that was asked for, by its name, and what it was told, as payloads."""

    name: str
    told: tuple[bytes, ...]


@dataclass
class Seen:
    """What one run of a ticket went through.

    `began` is the state that it took over from the run before, `ended` what it handed over to the
    next; None where there is no such run.
    """

    began: State | None = None
    ended: State | None = None
    asked: list[Asked] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)

    def watch(self, state: State, events: tuple[Event, ...]) -> None:
        """Note a change."""
        if events:
            self.moments.append(Moment(state.ticket, state.terms, events))

    def caught(self, record: Record, handle: workflow.ActivityHandle[Any]) -> None:
        """Note a record, and later what came back."""
        handed = Handed(record)
        self.handed.append(handed)
        handle.add_done_callback(lambda done: _answered(handed, done))


def _answered(handed: Handed, done: Any) -> None:
    if not done.cancelled() and done.exception() is None:
        handed.recorded = done.result()


class Witness(Interceptor):
    """Stands beside every workflow that is replayed; `testimony` tells of a run at its end."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def testimony(self, run_id: str) -> Seen:
        """What was seen of a run, once."""
        return self._seen.pop(run_id, Seen())

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """The class of what stands beside one workflow; the engine makes the objects."""
        return type("Beside", (_Inbound,), {"seen": self._seen})


class _Inbound(WorkflowInboundInterceptor):
    """Watches a ticket's process from whatever comes in first."""

    seen: ClassVar[dict[str, Seen]]

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self.seen))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        _watch(self.seen)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        _watch(self.seen)
        await super().handle_signal(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        _watch(self.seen)
        return await super().handle_update_handler(input)


def _watch(seen: dict[str, Seen]) -> None:
    process = workflow.instance()
    if isinstance(process, TicketProcess) and process.watch is None:
        testimony = seen.setdefault(workflow.info().run_id, Seen())
        testimony.began = process.state.model_copy(deep=True) if process.state else None
        process.watch = testimony.watch


class _Outbound(WorkflowOutboundInterceptor):
    """Catches the records, and what a run hands over to the next."""

    def __init__(self, next: WorkflowOutboundInterceptor, seen: dict[str, Seen]) -> None:
        super().__init__(next)
        self._seen = seen

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        return self._caught(input, super().start_activity(input))

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        return self._caught(input, super().start_local_activity(input))

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        start = input.args[0]
        if isinstance(start, Start) and start.carried is not None:
            seen = self._seen.setdefault(workflow.info().run_id, Seen())
            seen.ended = start.carried.model_copy(deep=True)
        super().continue_as_new(input)

    def _caught(
        self,
        input: StartActivityInput | StartLocalActivityInput,
        handle: workflow.ActivityHandle[Any],
    ) -> workflow.ActivityHandle[Any]:
        seen = self._seen.setdefault(workflow.info().run_id, Seen())
        if input.activity == RECORD:
            seen.caught(input.args[0], handle)
        elif isinstance(input, StartActivityInput):
            payloads = CONVERTER.payload_converter.to_payloads(input.args)
            seen.asked.append(Asked(input.activity, tuple(one.data for one in payloads)))
        return handle
