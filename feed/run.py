"""Feeds the cases of a log: many at once, each strictly in order, from wherever it was left."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from feed.log import Case, Log
from feed.mapping import Plan, RowSteps, plan
from feed.measuring import measure
from feed.organisation import Groups
from feed.progress import Beginning, CaseProgress, Journal, ProgressError, Refusal
from feed.sending import Answer, DeskAway, JsonObject, NotAdmitted, Sender, Stopped

PAGE = 500
GROUPS_KNOWN_WITHIN = 30.0
LOOK_AGAIN = 0.25


class WrongDesk(Exception):
    """The journal tells of tickets that this desk does not have."""


ENDS = (DeskAway, NotAdmitted, ProgressError, WrongDesk)


@dataclass(frozen=True)
class Ran:
    """What one run did: how many answers it got in how many seconds, and whether it came to an end.

    Refusals and figures are in the journal, which holds those of earlier runs too.
    """

    sent: int
    seconds: float
    finished: bool


class Feed:
    """One log on its way into one desk."""

    def __init__(self, log: Log, groups: Groups, journal: Journal, sender: Sender) -> None:
        self._log = log
        self._groups = groups
        self._journal = journal
        self._sender = sender
        self._categories: tuple[str, ...] = ()

    def rows_done(self) -> tuple[int, int]:
        """How many rows are done already, and how many there are."""
        done = [(len(c.rows), self._journal.of(c.id)) for c in self._log.cases]
        rows = sum(rows if progress.done else progress.rows for rows, progress in done)
        return rows, sum(rows for rows, _ in done)

    async def run(
        self, began: Beginning, jobs: int, stop: asyncio.Event, tick: Callable[[int], object]
    ) -> Ran:
        """Feed all that is left; `tick` is told how many rows are done more.

        Raises:
            DeskAway, NotAdmitted, ProgressError, WrongDesk: what was done is in the journal.
        """
        started = time.monotonic()
        try:
            await self._begin(began)
            await self._all(jobs, stop, tick)
        except Stopped:
            stop.set()
        finished = all(self._journal.of(case.id).done for case in self._log.cases)
        return Ran(self._sender.sent, time.monotonic() - started, finished)

    async def _all(self, jobs: int, stop: asyncio.Event, tick: Callable[[int], object]) -> None:
        todo = (case for case in self._log.cases if not self._journal.of(case.id).done)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(jobs):
                    group.create_task(self._work(todo, stop, tick))
        except BaseExceptionGroup as failed:
            expected, others = failed.split(ENDS)
            if expected is None or others is not None:
                raise
            raise expected.exceptions[0] from None

    async def _begin(self, began: Beginning) -> None:
        """With the categories that the rules knew when the log was fed first."""
        known = await categories_of(self._sender)
        began = began.model_copy(update={"categories": known})
        self._categories = self._journal.begin(began).categories
        await groups_known(self._sender, self._groups)
        await self._same_desk()

    async def _same_desk(self) -> None:
        known = (self._journal.of(case.id).number for case in self._log.cases)
        number = next(filter(None, known), None)
        if number is None:
            return
        answer = await self._sender.get(f"/tickets/{number}")
        if not answer.ok:
            raise WrongDesk(
                f"{self._journal.path} tells of ticket {number}, and this desk does not have it: "
                "remove that file to feed the log into this desk from its beginning"
            )

    async def _work(
        self, todo: Iterator[Case], stop: asyncio.Event, tick: Callable[[int], object]
    ) -> None:
        for case in todo:
            if stop.is_set():
                return
            try:
                await self._feed(plan(case, self._groups, self._categories), stop, tick)
            except Stopped:
                return

    async def _feed(self, case: Plan, stop: asyncio.Event, tick: Callable[[int], object]) -> None:
        progress = self._journal.of(case.case)
        if progress.number is None:
            answer = await self._post("/incidents", case.opening, f"{case.case}\nopening", 0)
            if not answer.ok:
                self._journal.give_up(case.case, _refusal(0, "open", answer, "none"))
                tick(len(case.rows))
                return
            self._journal.opened(case.case, answer.text("number"))
        for row in range(progress.rows, len(case.rows)):
            if stop.is_set():
                raise Stopped
            await self._row(case, row, progress)
            tick(1)
        self._journal.measured(case.case, measure(await self._timeline(str(progress.number))))

    async def _row(self, case: Plan, number: int, progress: CaseProgress) -> None:
        """The steps of one row; after one that is refused the rest of the row makes no sense."""
        row: RowSteps = case.rows[number]
        path = f"/tickets/{progress.number}/steps"
        for part in range(progress.parts, len(row.steps)):
            step = row.steps[part]
            key = f"{case.case}\n{number}.{part}"
            answer = await self._post(path, step, key, row.row.number)
            if not answer.ok:
                status = await self._status(str(progress.number))
                refusal = _refusal(row.row.number, str(step["step"]), answer, status)
                self._journal.at(case.case, number + 1, refused=refusal)
                return
            if part + 1 < len(row.steps):
                self._journal.at(case.case, number, part + 1)
        self._journal.at(case.case, number + 1)

    async def _post(self, path: str, body: JsonObject, what: str, line: int) -> Answer:
        """Under a key that follows from file, case and place; traced to the file and its line."""
        digest = self._log.digest
        key = hashlib.sha256(f"{digest}\n{what}".encode()).hexdigest()[:40]
        return await self._sender.post(path, body, f"feed-{key}", f"feed-{digest[:12]}-{line}")

    async def _status(self, number: str) -> str:
        answer = await self._sender.get(f"/tickets/{number}")
        return answer.text("status") or "unknown"

    async def _timeline(self, number: str) -> list[JsonObject]:
        items: list[JsonObject] = []
        query = {"limit": str(PAGE)}
        while True:
            answer = await self._sender.get(f"/tickets/{number}/timeline", **query)
            if not answer.ok:
                raise WrongDesk(f"the timeline of {number} cannot be read: {answer.problem}")
            items += cast("list[JsonObject]", answer.body.get("items", []))
            if not answer.body.get("next"):
                return items
            query["after"] = answer.text("next")


def _refusal(line: int, step: str, answer: Answer, status: str) -> Refusal:
    return Refusal(row=line, problem=answer.problem, step=step, status=status)


async def groups_known(sender: Sender, groups: Groups) -> None:
    """Wait until the desk knows the groups that were just imported: it looks every two seconds.

    Raises:
        WrongDesk: it does not, so it works on another database.
    """
    newest = max(group.id for group in groups.values())
    until = time.monotonic() + GROUPS_KNOWN_WITHIN
    while not (await sender.get("/tickets", group=newest, limit="1")).ok:
        if time.monotonic() > until:
            raise WrongDesk(
                f"the desk does not know the group {newest} that was imported: set "
                "FIRSTLINE_DATABASE_URL and FIRSTLINE_HOME to what the desk itself has"
            )
        await asyncio.sleep(LOOK_AGAIN)


async def categories_of(sender: Sender) -> tuple[str, ...]:
    """The categories that the rules in force know.

    Raises:
        WrongDesk: whoever answers there is no desk.
    """
    answer = await sender.get("/policy")
    routing = answer.body.get("routing")
    if not answer.ok or not isinstance(routing, dict):
        raise WrongDesk(f"the rules of the desk cannot be read: {answer.problem}")
    return tuple(sorted(routing["categories"]))
