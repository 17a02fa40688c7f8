"""Complaints that are sent again, or about what not everybody may know of."""

import json

import pytest
from sqlalchemy import select, update

from desk.numbers import derive
from store.engine import writing
from store.tables import snapshots
from tests.api.test_accesses import refusing
from tests.api.test_complaints import TEXT, complain
from tests.api.town import Api, Json, problem
from tests.running import Desk

pytestmark = pytest.mark.temporal
OF_ROSA = {"text": TEXT, "about": {"person": "finn@example.org"}, "requester": "rosa@example.org"}


async def send(api: Api, by: str, key: str, body: Json, path: str = "/complaints") -> Json:
    """What is answered to an opening under a key."""
    answer = await api.post(by, path, body, idempotency_key=key)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def readers(api: Api, number: str) -> list[str]:
    """Who was noted to have read a ticket."""
    found = (await api.get("aude", "/audit/accesses", ticket=number)).json()["items"]
    return [access["person"] for access in found]


async def test_who_took_a_complaint_down_never_reads_its_answer(api: Api) -> None:
    first = await send(api, "lena", "phone-1", OF_ROSA)
    number = first["number"]
    assert (first["description"], first["resolution"]) == (TEXT, None)
    await api.took("max", number, "accept")
    await api.took("max", number, "resolve", code="upheld", text="He apologises.")

    again = await send(api, "lena", "phone-1", OF_ROSA)

    assert (again["number"], again["status"]) == (number, "resolved")
    later = ("resolution", "assignee", "resolved_at", "description")
    assert {again[name] for name in later} == {None}
    assert again["clocks"] == []
    assert await readers(api, number) == []


async def test_who_repeats_the_opening_of_a_confidential_ticket_is_noted_as_its_reader(
    api: Api, desk: Desk
) -> None:
    body = {"summary": "Down", "confidential": True, "requester": "rosa@example.org"}
    first = await send(api, "fay", "noted", body, "/incidents")
    number = first["number"]
    await send(api, "fay", "noted", body, "/incidents")
    await api.took("lena", number, "assign", assignee="finn@example.org")
    with refusing(desk.engine):
        unnoted = await send(api, "fay", "noted", body, "/incidents")
    assert (unnoted["number"], unnoted["assignee"]) == (number, None)
    assert await readers(api, number) == []

    again = await send(api, "fay", "noted", body, "/incidents")

    assert again["assignee"] == "finn@example.org"
    assert await readers(api, number) == ["fay@example.org"]


async def test_a_key_stands_for_its_body_also_after_the_end(api: Api, desk: Desk) -> None:
    body = {"text": TEXT, "about": {"person": "finn@example.org"}}
    number = (await send(api, "rosa", "ended", body))["number"]
    await api.took("rosa", number, "withdraw", reason="It is done.")
    await desk.client.get_workflow_handle(number).result()
    for about in ({"person": "fay@example.org"}, {"person": "x@example.org"}, {"service": "mail"}):
        other = {**body, "about": about}
        answer = await api.post("rosa", "/complaints", other, idempotency_key="ended")
        problem(answer, 422, "key-reused")
    assert (await send(api, "rosa", "ended", body))["number"] == number


async def test_what_was_in_order_when_it_was_sent_first_is_found(api: Api) -> None:
    ticket = (await api.open("rosa"))["number"]
    body = {**OF_ROSA, "about": {"ticket": ticket}}
    number = (await send(api, "finn", "phone-2", body))["number"]
    await api.took("finn", ticket, "accept")
    assert (await send(api, "finn", "phone-2", body))["number"] == number


def fall_behind(desk: Desk, number: str) -> None:
    """The store has the ticket as it was a version before."""
    with writing(desk.engine) as connection:
        mine = snapshots.c.number == number
        body = json.loads(connection.execute(select(snapshots.c.body).where(mine)).scalar_one())
        body["version"] -= 1
        connection.execute(update(snapshots).where(mine).values(body=json.dumps(body)))


async def test_a_complaint_waits_until_all_who_handled_the_ticket_are_known(
    api: Api, desk: Desk
) -> None:
    ticket = (await api.open("rosa"))["number"]
    await api.took("finn", ticket, "accept")
    body = {"text": TEXT, "about": {"ticket": ticket}}
    fall_behind(desk, ticket)
    refused = problem(await api.post("rosa", "/complaints", body), 503, "unavailable")
    assert "repeat the request" in refused["detail"]
    await api.took("finn", ticket, "comment", text="I am at it.")
    number = (await complain(api, about={"ticket": ticket}))["number"]
    problem(await api.get("finn", f"/tickets/{number}"), 404, "ticket-not-found")


async def test_a_ticket_that_has_ended_is_complained_about(api: Api, desk: Desk) -> None:
    ticket = (await api.open("rosa"))["number"]
    await api.took("finn", ticket, "cancel", reason="It is a copy.")
    await desk.client.get_workflow_handle(ticket).result()
    number = (await complain(api, about={"ticket": ticket}))["number"]
    problem(await api.get("finn", f"/tickets/{number}"), 404, "ticket-not-found")


async def test_nobody_finds_a_complaint_about_them_by_complaining_about_it(api: Api) -> None:
    number = (await complain(api))["number"]
    nobodys = derive("CMP", b"another key", "opening", 7)
    told = []
    for about in (number, nobodys):
        body = {"text": TEXT, "about": {"ticket": about}, "requester": "rosa@example.org"}
        refused = problem(await api.post("finn", "/complaints", body), 422, "invalid-fact")
        told.append(f"{refused['detail']} {refused['errors']}".replace(about, "that"))
    assert told[0] == told[1]
