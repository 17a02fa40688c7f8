"""Contracts that end soon: those who can renew one hear of it once, and of a new date once more."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from store.import_organisation import import_organisation
from tests.running import Desk, mails
from tests.workflows.conftest import ORGANISATION
from workflows.expiring import ContractWatch

USUAL = "until: 2029-12-31"


def ends_in(desk: Desk, engine: Engine, days: int) -> str:
    """Let the contract with meridian end in so many days; its date."""
    until = (datetime.now(UTC) + timedelta(days=days)).date()
    import_organisation(engine, ORGANISATION.replace(USUAL, f"until: {until}"), "organisation.yaml")
    desk.directory.refresh()
    return until.isoformat()


async def looked(desk: Desk, name: str) -> int:
    """One look, as the schedule starts it; how many contracts it found that nobody knew of."""
    handle = await desk.client.start_workflow(
        ContractWatch.run, id=f"watch-{desk.queue}-{name}", task_queue=desk.queue
    )
    return await handle.result()


async def told(desk: Desk, until: str) -> int:
    name = f"contract-meridian-routers-{until}"
    handle = desk.client.get_workflow_handle(name, result_type=int)
    people: int = await handle.result()
    return people


async def test_a_contract_is_told_once_to_managers_and_process_owners(
    desk: Desk, sqlite_engine: Engine
) -> None:
    assert await looked(desk, "none") == 0
    until = ends_in(desk, sqlite_engine, 59)
    found = await asyncio.gather(looked(desk, "a"), looked(desk, "b"))
    assert sum(found) == 1
    assert await looked(desk, "c") == 0
    assert await told(desk, until) == 2
    letters = sorted(mails(desk.home))
    assert len(letters) == 2
    assert {word for mail in letters for word in ("max@", "pia@") if word in mail} == {
        "max@", "pia@",
    }  # fmt: skip
    assert all("Meridian Networks" in mail and until in mail for mail in letters)
    assert all("routers" in mail for mail in letters)


async def test_another_date_is_told_anew_and_what_ends_later_or_has_ended_is_not(
    desk: Desk, sqlite_engine: Engine
) -> None:
    for days in (62, -2):
        ends_in(desk, sqlite_engine, days)
        assert await looked(desk, f"not-{days}") == 0
    until = ends_in(desk, sqlite_engine, 30)
    assert await looked(desk, "soon") == 1
    assert await told(desk, until) == 2
    assert len(list(mails(desk.home))) == 2
