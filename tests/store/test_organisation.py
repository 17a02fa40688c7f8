"""The organisation in memory: what it answers, and how it keeps up with the database."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError

from desk.people import Actor, Role
from store.engine import make_engine, reading, writing
from store.import_organisation import import_organisation
from store.organisation import Directory, Organisation, Person, load
from store.tables import people
from store.tokens import organisation_changed, revoke
from tests.builders import NOW
from tests.patience import until
from tests.store.filling import counted

DEMONSTRATION = Path(__file__).parents[2] / "examples" / "organisation.yaml"


@pytest.fixture
def loaded(engine: Engine) -> Engine:
    """A database with the demonstration organisation."""
    import_organisation(engine, DEMONSTRATION.read_text(encoding="utf-8"), DEMONSTRATION.name)
    return engine


def now_in(engine: Engine) -> Organisation:
    with reading(engine) as connection:
        return load(connection)


def by_name(organisation: Organisation, name: str) -> Person:
    found = organisation.person_by_email(f"{name}@example.org")
    assert found is not None
    return found


def test_the_demonstration_organisation_has_everybody_who_is_needed(loaded: Engine) -> None:
    organisation = now_in(loaded)
    roles = {
        "rosa": Role.REQUESTER,
        "omar": Role.REQUESTER,
        "finn": Role.AGENT,
        "sena": Role.AGENT,
        "theo": Role.AGENT,
        "lena": Role.LEAD,
        "max": Role.MANAGER,
        "pia": Role.PROCESS_OWNER,
        "aude": Role.AUDITOR,
        "adam": Role.IMPORT,
    }
    for name, role in roles.items():
        assert organisation.actor(by_name(organisation, name).id).has(role), name
    assert by_name(organisation, "adam").roles == (Role.ADMIN, Role.IMPORT)
    assert by_name(organisation, "rosa").customer != by_name(organisation, "omar").customer
    manager = organisation.manager_of(by_name(organisation, "lena").id)
    assert manager == by_name(organisation, "max")


def test_each_group_of_the_demonstration_is_on_its_line_with_somebody_on_duty(
    loaded: Engine,
) -> None:
    organisation = now_in(loaded)
    whose = {1: "finn", 2: "sena", 3: "theo"}
    for group in organisation.groups:
        name = {"finance": "frida", "complaints": "pia"}.get(group.id, whose[group.line])
        person = by_name(organisation, name)
        assert person in organisation.members(group.id)
        assert group.id in organisation.groups_of(person.id)
        assert group.line == 1 or group.duty == person.id
    assert {group.line for group in organisation.groups} == {1, 2, 3}


def test_a_person_is_found_by_address_in_any_case_and_by_id(loaded: Engine) -> None:
    organisation = now_in(loaded)
    rosa = organisation.person_by_email(" Rosa@Example.ORG ")
    assert rosa is not None
    assert rosa.id.startswith("p-")
    assert len(rosa.id) == 18
    assert "rosa" not in rosa.id
    assert organisation.person(rosa.id) == rosa


def test_whom_nobody_knows_is_not_found(loaded: Engine) -> None:
    organisation = now_in(loaded)
    assert organisation.person("p-x") is None
    assert organisation.person_by_email("x@example.org") is None
    assert organisation.manager_of("p-x") is None
    assert organisation.group("x") is None
    assert organisation.customer("x") is None
    assert organisation.service("x") is None
    assert organisation.calendar("x") is None
    assert organisation.members("x") == ()
    assert organisation.groups_of("p-x") == ()
    assert organisation.actor("p-x") == Actor(person="p-x")


def test_calendars_of_customers_and_services_are_there(loaded: Engine) -> None:
    organisation = now_in(loaded)
    customer = organisation.customer("harbour")
    service = organisation.service("freight-tracking")
    assert customer is not None
    assert service is not None
    assert customer.calendar == service.calendar == "new-york-office"
    calendar = organisation.calendar("new-york-office")
    assert calendar is not None
    assert calendar.zone == "America/New_York"
    assert len(calendar.holidays) == 5


def test_a_deactivated_person_has_no_role_and_is_in_no_group(loaded: Engine) -> None:
    finn = by_name(now_in(loaded), "finn")
    with writing(loaded) as connection:
        connection.execute(update(people).where(people.c.id == finn.id).values(active=False))
    organisation = now_in(loaded)
    assert organisation.actor(finn.id) == Actor(person=finn.id)
    assert finn.id not in {person.id for person in organisation.members("service-desk")}
    assert organisation.person(finn.id) is not None


def test_a_revoked_token_is_known_until_it_would_have_expired(loaded: Engine) -> None:
    with writing(loaded) as connection:
        assert revoke(connection, "t1", expires_at=NOW + timedelta(hours=1), now=NOW)
        assert not revoke(connection, "t1", expires_at=NOW + timedelta(hours=1), now=NOW)
    assert now_in(loaded).is_revoked("t1")
    assert not now_in(loaded).is_revoked("t2")
    later = NOW + timedelta(hours=2)
    with writing(loaded) as connection:
        assert revoke(connection, "t2", expires_at=later, now=later)
    assert now_in(loaded).revoked == {"t2"}


def test_a_directory_reads_again_only_what_has_changed(loaded: Engine) -> None:
    directory = Directory(loaded)
    assert directory.current.people == {}
    before = directory.refresh()
    with reading(loaded) as connection, counted(connection) as statements:
        load(connection)
    assert len(statements) <= 11
    assert directory.refresh() is before
    with writing(loaded) as connection:
        organisation_changed(connection)
    assert directory.refresh() is not before


def test_a_directory_keeps_up_by_itself(loaded: Engine) -> None:
    directory = Directory(loaded)
    directory.start()
    try:
        assert len(directory.current.people) == 13
        with writing(loaded) as connection:
            revoke(connection, "t1", expires_at=NOW + timedelta(days=999), now=NOW)
        until(lambda: directory.current.is_revoked("t1"))
    finally:
        directory.stop()


def test_a_directory_is_served_stale_while_the_database_is_away(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    import_organisation(sqlite_engine, DEMONSTRATION.read_text(encoding="utf-8"), "demo")
    directory = Directory(sqlite_engine)
    known = directory.refresh()
    sqlite_engine.dispose()
    file = tmp_path / "firstline.sqlite"
    file.rename(tmp_path / "away")
    file.mkdir()
    with pytest.raises(OperationalError):
        directory.refresh()
    directory.start()
    directory.stop()
    assert directory.current is known


def test_a_directory_starts_without_a_database(tmp_path: Path) -> None:
    directory = Directory(make_engine(f"sqlite:///{tmp_path}/no/folder/x.sqlite"))
    directory.start()
    directory.stop()
    assert directory.current == Organisation()
