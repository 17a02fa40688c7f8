"""The store is behind the ticket's process: who is asked only since then decides all the same."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from store.engine import writing
from store.tables import snapshots
from tests.api.town import Api, problem
from tests.running import Desk

pytestmark = pytest.mark.temporal


def fall_behind(desk: Desk, number: str, **order: Any) -> None:
    """The store has the ticket as it was a version before, when its order stood otherwise."""
    with writing(desk.engine) as connection:
        mine = snapshots.c.number == number
        body = json.loads(connection.execute(select(snapshots.c.body).where(mine)).scalar_one())
        body["version"] -= 1
        body["order"].update(order)
        connection.execute(update(snapshots).where(mine).values(body=json.dumps(body)))


async def test_who_is_asked_since_the_last_record_decides(api: Api, desk: Desk) -> None:
    number = (await api.order("rosa", item="new-laptop"))["number"]
    fall_behind(desk, number, slots=[], stage=None)
    problem(await api.get("mona", f"/tickets/{number}"), 404, "ticket-not-found")
    problem(await api.step("fred", number, "approve"), 404, "ticket-not-found")
    problem(await api.step("finn", number, "approve"), 403, "not-permitted")
    await api.took("mona", number, "approve")


async def test_who_has_a_task_since_the_last_record_does_it(api: Api, desk: Desk) -> None:
    number = (await api.order("rosa", item="new-laptop"))["number"]
    await api.took("mona", number, "approve")
    await api.took("fred", number, "approve")
    fall_behind(desk, number, works=[])
    await api.took("sena", number, "complete", task="order")
