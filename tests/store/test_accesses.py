"""Who read what, and who took evidence out."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desk.errors import InvalidFact
from store.accesses import Access, Kind, NotNoted, accesses_of, note_access
from store.engine import make_engine, reading
from tests.builders import NOW, NUMBER

OTHER = "INC-00000012"


def noted(engine: Engine, person: str, kind: Kind, ticket: str | None, minutes: int) -> None:
    note_access(engine, person, kind, ticket, f"c-{minutes}", NOW + timedelta(minutes=minutes))


def fill(engine: Engine) -> None:
    noted(engine, "p-finn", "read", NUMBER, 1)
    noted(engine, "p-aude", "export", NUMBER, 2)
    noted(engine, "p-aude", "read", OTHER, 3)
    noted(engine, "p-aude", "replay", None, 4)


def found(
    engine: Engine, ticket: str | None = None, person: str | None = None
) -> list[tuple[str, str, str | None]]:
    with reading(engine) as connection:
        items = accesses_of(connection, ticket, person).items
    return [(access.person, access.kind, access.ticket) for access in items]


def test_an_access_is_found_as_it_was_noted(engine: Engine) -> None:
    note_access(engine, "p-finn", "read", NUMBER, "call-7", NOW)
    with reading(engine) as connection:
        (access,) = accesses_of(connection).items
    fields = {"person": "p-finn", "kind": "read", "ticket": NUMBER, "correlation": "call-7"}
    assert access == Access.model_validate({**fields, "id": access.id, "at": NOW})


def test_the_newest_access_comes_first(engine: Engine) -> None:
    fill(engine)
    assert [kind for _, kind, _ in found(engine)] == ["replay", "read", "export", "read"]


def test_accesses_are_narrowed_to_a_ticket_and_a_person(engine: Engine) -> None:
    fill(engine)
    assert found(engine, NUMBER) == [("p-aude", "export", NUMBER), ("p-finn", "read", NUMBER)]
    assert found(engine, person="p-finn") == [("p-finn", "read", NUMBER)]
    assert found(engine, OTHER, "p-finn") == []


def test_pages_follow_each_other_also_when_more_is_noted_meanwhile(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as connection:
        first = accesses_of(connection, person="p-aude", limit=2)
    noted(engine, "p-aude", "read", NUMBER, 5)
    with reading(engine) as connection:
        second = accesses_of(connection, None, "p-aude", 2, first.next)
    assert [access.kind for access in (*first.items, *second.items)] == ["replay", "read", "export"]
    assert second.next is None


@pytest.mark.parametrize("person", [None, "p-finn"])
def test_a_cursor_of_another_list_is_refused(engine: Engine, person: str | None) -> None:
    fill(engine)
    with reading(engine) as connection:
        page = accesses_of(connection, person="p-aude", limit=1)
        with pytest.raises(InvalidFact, match="another list"):
            accesses_of(connection, None, person, 1, page.next)


def test_an_access_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    nowhere = make_engine(f"sqlite:///{tmp_path / 'no' / 'such.sqlite3'}")
    with pytest.raises(NotNoted, match=NUMBER):
        noted(nowhere, "p-finn", "read", NUMBER, 1)
    bare = make_engine(f"sqlite:///{tmp_path / 'bare.sqlite3'}")
    with pytest.raises(NotNoted, match="several tickets"):
        noted(bare, "p-finn", "replay", None, 1)
    nowhere.dispose()
    bare.dispose()
