"""Contracts that end soon: those who can renew one hear of it once, and of a new date once more."""

import asyncio
import hashlib
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from activities.expiry import people_concerned
from activities.wording import day, languages
from store.import_organisation import import_organisation
from tests.patience import eventually
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


async def told(desk: Desk, until: str, contract: str = "meridian/routers") -> int:
    name = f"contract/{contract}/{until}"
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
    said = {day(one.words, date.fromisoformat(until)) for one in languages().values()}
    assert all("Meridian Networks" in mail for mail in letters)
    assert all(any(words in mail for words in said) for mail in letters)
    assert all("routers" in mail for mail in letters)


async def test_two_contracts_whose_ids_run_together_alike_are_told_of_both(
    desk: Desk, sqlite_engine: Engine
) -> None:
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    entries = "".join(
        f"  - {{id: {vendor}, name: {name}, email: help@acme.example, contracts: [{{id: '{id}', "
        f"until: {until}, calendar: new-york-office, targets: {{default: PT8H}}}}]}}\n"
        for vendor, id, name in (("acme", "net-1", "Acme One"), ("acme-net", "1", "Acme Net"))
    )
    text = ORGANISATION.replace("\nvendors:\n", f"\nvendors:\n{entries}")
    assert text != ORGANISATION
    import_organisation(sqlite_engine, text, "organisation.yaml")
    desk.directory.refresh()
    assert await looked(desk, "both") == 2
    for vendor, id in (("acme", "net-1"), ("acme-net", "1")):
        assert await told(desk, until, f"{vendor}/{id}") == 2
    letters = list(mails(desk.home))
    assert len(letters) == 4
    assert sum("Acme One" in letter for letter in letters) == 2


async def test_with_nobody_to_tell_it_is_looked_again_the_next_day(
    desk: Desk, sqlite_engine: Engine
) -> None:
    until = (datetime.now(UTC) + timedelta(days=31)).date().isoformat()
    soon = ORGANISATION.replace(USUAL, f"until: {until}")
    nobody = soon.replace("[manager]", "[auditor]").replace("[process_owner]", "[auditor]")
    import_organisation(sqlite_engine, nobody, "organisation.yaml")
    desk.directory.refresh()
    assert await looked(desk, "nobody") == 0
    import_organisation(sqlite_engine, soon, "organisation.yaml")
    desk.directory.refresh()
    assert await looked(desk, "somebody") == 1
    assert await told(desk, until) == 2


async def test_a_mail_that_does_not_go_out_keeps_nobody_else_from_theirs(
    desk: Desk, sqlite_engine: Engine
) -> None:
    until = ends_in(desk, sqlite_engine, 32)
    stuck, other = people_concerned(desk.directory.current)
    about = f"contract/meridian/routers/{until}/{stuck}"
    name = f"contract_meridian_routers.{hashlib.sha256(about.encode()).hexdigest()[:24]}.eml"
    in_the_way = desk.home / "mail" / name
    (in_the_way / "taken").mkdir(parents=True)
    address = desk.directory.current.people[other].email
    assert await looked(desk, "stuck") == 1

    async def told_the_other() -> bool:
        return [path.is_file() for path in (desk.home / "mail").glob("*.eml")].count(True) == 1

    await eventually(told_the_other)
    (in_the_way / "taken").rmdir()
    in_the_way.rmdir()
    assert await told(desk, until) == 2
    assert sum(f"To: {address}" in letter for letter in mails(desk.home)) == 1
    assert len(list(mails(desk.home))) == 2


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
