"""Reading a confidential ticket is itself recorded, and an auditor reads by whom."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from store.engine import writing
from tests.api.town import Api, Json, fields_of, problem
from tests.running import Desk

pytestmark = pytest.mark.temporal
READS = ("", "/timeline", "/clocks")


@contextmanager
def refusing(engine: Engine) -> Iterator[None]:
    """The database takes no access while this lasts, as when its disk is full."""
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON accesses "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    try:
        yield
    finally:
        with writing(engine) as connection:
            connection.exec_driver_sql("DROP TRIGGER full")


async def _accesses(api: Api, **query: object) -> list[Json]:
    answer = await api.get("aude", "/audit/accesses", **query)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def test_each_reading_of_a_confidential_ticket_is_recorded(api: Api) -> None:
    number = (await api.open("rosa", confidential=True))["number"]
    ids = []
    for path in READS:
        answer = await api.get("max", f"/tickets/{number}{path}")
        assert answer.status_code == 200, answer.text
        ids.append(answer.headers["x-correlation-id"])
    await api.get("finn", f"/tickets/{number}")
    found = await _accesses(api, ticket=number)
    assert [a["person"] for a in found] == ["finn@example.org", *["max@example.org"] * 3]
    assert [a["correlation"] for a in found[1:]] == ids[::-1]
    assert {(a["kind"], a["ticket"]) for a in found} == {("read", number)}


async def test_an_own_a_public_a_listed_and_an_unseen_ticket_are_not_recorded(api: Api) -> None:
    secret = (await api.open("rosa", confidential=True, summary="A very hidden one"))["number"]
    public = (await api.open("rosa"))["number"]
    for path in READS:
        assert (await api.get("rosa", f"/tickets/{secret}{path}")).status_code == 200
        assert (await api.get("max", f"/tickets/{public}{path}")).status_code == 200
        problem(await api.get("pia", f"/tickets/{secret}{path}"), 404, "ticket-not-found")
    listed = await api.get("max", "/tickets", q="very hidden")
    assert [ticket["number"] for ticket in listed.json()["items"]] == [secret]
    assert await _accesses(api, ticket=secret) == await _accesses(api, ticket=public) == []


@pytest.mark.parametrize("path", READS)
async def test_what_cannot_be_recorded_is_not_shown(api: Api, desk: Desk, path: str) -> None:
    secret = (await api.open("rosa", confidential=True, summary="Not for you"))["number"]
    public = (await api.open("rosa"))["number"]

    with refusing(desk.engine):
        refused = await api.get("max", f"/tickets/{secret}{path}")
        told = problem(refused, 503, "unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert "Not for you" not in refused.text
        assert "written down" in told["detail"]
        assert (await api.get("rosa", f"/tickets/{secret}{path}")).status_code == 200
        assert (await api.get("max", f"/tickets/{public}{path}")).status_code == 200
    assert await _accesses(api, ticket=secret) == []
    assert (await api.get("max", f"/tickets/{secret}{path}")).status_code == 200
    assert len(await _accesses(api, ticket=secret)) == 1


async def test_a_public_ticket_is_read_without_writing(api: Api) -> None:
    public = (await api.open("rosa"))["number"]
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = api.app.state.desk.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await api.get("max", f"/tickets/{public}")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert not [statement for statement in seen if "accesses" in statement or "IMMED" in statement]


async def test_accesses_are_narrowed_and_turned_page_by_page(api: Api) -> None:
    number = (await api.open("rosa", confidential=True))["number"]
    for who in ("max", "finn", "max", "aude"):
        assert (await api.get(who, f"/tickets/{number}")).status_code == 200
    of_max = await _accesses(api, ticket=number.lower(), person="max@example.org")
    assert len(of_max) == 2
    seen: list[Json] = []
    after: str | None = ""
    while after is not None:
        query = {"ticket": number, "limit": 3, "after": after}
        page = (await api.get("aude", "/audit/accesses", **query)).json()
        seen += page["items"]
        after = page["next"]
    assert [access["person"].partition("@")[0] for access in seen] == ["aude", "max", "finn", "max"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"ticket": "nonsense"}, "ticket"),
        ({"person": "nobody@example.org"}, "person"),
        ({"limit": "0"}, "limit"),
        ({"after": "nonsense"}, "after"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_accesses_cannot_be_narrowed_by_is_named(
    api: Api, query: dict[str, str], field: str
) -> None:
    answer = await api.get("aude", "/audit/accesses", **query)
    assert fields_of(problem(answer, 422, "invalid-fact")) == [field]
