"""Replay: do a ticket's histories come to the same commands and states with the code of today?"""

import re
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass, field

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowReplayResult

from audit.evidence import Evidence
from audit.witness import Handed, Moment, Seen, Witness
from desk.events import Event
from desk.record import digest
from workflows import WORKFLOWS
from workflows.converter import CONVERTER
from workflows.hosting import UNSANDBOXED

UNKNOWN_TYPE = re.compile(r"Workflow class (\S+) is not registered")
MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
# As the engine's core writes an event, in short and in full.
EVENTS = (
    re.compile(r"HistoryEvent\(id: (\d+), (?:Some\()?(\w+)"),
    re.compile(r"HistoryEvent \{ event_id: (\d+), .*?event_type: (\w+)"),
)


@dataclass
class Lived:
    """A ticket as its histories tell it; `wrong` says what differs, the first of each run first."""

    number: str
    moments: list[Moment] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return [event for moment in self.moments for event in moment.events]


async def replayed(evidences: AsyncIterable[Evidence]) -> AsyncIterator[Lived]:
    """Replay each ticket; one engine serves for all of them."""
    witness = Witness()
    replayer = Replayer(
        workflows=WORKFLOWS,
        interceptors=[witness],
        workflow_runner=UNSANDBOXED,
        data_converter=CONVERTER,
        # Each task in the loop's own thread: a third faster, and nothing here waits for another.
        debug_mode=True,
    )
    begun: deque[tuple[Evidence, list[str]]] = deque()

    async def histories() -> AsyncIterator[WorkflowHistory]:
        async for evidence in evidences:
            unfit = gaps(evidence)
            begun.append((evidence, unfit))
            for history in () if unfit else evidence.histories:
                yield history

    async with replayer.workflow_replay_iterator(histories()) as results:
        runs: list[tuple[WorkflowReplayResult, Seen]] = []
        async for result in results:
            for unfit in _leading(begun):
                yield unfit
            runs.append((result, witness.testimony(result.history.run_id)))
            if len(runs) == len(begun[0][0].histories):
                yield _lived(begun.popleft()[0].number, runs)
                runs = []
    for unfit in _leading(begun):
        yield unfit


def _leading(begun: "deque[tuple[Evidence, list[str]]]") -> Iterator[Lived]:
    """The tickets at the front that are not fit to be replayed."""
    while begun and begun[0][1]:
        evidence, wrong = begun.popleft()
        yield Lived(evidence.number, wrong=wrong)


async def replay(evidence: Evidence) -> Lived:
    """Replay one ticket."""

    async def one() -> AsyncIterator[Evidence]:
        yield evidence

    (lived,) = [lived async for lived in replayed(one())]
    return lived


def _lived(number: str, runs: list[tuple[WorkflowReplayResult, Seen]]) -> Lived:
    lived = Lived(number)
    for place, (result, seen) in enumerate(runs, start=1):
        run = f"run {place}: " if len(runs) > 1 else ""
        if result.replay_failure is not None:
            lived.wrong.append(run + in_words(result.replay_failure))
        if lived.moments and seen.began != lived.moments[-1].ticket:
            lived.wrong.append(f"{run}began with another ticket than the run before it ends with")
        lived.wrong += [run + words for words in first_other_state(seen.handed)]
        lived.moments += seen.moments
        lived.handed += seen.handed
    return lived


def gaps(evidence: Evidence) -> list[str]:
    """What is missing in the histories: the engine's replay does not survive some of it."""
    histories = evidence.histories
    if not histories:
        return ["there are no histories"]
    before = ""
    for place, history in enumerate(histories, start=1):
        ids = [event.event_id for event in history.events]
        begins = ids and history.events[0].HasField("workflow_execution_started_event_attributes")
        if not begins or ids != list(range(1, len(ids) + 1)):
            return [f"events are missing in run {place} of {len(histories)}"]
        started = history.events[0].workflow_execution_started_event_attributes
        if started.continued_execution_run_id != before:
            return [f"a run is missing before run {place} of {len(histories)}"]
        before = history.run_id
    return []


def first_other_state(handed: list[Handed]) -> list[str]:
    """The first record whose state, made anew, is not the one whose digest is in the history."""
    for one in handed:
        record = one.record
        if one.recorded and one.recorded.digest != digest(record.ticket, record.events):
            events = ", ".join(f"{e.version}.{e.index} {e.what.event}" for e in record.events)
            return [
                f"another state at version {record.ticket.version}, after {events or 'nothing'}"
            ]
    return []


def in_words(failure: Exception) -> str:
    """What the engine found, for somebody who reads no stack traces."""
    text = str(failure)
    if unknown := UNKNOWN_TYPE.search(text):
        return f"this code knows no process called {unknown[1]}"
    said = MESSAGE.search(text)
    words = _cut(said[1] if said else text)
    if event := next((found for one in EVENTS if (found := one.search(text))), None):
        return (
            f"other commands: event {event[1]} of the history, {event[2]}, does not follow: {words}"
        )
    return words


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:297] + "..."
