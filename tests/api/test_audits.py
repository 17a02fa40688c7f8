"""An auditor asks over HTTP: a ticket as of an instant, and replays of many tickets."""

import pytest

from desk.numbers import derive
from tests.api.town import Api, Json, fields_of, problem
from tests.patience import eventually

pytestmark = pytest.mark.temporal


async def _replayed(api: Api, body: Json, key: str | None = None) -> Json:
    """The result of a replay, once it is done."""
    headers = {"idempotency_key": key} if key else {}
    asked = await api.post("aude", "/audit/replays", body, **headers)
    assert asked.status_code == 202, asked.text
    place = asked.headers["location"]
    result: Json = {}

    async def done() -> bool:
        result.update((await api.get("aude", place)).json())
        return bool(result["state"] == "done")

    await eventually(done, seconds=50)
    assert place.endswith(result["id"])
    return result


async def test_a_ticket_is_shown_as_it_stood(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    opened = (await api.get("aude", f"/tickets/{number}")).json()
    await api.step("finn", number, "accept")
    await api.step("finn", number, "comment", text="Noted.")
    path = f"/audit/tickets/{number}"
    first = (await api.get("aude", path, at="1")).json()
    assert first["ticket"] | {"allowed_steps": opened["allowed_steps"]} == opened
    assert (first["last"], first["differs"]) == ("1.2", [])
    assert [task["task"] for task in first["tasks"]] == ["accept"]
    assert first["next_due"]["what"].startswith("50 % of response is spent")
    assert [one["target"] for one in first["explanations"]] == [
        clock["target"] for clock in opened["clocks"]
    ]
    accepted = (await api.get("aude", path, at="2.0")).json()
    assert (accepted["ticket"]["status"], accepted["ticket"]["version"]) == ("in_progress", 2)
    at_once = (await api.get("aude", path, at=accepted["at"])).json()
    assert at_once == accepted
    assert (await api.get("aude", path)).json()["ticket"]["version"] == 3


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2001-01-01T00:00:00Z", "was not there yet"),
        ("2999-01-01T00:00:00Z", "must not lie in the future"),
        ("yesterday", "is no instant"),
        ("0001-01-01T00:00:00+05:00", "is no instant"),
        ("77", "has no event 77: it has events 1.0 to 1.2"),
        ("1.99", "has no event 1.99"),
    ],
)
async def test_an_instant_that_makes_no_sense_is_refused(api: Api, at: str, says: str) -> None:
    number = (await api.open("rosa"))["number"]
    refused = problem(await api.get("aude", f"/audit/tickets/{number}", at=at), 422, "invalid-fact")
    assert fields_of(refused) == ["at"]
    assert says in str(refused)


async def test_what_is_asked_of_evidence_is_for_auditors(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    for name in ("rosa", "finn", "max", "pia"):
        problem(await api.get(name, f"/audit/tickets/{number}"), 403, "not-permitted")
        problem(await api.post(name, "/audit/replays", {}), 403, "not-permitted")
    nobodys = derive("INC", b"another key", "opening", 0)
    problem(await api.get("aude", f"/audit/tickets/{nobodys}"), 404, "ticket-not-found")
    problem(await api.get("aude", "/audit/replays/none"), 404, "not-found")


async def test_reading_a_confidential_ticket_as_it_stood_is_recorded(api: Api) -> None:
    number = (await api.open("rosa", confidential=True))["number"]
    assert (await api.get("aude", f"/audit/tickets/{number}", at="1")).status_code == 200
    noted = (await api.get("aude", "/audit/accesses", ticket=number)).json()["items"]
    assert [(one["person"], one["kind"]) for one in noted] == [("aude@example.org", "read")]


async def test_tickets_are_replayed_once_for_a_key(api: Api) -> None:
    numbers = [(await api.open("rosa"))["number"] for _ in range(3)]
    key = "a replay of three"
    result = await _replayed(api, {"numbers": [*numbers, numbers[0].lower()]}, key)
    assert (result["total"], result["done"], result["identical"]) == (3, 3, 3)
    assert (result["items"], result["next"]) == ([], None)
    assert result["events"] > 3 * 10
    again = await api.post("aude", "/audit/replays", {"numbers": numbers}, idempotency_key=key)
    assert (again.status_code, again.json()["id"]) == (202, result["id"])
    problem(await api.post("aude", "/audit/replays", {}, idempotency_key=key), 422, "key-reused")


async def test_a_ticket_without_evidence_is_among_those_that_differ(api: Api) -> None:
    nobodys = derive("INC", b"another key", "opening", 1)
    result = await _replayed(api, {"numbers": [nobodys]})
    assert (result["total"], result["identical"]) == (1, 0)
    assert result["items"][0]["number"] == nobodys
    assert "neither the engine nor the archive" in result["items"][0]["differs"][0]


async def test_a_scope_that_makes_no_sense_is_refused(api: Api) -> None:
    both = {"numbers": ["INC-00000000"], "since": "2026-01-01T00:00:00Z"}
    for body, fields, says in (
        (both, ["numbers", "since"], "give numbers, or since"),
        ({"numbers": "all"}, ["numbers"], ""),
        ({"numbers": ["foo"]}, ["numbers"], "foo: not a ticket number"),
        ({"numbers": ["INC-00000001"]}, ["numbers"], "INC-00000001: the check symbol"),
        ({"since": "once"}, ["since"], "is no instant with its zone: write 2026-"),
        ({"since": 7}, ["since"], "is no instant with its zone: write 2026-"),
        ({"since": "2999-01-01T00:00:00Z"}, ["since"], "must not lie in the future"),
        ({"until": "now"}, ["until"], "there is no such field"),
    ):
        found = problem(await api.post("aude", "/audit/replays", body), 422, "invalid-fact")
        assert fields_of(found) == fields
        assert says in str(found)
