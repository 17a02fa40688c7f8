"""Absences: kept one a person, known to every snapshot, and passed on by those who are away too."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError

from store.absences import Absence, PastAbsence, end_absence, past_absences_of, put_absence
from store.engine import reading, writing
from store.import_organisation import import_organisation
from store.organisation import Directory, Organisation, Person, load, revision
from store.tables import people
from tests.builders import NOW

DEMONSTRATION = Path(__file__).parents[2] / "examples" / "organisation.yaml"
DAY = timedelta(days=1)


class Town:
    """The demonstration organisation, whose people go away."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        import_organisation(engine, DEMONSTRATION.read_text("utf-8"), DEMONSTRATION.name)

    awaited: tuple[str, ...] = ()
    """Whom an order asks."""

    @property
    def now(self) -> Organisation:
        """As the database has it."""
        with reading(self.engine) as connection:
            return replace(load(connection), awaited=dict.fromkeys(self.awaited, (frozenset(),)))

    def person(self, name: str) -> Person:
        """By the first part of the address."""
        found = self.now.person_by_email(f"{name}@example.org")
        assert found is not None
        return found

    def leaves(self, name: str, deputy: str, days: int = 5) -> Absence:
        """Somebody goes now, for so many days."""
        who, instead = self.person(name).id, self.person(deputy).id
        absence = Absence(person=who, begins=NOW, until=NOW + days * DAY, deputy=instead)
        with writing(self.engine) as connection:
            put_absence(connection, absence, NOW)
        return absence

    def stood_for(self, name: str, days: float = 1) -> list[str]:
        """For whom somebody stands so many days from now, by the first part of the address."""
        town = self.now
        actor = town.actor(self.person(name).id, NOW + days * DAY)
        return [town.people[person].email.partition("@")[0] for person in actor.stands_for]

    def deputies(self, name: str) -> list[str]:
        """Who decides for somebody tomorrow."""
        found = self.now.deputies_of(self.person(name).id, NOW + DAY)
        return [person.email.partition("@")[0] for person in found]


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine)


def test_a_deputy_stands_for_who_is_away_from_the_first_instant_to_the_last(town: Town) -> None:
    town.leaves("nora", "hugo")
    moments = (-0.001, 0, 4.999, 5)
    assert [town.stood_for("hugo", days) for days in moments] == [[], ["nora"], ["nora"], []]
    assert town.now.actor(town.person("hugo").id).stands_for == ()


def test_who_is_away_has_one_absence_the_last_that_was_noted(town: Town) -> None:
    town.leaves("nora", "hugo")
    last = town.leaves("nora", "max", days=2)
    assert town.now.absences == {last.person: last}
    assert (town.stood_for("hugo"), town.stood_for("max")) == ([], ["nora"])


def test_who_is_back_is_stood_for_by_nobody(town: Town) -> None:
    nora = town.leaves("nora", "hugo").person
    with writing(town.engine) as connection:
        assert end_absence(connection, nora, "p-max", NOW)
        assert not end_absence(connection, nora, "p-max", NOW)
    assert town.stood_for("hugo") == []


def test_every_snapshot_sees_that_it_is_stale(town: Town) -> None:
    directory = Directory(town.engine)
    before = directory.refresh()
    nora = town.leaves("nora", "hugo").person
    assert directory.refresh().absences.keys() == {nora}
    with writing(town.engine) as connection:
        end_absence(connection, nora, "p-max", NOW)
        assert revision(connection) == before.revision + 2
    assert directory.refresh().absences == {}


def test_a_deputy_who_is_away_passes_it_on_and_may_decide_all_the_same(town: Town) -> None:
    town.leaves("nora", "hugo")
    town.leaves("hugo", "max", days=2)
    assert town.stood_for("max") == ["hugo", "nora"]
    assert town.stood_for("hugo") == ["nora"]
    assert town.stood_for("max", days=3) == []
    assert town.deputies("nora") == ["hugo", "max"]


def test_a_ring_of_deputies_ends_where_it_began(town: Town) -> None:
    town.leaves("nora", "hugo")
    town.leaves("hugo", "max")
    town.leaves("max", "nora")
    assert sorted(town.stood_for("nora")) == ["hugo", "max"]
    assert town.deputies("nora") == ["hugo", "max"]
    assert town.deputies("rosa") == []


@pytest.mark.parametrize("left", ["nora", "hugo"])
def test_who_has_left_is_no_deputy_and_has_none_but_whoever_is_above_them(
    town: Town, left: str
) -> None:
    town.leaves("nora", "hugo")
    with writing(town.engine) as connection:
        gone = update(people).where(people.c.id == town.person(left).id)
        connection.execute(gone.values(active=False))
    assert (town.stood_for("max"), town.deputies(left)) == ([], [])
    town.awaited = (town.person("nora").id, town.person("hugo").id)
    assert town.stood_for("hugo") == []
    assert town.deputies("nora") == (["max"] if left == "nora" else [])
    assert town.stood_for("max") == [left]


def test_nobody_stands_in_who_is_not_there(town: Town) -> None:
    absence = Absence(person=town.person("nora").id, begins=NOW, until=NOW + DAY, deputy="p-x")
    with pytest.raises(IntegrityError), writing(town.engine) as connection:
        put_absence(connection, absence, NOW)
    assert town.now.absences == {}


def test_an_absence_that_was_ended_or_replaced_is_kept_with_who_did_that(town: Town) -> None:
    first = town.leaves("nora", "hugo")
    again = first.model_copy(update={"until": NOW + 2 * DAY, "noted_by": town.person("max").id})
    with writing(town.engine) as connection:
        put_absence(connection, again, NOW + DAY)
        end_absence(connection, first.person, first.person, NOW + DAY)
    replaced = PastAbsence(**dict(first), ended_at=NOW + DAY, ended_by=again.noted_by)
    ended = PastAbsence(**dict(again), ended_at=NOW + DAY, ended_by=first.person)
    with reading(town.engine) as connection:
        assert past_absences_of(connection, first.person, 9) == [ended, replaced]
        assert past_absences_of(connection, first.person, 1) == [ended]
        assert past_absences_of(connection, "p-max", 9) == []


def test_the_very_same_absence_once_more_changes_nothing(town: Town) -> None:
    first, before = town.leaves("nora", "hugo"), town.now.revision
    assert town.leaves("nora", "hugo") == first
    assert town.now.revision == before
    with reading(town.engine) as connection:
        assert past_absences_of(connection, first.person, 9) == []


def test_nobody_ended_an_absence_that_had_run_out(town: Town) -> None:
    absence = town.leaves("nora", "hugo")
    with writing(town.engine) as connection:
        end_absence(connection, absence.person, absence.person, absence.until)
        assert past_absences_of(connection, absence.person, 9) == [PastAbsence(**dict(absence))]
