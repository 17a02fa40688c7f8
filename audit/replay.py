"""Replay: do a ticket's histories come to the same commands and states with the code of today?"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass, field

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowReplayResult

from activities.shapes import RECORD
from audit.evidence import Evidence, NoEvidence
from audit.quiet import quiet_runtime
from audit.witness import Asked, Handed, Moment, Seen, Witness
from desk.events import Event
from desk.record import digest
from desk.terms import Terms
from workflows import WORKFLOWS
from workflows.converter import CONVERTER
from workflows.hosting import UNSANDBOXED
from workflows.shapes import State

SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
GOES_ON = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
FEWEST = 2
"""Events of the shortest history: the start, and the task that follows from it."""
AT_MOST = 60
"""Seconds for one ticket."""
UNKNOWN_TYPE = re.compile(r"Workflow class (\S+) is not registered")
MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
BARE = re.compile(r"^(?:\[TMPRL\d*\] )?Nondeterminism error: ")
UNASKED = re.compile(r"Missing associated machine for (\w+\(\w+\))")
# As the engine's core writes an event, in short and in full.
EVENTS = (
    re.compile(r"HistoryEvent\(id: (\d+), (?:Some\()?(\w+)"),
    re.compile(r"HistoryEvent \{ event_id: (\d+), .*?event_type: (\w+)"),
)


@dataclass
class Lived:
    """A ticket as its histories tell it; `wrong` says what differs, the first of each run first.

    `cut` is the place of the last event before what could not be made anew, `0.0` if that is the
    opening; None when all of it could.
    """

    number: str
    moments: list[Moment] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    cut: str | None = None

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return [event for moment in self.moments for event in moment.events]

    @property
    def terms(self) -> list[Terms]:
        """The terms that it had, one after the other."""
        found: list[Terms] = []
        for moment in self.moments:
            if not found or moment.terms is not found[-1]:
                found.append(moment.terms)
        return found


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
        runtime=quiet_runtime(),
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
    """Replay one ticket.

    Raises:
        NoEvidence: the replay comes to no end.
    """

    async def one() -> AsyncIterator[Evidence]:
        yield evidence

    try:
        async with asyncio.timeout(AT_MOST):
            (lived,) = [lived async for lived in replayed(one())]
    except TimeoutError as endless:
        words = f"the replay of {evidence.number} did not come to an end within {AT_MOST} s"
        raise NoEvidence(words) from endless
    return lived


def _lived(number: str, runs: list[tuple[WorkflowReplayResult, Seen]]) -> Lived:
    lived = Lived(number)
    ended: State | None = None
    for place, (result, seen) in enumerate(runs, start=1):
        run = f"run {place}: " if len(runs) > 1 else ""
        if result.replay_failure is not None:
            lived.wrong.append(run + in_words(result.replay_failure))
        if place > 1 and seen.began != ended:
            lived.wrong.append(f"{run}began with another state than the run before it ends with")
        ended = seen.ended
        lived.wrong += [run + words for words in first_other_state(seen.handed)]
        lived.wrong += [run + words for words in first_other_task(result.history, seen.asked)]
        lived.moments += seen.moments
        if result.replay_failure is not None and lived.cut is None:
            last = lived.events[-1:]
            lived.cut = f"{last[0].version}.{last[0].index}" if last else "0.0"
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
        if not begins or len(ids) < FEWEST or ids != list(range(1, len(ids) + 1)):
            return [f"events are missing in run {place} of {len(histories)}"]
        started = history.events[0].workflow_execution_started_event_attributes
        if started.continued_execution_run_id != before:
            return [f"a run is missing before run {place} of {len(histories)}"]
        before = history.run_id
    if histories[-1].events[-1].event_type == GOES_ON:
        return [f"a run is missing after run {len(histories)}"]
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


def first_other_task(history: WorkflowHistory, asked: list[Asked]) -> list[str]:
    """The first activity that was told something else than the history says.

    Records are left out: what is in them is in their digests.
    """
    scheduled = [
        (event.event_id, event.activity_task_scheduled_event_attributes)
        for event in history.events
        if event.event_type == SCHEDULED
        and event.activity_task_scheduled_event_attributes.activity_type.name != RECORD
    ]
    for (number, was), now in zip(scheduled, asked, strict=False):
        told = tuple(payload.data for payload in was.input.payloads)
        if (was.activity_type.name, told) != now:
            name = was.activity_type.name
            return [f"another task: {name}, event {number} of the history, was told otherwise"]
    return []


def in_words(failure: Exception) -> str:
    """What the engine found, for somebody who reads no stack traces."""
    text = str(failure)
    if unknown := UNKNOWN_TYPE.search(text):
        return f"this code knows no process called {unknown[1]}"
    said = MESSAGE.search(text)
    words = _cut(said[1] if said else text)
    if event := next((found for one in EVENTS if (found := one.search(text))), None):
        place = f"event {event[1]} of the history, {event[2]}"
        return f"other commands: {place}, does not follow: {BARE.sub('', words)}"
    if unasked := UNASKED.search(words):
        return f"other commands: this code never asked for {unasked[1]}, which the history has"
    return BARE.sub("other commands: ", words)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:297] + "..."
