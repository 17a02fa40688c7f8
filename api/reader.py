"""Reads of the store that a step cannot wait for long: they give up, and the step goes on."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from store.reads import AWAY, Engine

T = TypeVar("T")
PATIENCE = 1.0
REST = 2.0
"""Seconds for which a database that did not answer is left alone."""
THREADS = 8


class Away(Exception):
    """The database did not answer in time."""


class Reader:
    """Reads from coroutines; of a database that is away it says so at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
        self._rests_until = 0.0

    async def read(self, query: Callable[[Engine], T]) -> T:
        """The answer of the query, which runs in a thread.

        Raises:
            Away: the database is down, or slower than a caller can wait.
        """
        if time.monotonic() < self._rests_until:
            raise Away
        asked = asyncio.get_running_loop().run_in_executor(self._threads, query, self._engine)
        try:
            return await asyncio.wait_for(asked, PATIENCE)
        except (*AWAY, TimeoutError) as away:
            self._rests_until = time.monotonic() + REST
            raise Away from away

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
