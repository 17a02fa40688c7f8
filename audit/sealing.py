"""A history as the archive keeps it: its exact bytes, compressed, and what is said about it."""

import hashlib
import json
from datetime import UTC, datetime
from typing import NamedTuple

import zstandard
from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent, WorkflowExecutionStartedEventAttributes
from temporalio.client import WorkflowHistory

from audit.chain import Entry
from audit.code import code_version
from workflows.attributes import POLICY
from workflows.converter import CONVERTER

LEVEL = 9
ENDS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "completed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "failed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "timed out",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "cancelled",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "terminated",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continued",
}


class Damaged(Exception):
    """The bytes are not those that were archived; the message says in what."""


class Sealed(NamedTuple):
    """A history to be archived; `entry` has no place in the chain yet."""

    entry: Entry
    body: bytes


class _Carried(BaseModel):
    run: int


class _Start(BaseModel):
    carried: _Carried | None = None


def has_ended(history: WorkflowHistory) -> bool:
    """Whether the run is over, so that its history does not change any more."""
    return history.events[-1].event_type in ENDS


def as_bytes(history: WorkflowHistory) -> bytes:
    """The history as protobuf JSON, the same whenever it is asked for.

    The engine hands out the entries of a map in any order: here they are sorted.
    """
    fields = history.to_json_dict()
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def seal(number: str, run_id: str, history: WorkflowHistory, now: datetime) -> Sealed:
    """The history of a run that has ended, and what the archive says about it."""
    exact = as_bytes(history)
    first, last = history.events[0], history.events[-1]
    started = first.workflow_execution_started_event_attributes
    entry = Entry(
        seq=0,
        number=number,
        run=_run(started),
        run_id=run_id,
        type=started.workflow_type.name,
        status=ENDS[last.event_type],
        started_at=_at(first),
        closed_at=_at(last),
        events=len(history.events),
        size=len(exact),
        sha256=hashlib.sha256(exact).hexdigest(),
        code_version=_code(history),
        policy_version=_policy(history),
        archived_at=now,
        previous="",
    )
    body = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(exact)
    return Sealed(entry, body)


def unseal(entry: Entry, body: bytes) -> bytes:
    """The exact protobuf JSON of an archived history.

    Raises:
        Damaged: it is not what was archived.
    """
    try:
        exact = zstandard.ZstdDecompressor().decompress(body, max_output_size=entry.size + 1)
    except zstandard.ZstdError:
        raise Damaged("it cannot be unpacked") from None
    if len(exact) != entry.size:
        raise Damaged(f"it has not the {entry.size:,} bytes that were archived")
    if hashlib.sha256(exact).hexdigest() != entry.sha256:
        raise Damaged("its SHA-256 is not the one that was archived")
    return exact


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)


def _run(started: WorkflowExecutionStartedEventAttributes) -> int:
    """Which of the ticket's runs it is: as it was told by the one before."""
    start: _Start = CONVERTER.payload_converter.from_payload(started.input.payloads[0], _Start)
    return start.carried.run if start.carried else 1


def _policy(history: WorkflowHistory) -> str | None:
    """The rules that the ticket stood under at the end, as it told the engine."""
    started = history.events[0].workflow_execution_started_event_attributes
    told = [started.search_attributes] + [
        event.upsert_workflow_search_attributes_event_attributes.search_attributes
        for event in history.events
        if event.HasField("upsert_workflow_search_attributes_event_attributes")
    ]
    versions = [
        json.loads(attributes.indexed_fields[POLICY.name].data)
        for attributes in told
        if POLICY.name in attributes.indexed_fields
    ]
    return str(versions[-1]) if versions else None


def _code(history: WorkflowHistory) -> str:
    """The code that did the last task: what its worker said that it is, or this code."""
    builds = [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return next((build for build in reversed(builds) if build), code_version())
