"""Versions of the worker side by side: which runs what, and who moves tickets between them."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentInfo, WorkerDeploymentVersion
from temporalio.api.enums.v1 import RoutingConfigUpdateState
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus as Engines
from temporalio.api.workflow.v1 import VersioningOverride, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from audit.deployment import AGAIN_SECONDS, describe, names
from audit.deployment import promote_first as promote_first
from audit.pollers import living
from desk.errors import InvalidFact
from workflows.hosting import DEPLOYMENT, UNVERSIONED

Status = Literal["current", "ramping", "draining", "drained", "inactive"]
STATUSES: dict[int, Status] = {
    Engines.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT: "current",
    Engines.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING: "ramping",
    Engines.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: "draining",
    Engines.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: "drained",
}
OPEN = "TicketKind IS NOT NULL AND ExecutionStatus = 'Running'"
RAN_ON = "TemporalWorkerDeploymentVersion"
PINNED = "TemporalWorkflowVersioningBehavior = 'Pinned'"
SPREAD_WITHIN = 20
"""Times to look again."""
NO_VERSIONS = (
    "the workers of this desk have no versions, so there is nothing to move tickets between: set "
    "FIRSTLINE_WORKER_VERSIONS=true, and start them again"
)


class VersionRefused(Exception):
    """What was asked for cannot be done; the message says why, and what to do."""


@dataclass(frozen=True)
class Version:
    """A version of the worker; tickets count for the one that they ran on last."""

    name: str
    status: Status
    percent: float | None
    """Of the tickets; None unless it is ramping."""
    tickets: int
    pinned: int
    workers: int


class Versions:
    """The versions of this desk's worker, as the engine keeps them."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = task_queue

    async def listed(self) -> list[Version]:
        """Each version that the engine knows, the newest first; then what runs without one."""
        described = await describe(self._client)
        info = described.worker_deployment_info if described else WorkerDeploymentInfo()
        workers = await self._workers()
        names = [summary.deployment_version.build_id for summary in info.version_summaries]
        found = [
            await self._version(info, name, STATUSES.get(summary.status, "inactive"), workers)
            for name, summary in zip(names, info.version_summaries, strict=True)
        ]
        current = info.routing_config.current_deployment_version.build_id
        without = await self._count(f"{RAN_ON} IS NULL")
        if without or workers[UNVERSIONED] or not current:
            status: Status = "inactive" if current else "current"
            version = Version(UNVERSIONED, status, None, without, 0, workers[UNVERSIONED])
            found.append(version)
        return found

    async def _version(
        self, info: WorkerDeploymentInfo, name: str, status: Status, workers: Counter[str]
    ) -> Version:
        on_it = f"{RAN_ON} = '{DEPLOYMENT}:{name}'"
        return Version(
            name=name,
            status=status,
            percent=info.routing_config.ramping_version_percentage if status == "ramping" else None,
            tickets=await self._count(on_it),
            pinned=await self._count(f"{on_it} AND {PINNED}"),
            workers=workers[name],
        )

    async def _count(self, which: str) -> int:
        query = f"{OPEN} AND TaskQueue = '{self._queue}' AND {which}"
        return (await self._client.count_workflows(query)).count

    async def _workers(self) -> Counter[str]:
        pollers = await living(self._client, self._queue)
        own = [one.build_id for one in pollers if one.deployment in ("", DEPLOYMENT)]
        return Counter(build_id or UNVERSIONED for build_id in own)

    async def promote(self, name: str, *, force: bool = False) -> None:
        """Let every ticket that is not pinned run on this version, from its next task on.

        Raises:
            VersionRefused: there is no such version, or no worker of it lives.
        """
        await self._check(name, force)
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=DEPLOYMENT,
            build_id="" if name == UNVERSIONED else name,
            identity=self._client.identity,
            ignore_missing_task_queues=force,
            allow_no_pollers=force,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as error:
            raise _refused(error) from error
        await self._spread()

    async def ramp(self, name: str, percent: float, *, force: bool = False) -> None:
        """Let so many of a hundred tickets run on this version; 0 takes all of them back.

        Raises:
            InvalidFact: it is no percentage.
            VersionRefused: it is current already, or as for `promote`.
        """
        if not 0 <= percent <= 100:
            raise InvalidFact("PERCENT", f"{percent:g}: say a percentage from 0 to 100")
        # What is there no more must be possible to take back.
        await self._check(name, force or percent == 0)
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=DEPLOYMENT,
            build_id="" if name == UNVERSIONED else name,
            percentage=percent,
            identity=self._client.identity,
            ignore_missing_task_queues=force,
            allow_no_pollers=force,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_ramping_version(request)
        except RPCError as error:
            raise _refused(error) from error
        await self._spread()

    async def _spread(self) -> None:
        """Wait until every part of the engine knows; it goes on by itself if that takes longer."""
        for _ in range(SPREAD_WITHIN):
            described = await describe(self._client)
            assert described is not None, "something was just changed in it"
            state = described.worker_deployment_info.routing_config_update_state
            if state != RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS:
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def pin(self, number: str, name: str, *, force: bool = False) -> None:
        """Let a ticket run on this version, whatever is promoted, until it is unpinned.

        Raises:
            VersionRefused: the ticket is not open, or as for `promote`.
        """
        if name == UNVERSIONED:
            raise VersionRefused("a ticket is pinned to a version: `firstline process versions`")
        await self._check(name, force)
        pinned = VersioningOverride.PinnedOverride(
            version=WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=name),
            behavior=VersioningOverride.PINNED_OVERRIDE_BEHAVIOR_PINNED,
        )
        await self._override(number, VersioningOverride(pinned=pinned))

    async def unpin(self, number: str) -> None:
        """Let a ticket run on whatever is promoted, from its next task on.

        Raises:
            VersionRefused: the ticket is not open.
        """
        await self._override(number, None)

    async def _override(self, number: str, override: VersioningOverride | None) -> None:
        request = UpdateWorkflowExecutionOptionsRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=number),
            workflow_execution_options=WorkflowExecutionOptions(versioning_override=override),
            update_mask=FieldMask(paths=["versioning_override"]),
            identity=self._client.identity,
        )
        try:
            await self._client.workflow_service.update_workflow_execution_options(request)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise VersionRefused(f"there is no open ticket {number}") from error
            raise _refused(error) from error

    async def _check(self, name: str, force: bool) -> None:
        described = await describe(self._client)
        known = {UNVERSIONED, *(names(described.worker_deployment_info) if described else ())}
        if known == {UNVERSIONED}:
            raise VersionRefused(NO_VERSIONS)
        if name not in known:
            others = ", ".join(sorted(known - {UNVERSIONED}))
            raise VersionRefused(
                f"no worker of version {name} was ever started; known versions: {others}"
            )
        if not force and not (await self._workers())[name]:
            raise VersionRefused(
                f"no worker of version {name} is running, so its tickets would stand still: "
                "start one first (or --force)"
            )


def _refused(error: RPCError) -> VersionRefused:
    return VersionRefused(f"the engine refused it: {error.message}")
