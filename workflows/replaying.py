"""A replay that an auditor asked for: durable, so that it goes on wherever it was interrupted."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.shapes import LIST_REPLAY, REPLAY_SOME
from activities.shapes import ReplayOf as ReplayOf

FOR_EVER = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
UNHEARD = timedelta(seconds=20)
"""After so long without a sign of life another worker goes on."""


@workflow.defn(name="replays")
class Replays:
    """Replays tickets part by part until each has its verdict."""

    @workflow.run
    async def run(self, of: ReplayOf) -> None:
        """List the tickets, then replay them."""
        left = await self._do(LIST_REPLAY, of)
        while left:
            left = await self._do(REPLAY_SOME, of)

    async def _do(self, name: str, of: ReplayOf) -> int:
        left: int = await workflow.execute_activity(
            name,
            of,
            result_type=int,
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=UNHEARD,
            retry_policy=FOR_EVER,
        )
        return left
