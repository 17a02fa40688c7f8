"""Twenty cases a second time, on the engine's virtual clock: the same steps, the same events."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio.client import WorkflowHandle

from desk.people import Actor, Role
from feed.log import read_log
from feed.mapping import JsonObject, Plan, plan
from feed.organisation import as_yaml, groups_of
from store.import_organisation import import_organisation
from tests.databases import migrated_file, sqlite_engine
from tests.feed.rows import EXAMPLES
from tests.running import Desk, engine_server, running_desk

__all__ = ["migrated_file", "sqlite_engine"]
pytestmark = [pytest.mark.temporal, pytest.mark.timeout(240)]

AT_A_TIME = 10
# The desk refuses a row of these, so their clocks end elsewhere.
REFUSED = {"EX-1021", "EX-1048"}
# What was done outside, which a given clock does not do.
OUTSIDE = {"handed_off", "called"}
Event = tuple[str, bool, str | None, JsonObject]


def twenty() -> list[Plan]:
    """Twenty cases of every kind, among them one that misses its targets."""
    log = read_log(EXAMPLES)
    groups = groups_of(log.rows)
    cases = [case for case in log.cases if case.id not in REFUSED]
    long = sorted(cases, key=lambda case: case.rows[0].at - case.rows[-1].at)[:5]
    others = [case for case in cases if case not in long]
    return [plan(case, groups) for case in [*long, *others[::3]][:20]]


@pytest.fixture
async def desk(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk that has the groups of the examples."""
    organisation = EXAMPLES.with_name("organisation.yaml")
    import_organisation(sqlite_engine, organisation.read_text(), organisation.name)
    groups = groups_of(read_log(EXAMPLES).rows)
    leads = {1: "lena@example.org", 2: "lena@example.org", 3: "lena@example.org"}
    import_organisation(sqlite_engine, as_yaml(groups, leads), "groups.yaml")
    async with engine_server() as client, running_desk(client, sqlite_engine, tmp_path) as desk:
        yield desk


def somebody(desk: Desk) -> Actor:
    """One person who may take every step, whatever the clock; `confirm` is the requester's."""
    roles = (Role.AGENT, Role.REQUESTER, Role.IMPORT)
    return Actor(person=desk.actor("adam").person, roles=roles)


async def opened(desk: Desk, case: Plan, at: datetime | None) -> WorkflowHandle[Any, Any]:
    """The ticket of a case: with a given clock if an instant is given."""
    facts = {name: case.opening.get(name) for name in ("summary", "description", "category")}
    levels = {name: case.opening.get(name) for name in ("impact", "urgency")}
    clock = {"clock": "given", "at": at} if at is not None else {}
    return await desk.open("adam", actor=somebody(desk), **facts, **levels, **clock)


async def lived(desk: Desk, case: Plan) -> list[Event]:
    """The case on a real clock that is moved on from row to row."""
    handle = await opened(desk, case, None)
    begun = desk.stored(handle.id)[0].opened_at
    first = case.rows[0].row.at
    for row in case.rows:
        ahead = begun + (row.row.at - first) - await desk.skipper.get_current_time(handle)
        if ahead.total_seconds() > 0:
            await desk.pass_time(handle, ahead)
        for step in row.steps:
            await take(desk, handle, step, None)
    return events(desk, handle.id)


async def given(desk: Desk, case: Plan, instants: list[datetime]) -> list[Event]:
    """The case with a given clock, each step at the instant at which it was lived."""
    handle = await opened(desk, case, instants[0])
    steps = [step for row in case.rows for step in row.steps]
    for step, at in zip(steps, instants[1:], strict=True):
        await take(desk, handle, step, at)
    return events(desk, handle.id)


async def take(
    desk: Desk, handle: WorkflowHandle[Any, Any], step: JsonObject, at: datetime | None
) -> None:
    fields = {name: value for name, value in step.items() if name not in ("step", "at")}
    envelope = {"_actor": somebody(desk), "_at": at}
    await desk.take(handle, "adam", str(step["step"]), **fields, **envelope)


def events(desk: Desk, number: str) -> list[Event]:
    """What happened, without ids, versions, and how late the engine was."""
    bodies = [json.loads(row["body"]) for row in desk.stored(number)[1]]
    found = []
    for body in bodies:
        what = {name: value for name, value in body["what"].items() if name != "late_by"}
        if what["event"] not in OUTSIDE:
            found.append((body["at"], body["internal"], body["actor"], what))
    return found


def instants_of(happened: list[Event]) -> list[datetime]:
    """When the ticket was opened, and each step was taken."""
    told = (at for at, _, _, what in happened if what["event"] in ("opened", "step"))
    return [datetime.fromisoformat(at) for at in told]


async def test_twenty_cases_have_the_same_events_on_virtual_time_and_with_a_given_clock(
    desk: Desk,
) -> None:
    turns = asyncio.Semaphore(AT_A_TIME)

    async def both(case: Plan) -> tuple[list[Event], list[Event]]:
        async with turns:
            real = await lived(desk, case)
            return real, await given(desk, case, instants_of(real))

    pairs = await asyncio.gather(*(both(case) for case in twenty()))
    kinds = {what["event"] for real, _ in pairs for _, _, _, what in real}
    assert len(pairs) == 20
    assert {"step", "routed", "wait_over", "breached", "rung_fired"} <= kinds
    for real, moved_in in pairs:
        assert moved_in == real
