"""What really happened to a ticket: its histories replayed through the code that ran them.

Every record that the process handed to the store is caught on its way, together with what the
history says came back. Nothing is asked of the store here.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

import workflows.ticket
from activities.shapes import RECORD
from desk.events import Event
from desk.record import Record, Recorded, canonical, digest
from tests.torture.quick_rules import STEPS_A_RUN
from workflows import WORKFLOWS

Place = tuple[int, int]


@dataclass
class Handed:
    """A record on its way to the store, and what came back; None when that is not in history."""

    record: Record
    recorded: Recorded | None = None


_CAUGHT: dict[str, list[Handed]] = defaultdict(list)


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        return _caught(input, super().start_activity(input))

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        return _caught(input, super().start_local_activity(input))


def _caught(
    input: StartActivityInput | StartLocalActivityInput, handle: workflow.ActivityHandle[Any]
) -> workflow.ActivityHandle[Any]:
    if input.activity == RECORD:
        handed = Handed(input.args[0])
        _CAUGHT[workflow.info().run_id].append(handed)
        handle.add_done_callback(lambda done: _answered(handed, done))
    return handle


def _answered(handed: Handed, done: Any) -> None:
    if not done.cancelled() and done.exception() is None:
        handed.recorded = done.result()


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class Witness(Interceptor):
    """Catches the records of every workflow that is replayed."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        return _Inbound


@dataclass
class Truth:
    """A ticket as its histories tell it; `wrong` is what does not fit together in them."""

    number: str
    histories: list[WorkflowHistory]
    handed: list[Handed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def last(self) -> Record | None:
        """The newest record: the ticket as it stands."""
        return self.handed[-1].record if self.handed else None

    def events(self) -> list[Event]:
        """Every event, in its place; two different ones at one place are wrong."""
        found: dict[Place, Event] = {}
        for handed in self.handed:
            for event in handed.record.events:
                place = (event.version, event.index)
                before = found.setdefault(place, event)
                if canonical(before) != canonical(event):
                    self.wrong.append(f"two events at {place}: {before.id} and {event.id}")
        return [found[place] for place in sorted(found)]

    def messages(self) -> set[str]:
        """The keys of the messages that the store was said to hold."""
        recorded = [handed.recorded for handed in self.handed if handed.recorded]
        return {key for answer in recorded for key in answer.messages}


async def histories_of(client: Client, number: str) -> list[WorkflowHistory]:
    """The histories of all runs of a ticket, the first one first."""
    found: list[WorkflowHistory] = []
    run: str | None = None
    while True:
        history = await client.get_workflow_handle(number, run_id=run).fetch_history()
        found.insert(0, history)
        started = history.events[0].workflow_execution_started_event_attributes
        run = started.continued_execution_run_id
        if not run:
            return found


async def truth_of(client: Client, number: str) -> Truth:
    """Replay all runs of a ticket."""
    truth = Truth(number, await histories_of(client, number))
    replayer = Replayer(
        workflows=WORKFLOWS,
        interceptors=[Witness()],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )
    with _short_runs():
        for history in truth.histories:
            result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
            if result.replay_failure is not None:
                truth.wrong.append(f"replay of run {history.run_id}: {result.replay_failure}")
            truth.handed += _CAUGHT.pop(history.run_id, [])
    _check_digests(truth)
    return truth


def _check_digests(truth: Truth) -> None:
    for handed in truth.handed:
        record, recorded = handed.record, handed.recorded
        if recorded and recorded.digest != digest(record.ticket, record.events):
            truth.wrong.append(f"another digest in history at version {record.ticket.version}")


@contextmanager
def _short_runs() -> Iterator[None]:
    """The code that is replayed ends its runs as early as the tortured desk does."""
    usual = workflows.ticket.STEPS_A_RUN
    workflows.ticket.STEPS_A_RUN = STEPS_A_RUN
    yield
    workflows.ticket.STEPS_A_RUN = usual


def summary(truth: Truth) -> str:
    """The histories in a few lines, for whoever looks into a ticket that is wrong."""
    lines = []
    for run, history in enumerate(truth.histories, start=1):
        kinds = [_short(event.event_type) for event in history.events]
        lines.append(f"    run {run} ({len(kinds)} events): {' '.join(kinds)}")
    lines += [f"    {e.version}.{e.index} {e.what.event} {e.id}" for e in truth.events()]
    return "\n".join(lines)


def _short(kind: int) -> str:
    words = EventType.Name(kind).removeprefix("EVENT_TYPE_").split("_")  # type: ignore[arg-type]
    return "".join(word[0] for word in words)
