"""Reporting an incident: who may report what, and that a report is done once."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from desk.errors import NumberTaken
from desk.numbers import derive, parse
from tests.api.town import Api, fields_of, problem
from tests.running import Desk

pytestmark = pytest.mark.temporal
REPORT = {"summary": "The shop is down", "category": "software"}
AN_HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()


async def test_a_ticket_has_every_field_of_the_contract(api: Api) -> None:
    ticket = await api.open("rosa", description="Since nine.", impact="low", urgency="high")

    assert set(ticket) == {
        *("number", "kind", "status", "waiting_for", "version", "summary", "description"),
        *("requester", "customer", "channel", "confidential", "service", "category"),
        *("impact", "urgency", "priority", "reported", "line", "group", "assignee", "bounces"),
        *("links", "vendors", "opened_at", "resolved_at", "closed_at", "resolution", "workaround"),
        *("rating", "policy_version", "order", "about", "merged_into", "clocks", "allowed_steps"),
    }
    reported = {"category": "network", "impact": "low", "urgency": "high", "service": None}
    assert ticket["reported"] == reported
    assert ticket["customer"] == "northwind"
    assert ticket["opened_at"].endswith("Z")
    assert parse(ticket["number"]) == ticket["number"]
    assert {clock["target"] for clock in ticket["clocks"]} == {"response", "resolution"}
    response = ticket["clocks"][0]
    assert set(response) == {"target", "group", "state", "due", "length", "breached_at"}
    assert response["length"].startswith("PT")
    assert ticket["allowed_steps"] == ["comment", "cancel"]


async def test_an_agent_reports_for_a_requester_by_phone(api: Api) -> None:
    ticket = await api.open("finn", requester="ROSA@example.org")

    assert ticket["requester"] == "rosa@example.org"
    assert ticket["channel"] == "phone"
    assert "accept" in ticket["allowed_steps"]
    assert "confirm" not in ticket["allowed_steps"]


async def test_a_requester_may_name_nobody_else(api: Api) -> None:
    for other in ("omar@example.org", "p-omar", "nobody@example.org"):
        answer = await api.post("rosa", "/incidents", {**REPORT, "requester": other})
        problem(answer, 403, "not-permitted")
    assert (await api.open("rosa", requester="rosa@example.org"))["requester"] == "rosa@example.org"


async def test_every_unknown_name_is_named_at_once(api: Api) -> None:
    names = {"requester": "nobody@example.org", "category": "weather", "service": "fax"}

    body = problem(await api.post("finn", "/incidents", {**REPORT, **names}), 422, "invalid-fact")

    assert sorted(fields_of(body)) == ["category", "requester", "service"]
    assert "hardware" in body["detail"]


async def test_a_service_of_another_customer_is_unknown(api: Api) -> None:
    answer = await api.post("rosa", "/incidents", {**REPORT, "service": "shop"})
    assert fields_of(problem(answer, 422, "invalid-fact")) == ["service"]
    assert (await api.open("omar", service="shop"))["service"] == "shop"


async def test_somebody_who_left_cannot_be_the_requester(api: Api) -> None:
    answer = await api.post("finn", "/incidents", {**REPORT, "requester": "gone@example.org"})
    assert fields_of(problem(answer, 422, "invalid-fact")) == ["requester"]


async def test_the_same_key_opens_one_ticket_also_when_sent_at_once(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.post("rosa", "/incidents", REPORT, idempotency_key="open-once") for _ in range(6))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1


async def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    await api.post("rosa", "/incidents", REPORT, idempotency_key="reused")
    answer = await api.post(
        "rosa", "/incidents", {**REPORT, "summary": "Else"}, idempotency_key="reused"
    )
    problem(answer, 422, "key-reused")


async def test_the_same_key_of_two_people_is_two_tickets(api: Api) -> None:
    one = await api.post("rosa", "/incidents", REPORT, idempotency_key="shared")
    other = await api.post("omar", "/incidents", REPORT, idempotency_key="shared")
    assert one.json()["number"] != other.json()["number"]


async def test_the_same_key_finds_a_ticket_that_has_ended(api: Api, desk: Desk) -> None:
    first = await api.post("rosa", "/incidents", REPORT, idempotency_key="ended")
    number = first.json()["number"]
    await api.took("rosa", number, "cancel", reason="It works again.")
    await desk.client.get_workflow_handle(number).result()

    again = await api.post("rosa", "/incidents", REPORT, idempotency_key="ended")

    assert again.status_code == 201
    assert again.json()["number"] == number
    other = {**REPORT, "summary": "Else"}
    answer = await api.post("rosa", "/incidents", other, idempotency_key="ended")
    problem(answer, 422, "key-reused")


def _first_number(api: Api, key: str) -> tuple[str, str]:
    """The id of rosa's opening under this key, and the number that it derives first."""
    opening_id = hashlib.sha256(f"INC\np-rosa\n{key}".encode()).hexdigest()
    return opening_id, derive("INC", api.app.state.desk.number_key, opening_id, 0)


async def test_a_number_of_another_opening_is_not_given_out_again(api: Api, desk: Desk) -> None:
    _, number = _first_number(api, "collides")
    await desk.send_opening(desk.opening("omar", number=number))

    answer = await api.post("rosa", "/incidents", REPORT, idempotency_key="collides")

    assert answer.status_code == 201, answer.text
    assert answer.json()["number"] != number
    assert answer.json()["requester"] == "rosa@example.org"


async def test_a_number_is_free_again_for_nobody_after_its_ticket_has_ended(
    api: Api, desk: Desk
) -> None:
    opening_id, number = _first_number(api, "ended long ago")
    report = {"summary": REPORT["summary"], "category": REPORT["category"]}
    same = {"impact": None, "urgency": None, "opening_id": opening_id, "body_hash": "of then"}
    await desk.send_opening(desk.opening("rosa", number=number, **report, **same))
    _, taken = _first_number(api, "collides with one that ended")
    await desk.send_opening(desk.opening("omar", number=taken))
    for ended, by in ((number, "rosa"), (taken, "omar")):
        await api.took(by, ended, "cancel", reason="Never mind.")
        await desk.client.get_workflow_handle(ended).result()

    found = await api.post("rosa", "/incidents", REPORT, idempotency_key="ended long ago")
    key = "collides with one that ended"
    other = await api.post("rosa", "/incidents", REPORT, idempotency_key=key)

    assert (found.json()["number"], found.json()["status"]) == (number, "cancelled")
    assert (other.status_code, other.json()["status"]) == (201, "new")
    assert other.json()["number"] != taken


@pytest.mark.parametrize("ended", ["neither", "the first", "the second", "both"])
async def test_a_repeat_finds_the_ticket_of_the_second_number(
    api: Api, desk: Desk, ended: str
) -> None:
    key = f"second, with {ended} ended"
    _, first = _first_number(api, key)
    await desk.send_opening(desk.opening("omar", number=first))
    opened = await api.post("rosa", "/incidents", REPORT, idempotency_key=key)
    second = opened.json()["number"]
    over = {"the first": ["omar"], "the second": ["rosa"], "both": ["omar", "rosa"]}
    for by in over.get(ended, []):
        number = first if by == "omar" else second
        await api.took(by, number, "cancel", reason="Never mind.")
        await desk.client.get_workflow_handle(number).result()

    again = await api.post("rosa", "/incidents", REPORT, idempotency_key=key)

    assert (again.status_code, again.json()["number"]) == (201, second)
    answer = await api.post("rosa", "/incidents", {**REPORT, "summary": "x"}, idempotency_key=key)
    problem(answer, 422, "key-reused")


async def test_a_repeat_of_what_was_left_between_two_numbers_opens_one_ticket(
    api: Api, desk: Desk
) -> None:
    opening_id, first = _first_number(api, "left between")
    await desk.send_opening(desk.opening("omar", number=first))
    opening = desk.opening("rosa", number=first, opening_id=opening_id)
    with pytest.raises(NumberTaken):
        await api.app.state.desk.process.open(opening)

    answers = [
        await api.post("rosa", "/incidents", REPORT, idempotency_key="left between")
        for _ in range(2)
    ]

    second = derive("INC", api.app.state.desk.number_key, opening_id, 1)
    assert [answer.json()["number"] for answer in answers] == [second, second]


async def test_only_the_import_role_gives_a_clock(api: Api) -> None:
    given = {**REPORT, "clock": "given", "at": AN_HOUR_AGO, "requester": "rosa@example.org"}
    problem(await api.post("finn", "/incidents", given), 403, "not-permitted")
    answer = await api.post("adam", "/incidents", given)
    assert answer.status_code == 201, answer.text
    assert answer.json()["opened_at"] == datetime.fromisoformat(AN_HOUR_AGO).isoformat().replace(
        "+00:00", "Z"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"clock": "given"},
        {"clock": "given", "at": "2200-01-01T00:00:00Z"},
        {"at": AN_HOUR_AGO},
        {"clock": "given", "at": "2026-01-01T00:00:00"},
    ],
)
async def test_an_instant_that_cannot_be_is_refused(api: Api, fields: dict[str, str]) -> None:
    answer = await api.post("adam", "/incidents", {**REPORT, **fields})
    assert fields_of(problem(answer, 422, "invalid-fact")) == ["at"]
