"""What the committed histories tell of each case: its commands in words, and its states."""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import zstandard
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from activities.shapes import RECORD
from audit.evidence import Evidence
from desk.model import Frozen

ROOT = Path(__file__).parent.parent
HISTORIES = ROOT / "tests" / "replay" / "histories"
FINGERPRINTS = ROOT / "tests" / "replay" / "fingerprints.json"
FILES = "*.json*"
DIGITS = 16
"""Of a state's digest: enough to tell two apart, short enough to be read."""
TASK_DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


class Fingerprint(Frozen):
    """A case: each line of `commands` is what one task of its workflow asked for."""

    commands: tuple[str, ...]
    states: tuple[str, ...]


Fingerprints = dict[str, dict[str, Fingerprint]]
"""By release and case."""


def release_of_checkout() -> str:
    """The version that this checkout is to become, or is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def file_of(case: str, run: int) -> str:
    """The name of the file with a run of a case; a long one has `.zst` after it."""
    return f"{case}.{run}.json"


def releases() -> list[str]:
    """The releases of which there are histories."""
    return sorted(folder.name for folder in HISTORIES.glob("*") if any(folder.glob(FILES)))


def cases(release: str) -> Iterator[Evidence]:
    """The cases of a release, under their names.

    Raises:
        ValueError: a file is no history; the message names it.
    """
    runs: dict[str, dict[int, Path]] = {}
    for path in (HISTORIES / release).glob(FILES):
        name, run, *_ = path.name.split(".")
        runs.setdefault(name, {})[int(run)] = path
    for name, files in sorted(runs.items()):
        yield Evidence(name, tuple(_history(name, files[run]) for run in sorted(files)))


def _history(case: str, path: Path) -> WorkflowHistory:
    body = path.read_bytes()
    try:
        text = zstandard.decompress(body) if path.suffix == ".zst" else body
        return WorkflowHistory.from_json(case, text.decode())
    except Exception as error:
        raise ValueError(f"{path.relative_to(ROOT)} is no history: {error}") from error


def fingerprint(evidence: Evidence) -> Fingerprint:
    """What the histories tell."""
    commands: list[str] = []
    states: list[str] = []
    for history in evidence.histories:
        commands += ["; ".join(task) for _, task in tasks(history.events)]
        states += [digest[:DIGITS] for digest in _digests(history.events)]
    return Fingerprint(commands=tuple(commands), states=tuple(states))


def tasks(events: Iterable[HistoryEvent]) -> Iterator[tuple[int, list[str]]]:
    """What each task of the workflow asked for, with the id of its last event.

    A task that asked for nothing is left out.
    """
    task: list[str] = []
    last = 0
    for event in events:
        if event.event_type == TASK_DONE and task:
            yield last, task
            task = []
        if words := in_words(event):
            task.append(words)
            last = event.event_id
    if task:
        yield last, task


def in_words(event: HistoryEvent) -> str | None:
    """What a command asked for; None when the event is not what a workflow asked for."""
    name = event.WhichOneof("attributes") or ""
    tell = COMMANDS.get(name.removesuffix("_event_attributes"))
    return tell(event, getattr(event, name)) if tell else None


def _marker(event: HistoryEvent, marker: Any) -> str:
    if marker.marker_name == "core_local_activity":
        return _in_the_task(_data(marker.details["data"])["activity_type"])
    if marker.marker_name == "core_patch":
        return f"patch {_data(marker.details['patch-data'])['id']}"
    return str(marker.marker_name)


def _in_the_task(activity: str) -> str:
    return f"{activity} in the task"


def _data(payloads: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payloads.payloads[0].data)
    return found


def _timer(event: HistoryEvent, _: Any) -> str:
    summary = event.user_metadata.summary.data
    return f"timer: {json.loads(summary)}" if summary else "timer"


COMMANDS: dict[str, Callable[[HistoryEvent, Any], str]] = {
    "marker_recorded": _marker,
    "timer_started": _timer,
    "timer_canceled": lambda e, a: "timer taken back",
    "activity_task_scheduled": lambda e, a: a.activity_type.name,
    "activity_task_cancel_requested": lambda e, a: "activity taken back",
    "start_child_workflow_execution_initiated": lambda e, a: f"start {a.workflow_type.name}",
    "signal_external_workflow_execution_initiated": lambda e, a: f"signal {a.signal_name}",
    "request_cancel_external_workflow_execution_initiated": lambda e, a: "cancel another",
    "upsert_workflow_search_attributes": lambda e, a: "search attributes",
    "workflow_properties_modified": lambda e, a: "memo",
    "workflow_execution_update_accepted": lambda e, a: f"accept {a.accepted_request.input.name}",
    "workflow_execution_update_completed": lambda e, a: "answer",
    "workflow_execution_completed": lambda e, a: "end",
    "workflow_execution_failed": lambda e, a: "fail",
    "workflow_execution_canceled": lambda e, a: "be cancelled",
    "workflow_execution_continued_as_new": lambda e, a: "go on in a new run",
}


def _digests(events: Iterable[HistoryEvent]) -> Iterator[str]:
    """The digest that each record left, in order."""
    scheduled: dict[int, str] = {}
    for event in events:
        if event.HasField("marker_recorded_event_attributes"):
            marker = event.marker_recorded_event_attributes
            recorded = _marker(event, marker) == _in_the_task(RECORD)
            if recorded and "result" in marker.details:
                yield _data(marker.details["result"])["digest"]
        elif event.HasField("activity_task_scheduled_event_attributes"):
            asked = event.activity_task_scheduled_event_attributes
            scheduled[event.event_id] = asked.activity_type.name
        elif event.HasField("activity_task_completed_event_attributes"):
            done = event.activity_task_completed_event_attributes
            if scheduled.get(done.scheduled_event_id) == RECORD:
                yield _data(done.result)["digest"]
