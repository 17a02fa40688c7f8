"""What the desk is measured against: a workflow whose one update appends to a list.

Two more updates do what any step of a desk on this engine has to: keep a row, and tell somebody.
"""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow

QUEUE = "bare"
KEEP, TELL = "keep", "tell"
LIMIT = timedelta(seconds=10)


@workflow.defn(name="bare")
class Bare:
    """As long-lived as a ticket, and as idle."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @workflow.run
    async def run(self) -> None:
        """Live until somebody ends it."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def add(self, text: str) -> int:
        """Append to the list."""
        self.texts.append(text)
        return len(self.texts)

    @workflow.update
    async def keep(self, text: str) -> int:
        """Append to the list, and keep it in a database by a local activity."""
        return await self._kept(text)

    @workflow.update
    async def tell(self, text: str) -> int:
        """The same, and have an activity do nothing, which the caller does not wait for."""
        workflow.start_activity(TELL, start_to_close_timeout=LIMIT)
        return await self._kept(text)

    async def _kept(self, text: str) -> int:
        self.texts.append(text)
        await workflow.execute_local_activity(KEEP, text, start_to_close_timeout=LIMIT)
        return len(self.texts)


class Rows:
    """The local activity: one row, one transaction, as durable as the desk's."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._turn = threading.Lock()
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE IF NOT EXISTS kept (text TEXT)",
        ):
            self._connection.execute(statement)

    @activity.defn(name=KEEP)
    def keep(self, text: str) -> None:
        """Keep one row."""
        with self._turn:
            self._connection.execute("INSERT INTO kept VALUES (?)", (text,))


@activity.defn(name=TELL)
async def tell() -> None:
    """Tell nobody."""
