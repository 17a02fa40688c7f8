"""The desk's versions as one deployment of the engine, and the first, which promotes itself."""

import asyncio

import structlog
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.hosting import DEPLOYMENT

AGAIN_SECONDS = 0.5

log = structlog.get_logger(__name__)


def names(info: WorkerDeploymentInfo) -> list[str]:
    """The versions that the engine knows."""
    return [summary.deployment_version.build_id for summary in info.version_summaries]


async def describe(client: Client) -> DescribeWorkerDeploymentResponse | None:
    """What the engine knows of the desk's versions; None before the first worker with one."""
    request = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=DEPLOYMENT
    )
    try:
        return await client.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def promote_first(client: Client, name: str) -> None:
    """Promote this version if none ever was: until then no ticket would run.

    Every later version waits for somebody to promote it.
    """
    while True:
        try:
            if await _has_current(client, name):
                return
        except RPCError as error:
            log.warning("version_not_promoted", version=name, error=error.status.name)
        await asyncio.sleep(AGAIN_SECONDS)


async def _has_current(client: Client, name: str) -> bool:
    """Whether a version is current or was; if not, and the engine knows this one, it is now."""
    described = await describe(client)
    if described is None:
        return False
    info = described.worker_deployment_info
    if info.routing_config.HasField("current_version_changed_time"):
        return True
    if name not in names(info):
        return False
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=DEPLOYMENT,
        build_id=name,
        identity=client.identity,
        # Of two versions that are started at once on a new desk, one is the first.
        conflict_token=described.conflict_token,
    )
    await client.workflow_service.set_worker_deployment_current_version(request)
    log.info("version_promoted", version=name)
    return True
