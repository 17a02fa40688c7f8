"""Real-life cases, moved in from a log: each is archived, replayed identical, and reconciled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from audit.chain import walk
from audit.evidence import Evidence, Sources, fetch
from audit.reconcile import differences
from audit.replay import replayed
from audit.targets import Bodies
from desk.ticket import Status
from feed.mapping import Plan
from store.archive import archived_numbers, links
from store.engine import reading
from store.standing import stored_ticket
from tests.audit.test_replay import check_every_instant
from tests.feed.test_virtual_time import desk, opened, take, twenty
from tests.patience import eventually
from tests.running import Desk

__all__ = ["desk"]
pytestmark = [pytest.mark.temporal, pytest.mark.timeout(240)]


async def moved_in(desk: Desk, case: Plan) -> str:
    """A case as `firstline feed` moves it in; what the process refuses stays out."""
    handle = await opened(desk, case, case.rows[0].row.at)
    for row in case.rows:
        for step in row.steps:
            with suppress(WorkflowUpdateFailedError):
                await take(desk, handle, step, row.row.at)
    return handle.id


async def test_each_case_is_archived_replayed_and_reconciled(desk: Desk) -> None:
    numbers = await asyncio.gather(*(moved_in(desk, case) for case in twenty()))
    await _check(desk, numbers)
    closed = [n for n in numbers if desk.stored(n)[0].status is Status.CLOSED]
    assert len(closed) > 10
    for number in closed:
        await desk.pass_time(desk.client.get_workflow_handle(number), timedelta(days=2))

    async def archived() -> bool:
        with reading(desk.engine) as connection:
            return set(archived_numbers(connection)) == set(closed)

    await eventually(archived, seconds=60)
    walk(link.entry for link in links(desk.engine))
    await _check(desk, numbers)
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    for number in closed[:3]:
        assert sources.archived(number) == (await fetch(desk.client, number)).histories
    assert {number async for number in sources.numbers()} == set(numbers)


async def _check(desk: Desk, numbers: list[str]) -> None:
    """Replay and reconcile every ticket."""

    async def evidences() -> AsyncIterator[Evidence]:
        for number in numbers:
            yield await fetch(desk.client, number)

    seen = 0
    async for lived in replayed(evidences()):
        with reading(desk.engine) as connection:
            stored = stored_ticket(connection, lived.number)
        assert (lived.number, lived.wrong, differences(lived, stored)) == (lived.number, [], [])
        check_every_instant(lived)
        seen += 1
    assert seen == len(numbers)
