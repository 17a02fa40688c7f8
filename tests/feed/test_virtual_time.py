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
REFUSED = {"EX-1046", "EX-1048", "EX-1022"}
# What was done outside, which a given clock does not do.
OUTSIDE = {"handed_off", "called"}
Event = tuple[str, bool, str | None, JsonObject]


def twenty() -> list[Plan]:
    """Twenty cases of every kind, among them one that misses its targets."""
    log = read_log(EXAMPLES)
    groups = groups_of(log.rows)
    cases = [case for case in log.cases if case.id not in REFUSED]
    missed = [case for case in cases if case.rows[-1].at - case.rows[0].at > _LONG]
    return [plan(case, groups) for case in [*missed[:4], *cases[::2]][:20]]


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
