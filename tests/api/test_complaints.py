"""Complaining over HTTP: about a ticket, a person or a service, and how it is answered."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from desk.numbers import derive, parse
from store.engine import make_engine
from tests.api.town import Api, Json, fields_of, problem
from tests.running import Desk

pytestmark = pytest.mark.temporal
TEXT = "I was promised a call on Monday.\nNobody has called since."


async def complain(api: Api, by: str = "rosa", **fields: Any) -> Json:
    """Complain as somebody; about finn, unless said otherwise."""
    body = {"text": TEXT, "about": {"person": "finn@example.org"}, **fields}
    answer = await api.post(by, "/complaints", body)
    assert answer.status_code == 201, answer.text
    opened: Json = answer.json()
    return opened


async def told_about(api: Api, name: str, number: str) -> list[Json]:
    """What the complaint is said to be about, in its timeline and in the tasks of who reads."""
    opened, *_ = (await api.get(name, f"/tickets/{number}/timeline")).json()["items"]
    tasks = (await api.get(name, "/tasks", limit=500)).json()["items"]
    found = [task["about"] for task in tasks if task["ticket"] == number]
    shown = ({k: v for k, v in about.items() if v is not None} for about in found)
    return [opened["about"], *shown]


async def test_a_complaint_about_a_person_is_answered_and_confirmed(api: Api) -> None:
    opened = await complain(api)
    number = opened["number"]
    assert parse(number).startswith("CMP-")
    assert (opened["kind"], opened["group"], opened["confidential"]) == (
        *("complaint", "complaints"),
        True,
    )
    assert opened["summary"] == "I was promised a call on Monday."
    assert opened["description"] == TEXT
    assert opened["about"] == {"ticket": None, "person": "finn@example.org", "service": None}
    assert {clock["target"]: clock["length"] for clock in opened["clocks"]} == {
        "response": "PT10H",
        "resolution": "P4DT4H",
    }
    problem(await api.get("finn", f"/tickets/{number}"), 404, "ticket-not-found")
    problem(await api.step("finn", number, "accept"), 404, "ticket-not-found")
    problem(await api.step("pia", number, "cancel", reason="x"), 403, "not-permitted")
    await api.took("pia", number, "accept")
    refused = problem(
        await api.step("pia", number, "resolve", code="fixed", text="x"), 422, "invalid-fact"
    )
    assert "upheld, partly_upheld, not_upheld" in refused["detail"]
    await api.took("pia", number, "comment", text="He was.", internal=True)
    await api.took("pia", number, "resolve", code="upheld", text="We are sorry, he calls today.")
    answered = (await api.get("rosa", f"/tickets/{number}")).json()
    assert answered["resolution"] == {"code": "upheld", "text": "We are sorry, he calls today."}
    assert answered["allowed_steps"] == ["comment", "confirm", "reopen"]
    said = (await api.get("rosa", f"/tickets/{number}/timeline")).text
    assert "He was." not in said
    assert (await api.took("rosa", number, "confirm", rating=3))["status"] == "closed"


async def test_a_complaint_about_a_ticket_is_kept_from_all_who_handled_it(api: Api) -> None:
    ticket = (await api.open("rosa"))["number"]
    await api.took("finn", ticket, "accept")
    await api.took("lena", ticket, "assign", assignee="fay@example.org")
    before = (await api.get("finn", f"/tickets/{ticket}")).json()
    opened = await complain(api, about={"ticket": ticket.lower()})
    number = opened["number"]
    assert opened["about"]["ticket"] == ticket
    for name in ("finn", "lena", "fay"):
        problem(await api.get(name, f"/tickets/{number}"), 404, "ticket-not-found")
    assert (await api.get("max", f"/tickets/{number}")).json()["about"]["ticket"] == ticket
    assert await told_about(api, "max", number) == [{"ticket": ticket}] * 2
    # Which group had the ticket is the desk's own, as always.
    assert await told_about(api, "rosa", number) == [{"ticket": ticket}]
    # Nothing of it shows on the ticket, also when the complaint is linked to it.
    await api.took("max", number, "link", kind="related", ticket=ticket)
    assert (await api.get("finn", f"/tickets/{ticket}")).json() == before
    assert number not in (await api.get("finn", f"/tickets/{ticket}/timeline")).text
    gone = await api.took("rosa", number, "withdraw", reason="It is done.")
    assert (gone["status"], gone["allowed_steps"]) == ("cancelled", [])


async def test_a_complaint_about_a_service_is_kept_from_nobody(api: Api) -> None:
    opened = await complain(api, about={"service": "mail"}, summary="Mail is slow", channel="chat")
    assert (opened["summary"], opened["service"], opened["channel"]) == (
        *("Mail is slow", "mail"),
        "chat",
    )
    refused = await api.step("max", opened["number"], "assign", assignee="max@example.org")
    assert refused.status_code == 200


async def test_an_agent_writes_down_what_somebody_tells_on_the_phone(api: Api) -> None:
    opened = await complain(api, "lena", requester="rosa@example.org")
    assert (opened["requester"], opened["channel"]) == ("rosa@example.org", "phone")
    problem(await api.get("lena", f"/tickets/{opened['number']}"), 404, "ticket-not-found")
    assert (await api.get("rosa", f"/tickets/{opened['number']}")).status_code == 200
    body = {"text": "x", "about": {"service": "mail"}, "requester": "omar@example.org"}
    problem(await api.post("rosa", "/complaints", body), 403, "not-permitted")
    assert (await complain(api, requester="ROSA@example.org"))["requester"] == "rosa@example.org"


@pytest.mark.parametrize(
    ("by", "body", "fields", "words"),
    [
        ("rosa", {}, ["about"], "is needed"),
        ("rosa", {"about": {}}, ["about.ticket", "about.person", "about.service"], "one of"),
        (
            "rosa",
            {"about": {"person": "finn@example.org", "service": "mail"}},
            ["about.ticket", "about.person", "about.service"],
            "one of",
        ),
        ("rosa", {"about": {"group": "service-desk"}}, ["about.group"], "no such field"),
        ("rosa", {"about": "finn@example.org"}, ["about"], ""),
        ("rosa", {"about": {"person": "x@example.org"}}, ["about.person"], "no such person"),
        ("rosa", {"about": {"person": "omar@example.org"}}, ["about.person"], "no such person"),
        ("rosa", {"about": {"person": "rosa@example.org"}}, ["about.person"], "themselves"),
        ("finn", {"about": {"person": "p-finn"}}, ["about.person"], "themselves"),
        (
            "finn",
            {"about": {"person": "p-finn"}, "requester": "rosa@example.org"},
            ["about.person"],
            "somebody else has to take",
        ),
        ("rosa", {"about": {"service": "shop"}}, ["about.service"], "no such service"),
        ("rosa", {"about": {"ticket": "INC-1"}}, ["about.ticket"], "not a ticket number"),
        ("rosa", {"about": {"ticket": "INC-00000000"}}, ["about.ticket"], "may see"),
        ("rosa", {"about": {"service": "mail"}, "text": " "}, ["text"], "must not be empty"),
        (
            "rosa",
            {"about": {"service": "mail"}, "text": "x" * 20_001},
            ["text"],
            "at most 20000",
        ),
        ("rosa", {"about": {"service": "mail"}, "summary": "a\nb"}, ["summary"], "single line"),
        (
            "lena",
            {"about": {"service": "mail"}, "requester": "x@example.org"},
            ["requester"],
            "no such person",
        ),
    ],
)
async def test_a_complaint_that_makes_no_sense_is_refused(
    alone: Api, by: str, body: Json, fields: list[str], words: str
) -> None:
    answer = await alone.post(by, "/complaints", {"text": TEXT, **body})
    refused = problem(answer, 422, "invalid-fact")
    assert fields_of(refused) == fields
    assert words in str(refused["errors"])


async def test_a_ticket_that_the_complainant_may_not_see_is_not_there(api: Api) -> None:
    ticket = (await api.open("omar"))["number"]
    for by, more in (("rosa", {}), ("lena", {"requester": "rosa@example.org"})):
        body = {"text": TEXT, "about": {"ticket": ticket}, **more}
        refused = problem(await api.post(by, "/complaints", body), 422, "invalid-fact")
        nobodys = derive("INC", b"another key", "opening", 7)
        unknown = await api.post(by, "/complaints", {**body, "about": {"ticket": nobodys}})
        told = problem(unknown, 422, "invalid-fact")["detail"].replace(nobodys, ticket)
        assert refused["detail"] == told


async def test_who_has_handled_a_ticket_writes_down_no_complaint_about_it(api: Api) -> None:
    ticket = (await api.open("rosa"))["number"]
    await api.took("finn", ticket, "accept")
    body = {"text": TEXT, "about": {"ticket": ticket}, "requester": "rosa@example.org"}
    refused = problem(await api.post("finn", "/complaints", body), 422, "invalid-fact")
    assert "about you" in refused["detail"]
    assert (await api.post("fay", "/complaints", body)).status_code == 201


async def test_a_complaint_about_a_complaint_is_kept_also_from_whom_that_is_about(
    api: Api,
) -> None:
    first = (await complain(api, about={"person": "pia@example.org"}))["number"]
    await api.took("max", first, "accept")
    second = (await complain(api, about={"ticket": first}))["number"]
    for name in ("max", "pia"):
        problem(await api.get(name, f"/tickets/{second}"), 404, "ticket-not-found")
    assert (await api.get("aude", f"/tickets/{second}")).status_code == 200


async def test_a_key_complains_once(api: Api) -> None:
    body = {"text": TEXT, "about": {"person": "finn@example.org"}}
    first = await api.post("rosa", "/complaints", body, idempotency_key="c-1")
    again = await api.post("rosa", "/complaints", body, idempotency_key="c-1")
    assert (again.status_code, again.json()["number"]) == (201, first.json()["number"])
    other = await api.post("rosa", "/complaints", {**body, "text": "x"}, idempotency_key="c-1")
    problem(other, 422, "key-reused")
    for about in ("x@example.org", "fay@example.org"):
        elsewhere = {**body, "about": {"person": about}}
        answer = await api.post("rosa", "/complaints", elsewhere, idempotency_key="c-1")
        problem(answer, 422, "key-reused")


async def test_nothing_is_linked_to_a_complaint(api: Api) -> None:
    number = (await complain(api))["number"]
    ticket = (await api.open("rosa"))["number"]
    for name, words in (("finn", "that you may see"), ("lena", "that you may see")):
        answer = await api.step(name, ticket, "link", kind="related", ticket=number)
        assert words in problem(answer, 422, "invalid-fact")["detail"]
    other = (await complain(api))["number"]
    answer = await api.step("max", other, "link", kind="related", ticket=number)
    assert "nothing is linked" in problem(answer, 422, "invalid-fact")["detail"]


async def test_complaints_are_counted(api: Api) -> None:
    month = f"{datetime.now(UTC):%Y-%m}"

    async def counts(by: str = "pia") -> Json:
        items = (await api.get(by, "/reports/complaints")).json()["items"]
        empty = {"opened": 0, "answered": 0, "within_target": 0, "by_code": {}, "about": {}}
        return next((item for item in items if item["month"] == month), empty)

    before, managers = await counts(), await counts("max")
    number = (await complain(api, about={"person": "max@example.org"}))["number"]
    await api.took("pia", number, "resolve", code="not_upheld", text="He was right.")
    after = await counts()
    for name in ("opened", "answered", "within_target"):
        assert after[name] == before[name] + 1
    assert after["by_code"]["not_upheld"] == before["by_code"].get("not_upheld", 0) + 1
    assert after["about"]["person"] == before["about"].get("person", 0) + 1
    assert await counts("max") == managers
    period = {"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}
    assert (await api.get("aude", "/reports/complaints", **period)).json() == {"items": []}


@pytest.mark.parametrize(
    "period",
    [
        {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2020-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00Z"},
        {"to": "0001-01-01T00:00:00Z"},
        {"from": "yesterday"},
        {"since": "2026-02-01T00:00:00Z"},
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(alone: Api, period: Json) -> None:
    problem(await alone.get("max", "/reports/complaints", **period), 422, "invalid-fact")


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-01T00:00:00", "yesterday"])
async def test_an_end_of_a_period_without_its_zone_reads_how_to_write_it(
    alone: Api, day: str
) -> None:
    answer = await alone.get("max", "/reports/complaints", **{"from": day})
    refused = problem(answer, 422, "invalid-fact")
    why = "must be an instant with its zone, like 2026-03-02T09:30:00Z"
    assert refused["errors"] == [{"field": "from", "message": why}]


async def test_each_reason_is_found_among_the_rules(api: Api) -> None:
    number = (await complain(api, about={"service": "mail"}))["number"]
    rules = (await api.get("max", "/policy")).json()
    events = (await api.get("max", f"/tickets/{number}/timeline")).json()["items"]
    paths = [event["why"]["rule"] for event in events if event["why"]]
    assert paths == ["matrix.medium.medium", "complaints.routing.default"]
    for path in paths:
        found = rules
        for part in path.split("."):
            found = found[part]
    assert rules["complaints"]["closure"]["codes"] == ["upheld", "partly_upheld", "not_upheld"]
    assert rules["complaints"]["targets"]["P3"]["response"]["length"] == "PT10H"


async def test_while_the_database_is_away_nobody_complains_about_a_ticket(
    api: Api, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = (await api.open("rosa"))["number"]
    number = (await complain(api))["number"]
    state = api.app.state.desk
    lost = make_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'desk.sqlite3'}")
    monkeypatch.setattr(state.reader, "_engine", lost)
    object.__setattr__(state, "engine", lost)
    try:
        body = {"text": TEXT, "about": {"ticket": ticket}}
        answer = await api.post("rosa", "/complaints", body)
        assert "whom it is about" in problem(answer, 503, "unavailable")["detail"]
        assert (await complain(api))["status"] == "new"
        problem(await api.step("finn", number, "comment", text="Why?"), 404, "ticket-not-found")
        answer = await api.step("max", number, "assign", assignee="finn@example.org")
        assert fields_of(problem(answer, 422, "invalid-fact")) == ["assignee"]
        assert (await api.took("max", number, "assign", assignee="pia@example.org"))["assignee"]
    finally:
        object.__setattr__(state, "engine", desk.engine)
        monkeypatch.undo()
        state.reader._rests_until = 0.0
