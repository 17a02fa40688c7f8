"""Absences over HTTP: who notes them, which make sense, and what a deputy may do meanwhile."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.town import Api, fields_of, problem, token

pytestmark = pytest.mark.temporal
PATH = "/people/mona@example.org/absence"
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def days(many: float) -> str:
    """So many days from now, as it is sent."""
    return (NOW + many * DAY).isoformat().replace("+00:00", "Z")


async def put(api: Api, by: str, path: str = PATH, **fields: Any) -> httpx.Response:
    """Note an absence, of three days and with omar's colleague finn, unless said otherwise."""
    body = {"until": days(3), "deputy": "finn@example.org", **fields}
    headers = {"Authorization": f"Bearer {token(by)}"}
    return await api.client.put(path, json=body, headers=headers)


async def delete(api: Api, by: str, path: str = PATH) -> httpx.Response:
    """Forget it."""
    return await api.client.delete(path, headers={"Authorization": f"Bearer {token(by)}"})


@pytest.fixture
async def town(api: Api) -> AsyncIterator[Api]:
    """Everybody is there, before and after."""
    yield api
    for name in ("mona", "max", "rosa"):
        await delete(api, "adam", f"/people/{name}@example.org/absence")


async def test_an_absence_is_noted_read_and_ended(town: Api) -> None:
    noted = await put(town, "mona", **{"from": days(-1)})
    assert noted.status_code == 200, noted.text
    shown = {
        "person": "mona@example.org",
        "from": days(-1),
        "until": days(3),
        "deputy": "finn@example.org",
        "noted_by": "mona@example.org",
    }
    assert noted.json() == shown
    assert (await town.get("mona", PATH)).json() == shown
    assert (await delete(town, "mona")).status_code == 204
    assert (await delete(town, "mona")).status_code == 204
    problem(await town.get("mona", PATH), 404, "not-found")


async def test_it_is_for_the_person_their_manager_and_an_admin(town: Api) -> None:
    path = "/people/rosa@example.org/absence"
    for name in ("rosa", "mona", "adam"):
        assert (await put(town, name, path)).status_code == 200, name
        assert (await town.get(name, path)).status_code == 200, name
    for name in ("omar", "finn", "lena", "max", "pia", "aude"):
        problem(await put(town, name, path), 403, "not-permitted")
        problem(await town.get(name, path), 403, "not-permitted")
        problem(await delete(town, name, path), 403, "not-permitted")
    assert (await delete(town, "mona", path)).status_code == 204


async def test_who_is_away_reads_who_noted_it(town: Api) -> None:
    path = "/people/rosa@example.org/absence"
    for name in ("mona", "adam", "rosa"):
        assert (await put(town, name, path)).status_code == 200, name
        assert (await town.get("rosa", path)).json()["noted_by"] == f"{name}@example.org"


async def test_who_ended_an_absence_is_kept_with_it(town: Api) -> None:
    path = "/people/rosa@example.org/absence"
    await put(town, "mona", path)
    await put(town, "rosa", path, deputy="fay@example.org")
    await delete(town, "adam", path)
    for name in ("rosa", "mona", "adam"):
        answer = await town.get(name, f"{path}s")
        assert answer.status_code == 200, answer.text
        latest, before = answer.json()["items"][:2]
        keys = ("person", "deputy", "noted_by", "ended_by")
        assert [latest[key].partition("@")[0] for key in keys] == ["rosa", "fay", "rosa", "adam"]
        assert [before[key].partition("@")[0] for key in keys] == ["rosa", "finn", "mona", "rosa"]
        assert before["ended_at"] <= latest["ended_at"]
    for name in ("omar", "finn", "lena", "max", "pia"):
        problem(await town.get(name, f"{path}s"), 403, "not-permitted")


async def test_an_absence_that_is_sent_once_more_is_the_same(town: Api) -> None:
    before = len((await town.get("mona", f"{PATH}s")).json()["items"])
    noted = [(await put(town, "mona")).json() for _ in range(2)]
    assert noted[0] == noted[1]
    assert len((await town.get("mona", f"{PATH}s")).json()["items"]) == before
    assert (await put(town, "mona", deputy="fay@example.org")).json()["from"] > noted[0]["from"]
    assert len((await town.get("mona", f"{PATH}s")).json()["items"]) == before + 1


async def test_auditors_read_past_absences_also_of_who_has_left(town: Api) -> None:
    for name in ("rosa", "gone"):
        answer = await town.get("aude", f"/people/{name}@example.org/absences")
        assert answer.status_code == 200, answer.text
    assert (await town.get("adam", "/people/gone@example.org/absences")).status_code == 200
    problem(await town.get("aude", "/people/nobody@example.org/absences"), 404, "not-found")
    problem(await town.get("aude", "/people/gone@example.org/absence"), 403, "not-permitted")


async def test_who_there_is_is_nobodys_business_but_an_admins(town: Api) -> None:
    for name in ("nobody", "gone"):
        path = f"/people/{name}@example.org/absence"
        problem(await town.get("finn", path), 403, "not-permitted")
        problem(await put(town, "adam", path), 404, "not-found")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": days(-1)}, "until"),
        ({"from": days(4)}, "from"),
        ({"from": days(3)}, "from"),
        ({"until": days(366)}, "until"),
        ({"from": "0001-01-01T00:00:00Z"}, "from"),
        ({"until": "9999-12-31T00:00:00Z"}, "until"),
        ({"until": "2030-01-01T00:00:00"}, "until"),
        ({"until": None}, "until"),
        ({"deputy": "nobody@example.org"}, "deputy"),
        ({"deputy": "gone@example.org"}, "deputy"),
        ({"deputy": "mona@example.org"}, "deputy"),
        ({"deputy": "omar@example.org"}, "deputy"),
        ({"deputy": ""}, "deputy"),
        ({"why": "Holidays"}, "why"),
    ],
)
async def test_an_absence_that_makes_no_sense_is_refused_by_field(
    town: Api, wrong: dict[str, Any], field: str
) -> None:
    assert fields_of(problem(await put(town, "mona", **wrong), 422, "invalid-fact")) == [field]
    problem(await town.get("mona", PATH), 404, "not-found")


async def test_a_deputy_has_the_task_and_decides_and_it_says_for_whom(town: Api) -> None:
    number = (await town.order("rosa", item="new-laptop"))["number"]
    assert (await town.get("fay", f"/tickets/{number}")).status_code == 200
    problem(await town.step("fay", number, "approve"), 403, "not-permitted")
    await put(town, "mona", deputy="fay@example.org")
    tasks = (await town.get("fay", "/tasks")).json()["items"]
    assert ("approve", "line manager", "mona@example.org") in {
        (one["task"], one["of"], one["person"]) for one in tasks if one["ticket"] == number
    }
    ticket = await town.took("fay", number, "approve", reason="Mona would agree.")
    (decision,) = ticket["order"]["decisions"]
    assert (decision["person"], decision["instead_of"]) == ("fay@example.org", "mona@example.org")


async def test_a_deputy_of_no_role_reads_the_request_only_meanwhile(town: Api) -> None:
    number = (await town.order("rosa", item="new-laptop"))["number"]
    problem(await town.get("fred", f"/tickets/{number}"), 404, "ticket-not-found")
    await put(town, "mona", deputy="fred@example.org")
    assert "approve" in (await town.get("fred", f"/tickets/{number}")).json()["allowed_steps"]
    await delete(town, "mona")
    problem(await town.get("fred", f"/tickets/{number}"), 404, "ticket-not-found")
    problem(await town.step("fred", number, "approve"), 404, "ticket-not-found")


async def test_the_requester_is_no_deputy_on_their_own_request(town: Api) -> None:
    number = (await town.order("rosa", item="new-laptop"))["number"]
    await put(town, "mona", deputy="rosa@example.org")
    problem(await town.step("rosa", number, "approve"), 403, "not-permitted")
