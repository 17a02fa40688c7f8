"""Coroutines beside a workflow's main one, none of which may die unseen."""

import asyncio
from collections.abc import Coroutine

from temporalio.exceptions import ApplicationError


class Background:
    """Runs coroutines, and keeps the first fault of any for the main coroutine to raise."""

    def __init__(self) -> None:
        self.fault: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def failed(self) -> bool:
        """Whether anything went wrong."""
        return self.fault is not None

    def run(self, coroutine: Coroutine[None, None, None]) -> None:
        """Start a coroutine."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def raise_fault(self) -> None:
        """Raise what went wrong, if anything did.

        Raises:
            ApplicationError: the ticket may not be, which ends it.
            RuntimeError: any other class than a FailureError makes the engine try the workflow
                task again until the code is mended, where a failure would end the ticket.
        """
        if isinstance(self.fault, ApplicationError):
            raise self.fault
        if self.fault is not None:
            raise RuntimeError("a background part of this ticket failed") from self.fault

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.fault = task.exception()
