"""Whether the engine answers and a worker lives, asked before anything is sent."""

import asyncio
import time

from temporalio.client import Client
from temporalio.service import RPCError

from api.errors import unavailable
from audit.pollers import QUICK, living

KNOWN_FOR = 2.0
"""Seconds for which a worker that was seen is taken to be living."""
ANSWERED_FOR = 10.0
"""Seconds for which one that did something is, unless something then gets no answer."""
UNREACHABLE = (RPCError, RuntimeError)
"""The second is what the client raises when it cannot connect for the first time."""


class Workers:
    """The workers of the desk's task queue, as the engine has heard of them."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = task_queue
        self._looking = asyncio.Lock()
        self._seen_until = 0.0

    async def look(self) -> None:
        """Go on if a worker lives, or did a moment ago.

        Raises:
            Problem: 503, when there is none.
        """
        if time.monotonic() < self._seen_until:
            return
        async with self._looking:
            if time.monotonic() < self._seen_until:
                return
            if not await self.living():
                raise unavailable("no worker is running: nothing was sent")
            self._seen_until = time.monotonic() + KNOWN_FOR

    def answered(self) -> None:
        """A worker has just done something: it lives, however late its heartbeats are."""
        self._seen_until = time.monotonic() + ANSWERED_FOR

    def forget(self) -> None:
        """Look again the next time: something did not answer."""
        self._seen_until = 0.0

    async def engine_answers(self) -> bool:
        """Whether the engine answers within a second."""
        try:
            return await self._client.service_client.check_health(timeout=QUICK)
        except UNREACHABLE:
            return False

    async def living(self) -> bool:
        """Whether a worker was heard of lately, of whatever version."""
        try:
            return bool(await living(self._client, self._queue))
        except UNREACHABLE:
            return False
