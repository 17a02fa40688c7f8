"""An organisation file: all of it or nothing, with every error at once."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from desk.errors import PolicyError
from store.engine import reading
from store.import_organisation import import_organisation
from store.located import LONGEST
from store.organisation import Organisation, load

DEMONSTRATION = Path(__file__).parents[2] / "examples" / "organisation.yaml"
SMALL = """\
customers:
  - {id: northwind, name: Northwind}
people:
  - {email: boss@example.org, name: Boss, customer: northwind, roles: [manager]}
  - email: Ann@Example.org
    name: Ann
    customer: northwind
    roles: [agent, lead]
    manager: boss@example.org
    language: de
    zone: Europe/Berlin
groups:
  - {id: desk, name: Desk, line: 1, lead: ann@example.org, members: [ann@example.org]}
"""


def imported(engine: Engine, text: str) -> Organisation:
    import_organisation(engine, text, "org.yaml")
    return now_in(engine)


def now_in(engine: Engine) -> Organisation:
    with reading(engine) as connection:
        return load(connection)


def refused(engine: Engine, text: str) -> list[str]:
    """Each line of the refusal; nothing was changed."""
    before = now_in(engine)
    with pytest.raises(PolicyError) as error:
        import_organisation(engine, text, "org.yaml")
    assert now_in(engine) == before
    return str(error.value).splitlines()


def test_the_demonstration_organisation_loads_and_a_second_time_changes_nothing(
    engine: Engine,
) -> None:
    text = DEMONSTRATION.read_text(encoding="utf-8")
    first = import_organisation(engine, text, DEMONSTRATION.name)
    assert first.changed
    assert "people: 13 added, 0 changed, 0 as before" in str(first)
    before = now_in(engine)
    second = import_organisation(engine, text, DEMONSTRATION.name)
    assert not second.changed
    assert str(second).startswith("nothing changed")
    assert now_in(engine) == before


def test_people_keep_their_ids_whatever_changes_about_them(engine: Engine) -> None:
    before = imported(engine, SMALL)
    after = imported(engine, SMALL.replace("name: Ann", "name: Anna").replace("Ann@", "ANN@"))
    old, new = (o.person_by_email("ann@example.org") for o in (before, after))
    assert old is not None
    assert new is not None
    assert (new.id, new.name) == (old.id, "Anna")
    assert after.revision == before.revision + 1


def test_nobody_is_deleted_and_whom_the_file_deactivates_stays(engine: Engine) -> None:
    imported(engine, SMALL)
    extra = "people:\n  - {email: new@example.org, name: New, customer: northwind, active: false}\n"
    after = imported(engine, extra)
    assert len(after.people) == 3
    new = after.person_by_email("new@example.org")
    assert new is not None
    assert not new.active
    assert len(after.members("desk")) == 1


def test_whoever_is_left_out_of_a_group_is_no_member_any_more(engine: Engine) -> None:
    two = "members: [ann@example.org, boss@example.org]"
    imported(engine, SMALL.replace("members: [ann@example.org]", two))
    report = import_organisation(engine, SMALL, "org.yaml")
    assert report.memberships == 1
    assert [person.name for person in now_in(engine).members("desk")] == ["Ann"]


def test_values_are_as_written_and_not_as_yaml_guesses(engine: Engine) -> None:
    text = SMALL.replace("name: Boss", "name: Off").replace("name: Desk", 'name: "17"')
    after = imported(engine, text)
    boss, desk = after.person_by_email("boss@example.org"), after.group("desk")
    assert boss is not None
    assert desk is not None
    assert (boss.name, desk.name) == ("Off", "17")


def test_every_error_is_told_at_once_with_its_line(engine: Engine) -> None:
    text = """\
calendars:
  - {id: c, zone: Europe/Berln, shifts: [{day: mon, start: 09:00, end: 10:00}]}
people:
  - email: not-an-address
    nme: A
    customer: x
    roles: [boss]
    language: no
    zone: Mars/Base
    active: yes
  - hello
groups:
  - {id: G 1, name: G, line: 4, lead: a@example.org, members: []}
rooms: []
"""
    lines = refused(engine, text)
    expected = [
        ("2", "did you mean 'Europe/Berlin'?"),
        ("4", "lacks `name`"),
        ("4", "write it like rosa@example.org"),
        ("5", "check its spelling"),
        ("7", "'boss' is not among"),
        ("8", "the desk writes in de and en"),
        ("9", "there is no time zone 'Mars/Base'"),
        ("10", "write true or false"),
        ("11", "has to be an entry with keys"),
        ("13", "use lower-case letters"),
        ("13", "4 is not among 1, 2 or 3"),
        ("13", "at least one is needed"),
        ("14", "check its spelling"),
    ]
    assert len(lines) == len(expected)
    for number, message in expected:
        assert any(f"org.yaml:{number}: " in line and message in line for line in lines), message


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("manager: boss@", "manager: nobody@", 9, "no person 'nobody@example.org'"),
        ("customer: northwind, roles", "customer: nowhere, roles", 4, "no customer 'nowhere'"),
        ("line: 1", "line: 1, calendar: nights", 13, "no calendar 'nights'"),
        ("[ann@example.org]", "[boss@example.org]", 13, "add them to members"),
        ("line: 1", "line: 1, duty: boss@example.org", 13, "duty: boss@example.org is no member"),
        ("roles: [manager]", "manager: ann@example.org", 4, "a circle, boss@example.org > ann@"),
        ("boss@example.org, name", "ANN@example.org, name", 5, "in line 4 already"),
        ("    zone: Europe/Berlin", "    active: false", 13, "is deactivated: name somebody else"),
        ("    language: de", "    language: de\n    language: en", 11, "is there twice"),
    ],
)
def test_what_cannot_be_together_is_refused(
    engine: Engine, before: str, after: str, line: int, message: str
) -> None:
    assert before in SMALL
    lines = refused(engine, SMALL.replace(before, after, 1))
    assert any(f"org.yaml:{line}: " in found and message in found for found in lines), lines


def test_a_circle_with_people_who_are_there_already_is_found(engine: Engine) -> None:
    imported(engine, SMALL)
    text = (
        "people: [{email: boss@example.org, name: B, customer: northwind,"
        " manager: ann@example.org}]"
    )
    assert "a circle" in refused(engine, text)[0]


def test_the_last_lead_of_a_group_cannot_be_deactivated(engine: Engine) -> None:
    imported(engine, SMALL)
    text = "people: [{email: ann@example.org, name: A, customer: northwind, active: false}]"
    assert "groups desk lead: ann@example.org is deactivated" in refused(engine, text)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "org.yaml:1: an organisation has sections"),
        ("[1, 2]", "an organisation has sections"),
        ("people:\n\t- x", "org.yaml:2: cannot be read: a tab, indent with spaces"),
        ("people: [1,\n", "cannot be read"),
        ("a: &a [1]\nb: *a", "org.yaml:2: *a repeats another part"),
        ("people: !!python/name:os.system x", "take out what begins with !"),
        ("people: []\n---\npeople: []", "a second document"),
        ("[" * 2_000, "nested too deeply"),
        ("people: \x01", "a character that does not belong"),
        ("? [a]\n: b", "a key has to be a single word"),
        ("x" * (LONGEST + 1), "5,000,000 characters"),
        ("people: rosa", "has to be a list"),
        ("people: 7", "has to be a list"),
    ],
)
def test_a_file_that_is_no_organisation_is_refused(
    sqlite_engine: Engine, text: str, message: str
) -> None:
    assert any(message in line for line in refused(sqlite_engine, text))


def test_a_laughing_file_is_refused_before_it_grows(sqlite_engine: Engine) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    lines = refused(sqlite_engine, "\n".join(rows))
    assert len(lines) == 11
    assert all("write it out" in line for line in lines)
