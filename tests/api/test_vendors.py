"""Vendors over HTTP: what is signed is taken once; all else is refused, and told little."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, update

from desk.webhook import SIGNATURE, secret_of, signed
from store.engine import writing
from store.tables import calendars, vendors
from store.tokens import lock_organisation, organisation_changed
from store.vendors import Vendor
from tests.api.town import SECRET, Api, Json, problem
from tests.patience import eventually
from tests.running import Desk

pytestmark = pytest.mark.temporal
WEEK = {
    "name": "week",
    "zone": "Europe/Berlin",
    "shifts": [{"day": day, "start": "00:00", "end": "24:00"} for day in ("mon", "tue", "wed")],
}
CONTRACT: Json = {
    "id": "routers",
    "until": "2029-12-31",
    "calendar": "week",
    "pauses": True,
    "targets": {"P1": "PT2H", "P2": "PT4H", "P3": "PT8H", "P4": "PT20H"},
}


def vendor(id: str, **changes: Any) -> Json:
    fields = {"id": id, "name": f"The {id}", "email": f"{id}@example.org", "contracts": [CONTRACT]}
    made = Vendor.model_validate_json(json.dumps({**fields, **changes}))
    return {"id": id, "body": made.model_dump_json()}


@pytest.fixture(scope="module", autouse=True)
async def known(desk: Desk, api: Api) -> None:
    """Two vendors, and one whose contract has run out."""
    old = {**CONTRACT, "until": "2026-01-31"}
    with writing(desk.engine) as connection:
        lock_organisation(connection)
        connection.execute(insert(calendars).values(id="week", body=json.dumps(WEEK)))
        for row in (vendor("acme"), vendor("bolts"), vendor("late", contracts=[old])):
            connection.execute(insert(vendors).values(**row))
        organisation_changed(connection)

    async def there() -> bool:
        return bool((await api.get("finn", "/vendors")).json()["items"])

    await eventually(there)


class Caller:
    """A vendor that sends answers, signed as it is told to."""

    def __init__(self, api: Api, vendor: str = "acme") -> None:
        self.api, self.vendor = api, vendor
        self.secret = secret_of(SECRET.encode(), vendor, 1)

    async def send(
        self,
        body: Json,
        key: str | None = None,
        at: datetime | None = None,
        secret: bytes | None = None,
        proof: str | None = None,
    ) -> httpx.Response:
        raw = json.dumps(body).encode()
        headers = signed(secret or self.secret, key or uuid4().hex, at or datetime.now(UTC), raw)
        headers |= {} if proof is None else {SIGNATURE: proof}
        return await self.api.client.post(
            f"/vendors/{self.vendor}/replies",
            content=raw,
            headers={**headers, "Content-Type": "application/json"},
        )


async def with_acme(api: Api) -> str:
    number = str((await api.open("rosa"))["number"])
    step = {"step": "hand_to_vendor", "vendor": "acme", "text": "Router 7 reboots."}
    answer = await api.post("finn", f"/tickets/{number}/steps", step)
    assert answer.status_code == 200, answer.text
    assert answer.json()["vendors"][0]["vendor"] == "acme"
    return number


async def test_a_signed_answer_is_taken_once_and_tells_the_vendor_nothing_else(api: Api) -> None:
    number = await with_acme(api)
    body = {"ticket": number, "text": "We replaced it.", "reference": "A-7"}
    first = await Caller(api).send(body, "msg_1")
    again = await Caller(api).send(body, "msg_1", at=datetime.now(UTC) - timedelta(minutes=1))
    assert first.status_code == again.status_code == 200, first.text
    assert first.json() == again.json() == {"ticket": number, "taken": True}
    events = (await api.get("finn", f"/tickets/{number}/timeline")).json()["items"]
    replies = [e for e in events if e["event"] == "step" and e["step"]["step"] == "vendor_reply"]
    assert [(e["actor"], e["via"], e["step"]["reference"]) for e in replies] == [
        ("The acme", "webhook", "A-7")
    ]
    told = [message["to"] for e in events for message in e["messages"]]
    assert "The acme" in told
    assert (await api.get("finn", f"/tickets/{number}")).json()["vendors"] == []


async def test_the_requester_reads_neither_the_vendor_nor_what_it_was_told(api: Api) -> None:
    number = await with_acme(api)
    ticket = (await api.get("rosa", f"/tickets/{number}")).json()
    assert ticket["vendors"] == []
    accounts = (await api.get("rosa", f"/tickets/{number}/clocks")).json()["items"]
    assert ticket["clocks"] != []
    assert [c["target"] for c in accounts] == [c["target"] for c in ticket["clocks"]]
    assert not [c for c in accounts if c["target"].startswith(("uc_", "ola_"))]
    inside = (await api.get("finn", f"/tickets/{number}/clocks")).json()["items"]
    assert [c for c in inside if c["target"] == "uc_acme"] != []
    done = await Caller(api).send({"ticket": number, "text": "We replaced it."})
    assert done.status_code == 200
    timeline = (await api.get("rosa", f"/tickets/{number}/timeline")).text
    assert '"wait_over"' in timeline
    assert "acme" not in timeline
    assert "uc_" not in timeline
    waits = [e for e in json.loads(timeline)["items"] if e["event"] == "with_vendor"]
    assert [one["pauses"] for one in waits] == [True]
    assert not {"vendor", "contract", "length", "due", "gives_up_after"} & set(waits[0])
    assert "replaced" not in timeline
    assert "Router 7" not in timeline


async def test_another_answer_under_the_same_id_is_refused(api: Api) -> None:
    number = await with_acme(api)
    body = {"ticket": number, "text": "On the way.", "final": False}
    assert (await Caller(api).send(body, "msg_2")).status_code == 200
    other = await Caller(api).send({**body, "text": "Done."}, "msg_2")
    assert problem(other, 422, "key-reused")
    assert "webhook-id" in other.json()["detail"]
    assert "Idempotency-Key" not in other.text


async def test_what_is_forged_old_or_of_nobody_is_refused_alike(api: Api) -> None:
    number = await with_acme(api)
    body = {"ticket": number, "text": "Done."}
    caller, now = Caller(api), datetime.now(UTC)
    forged = await caller.send(body, secret=b"another")
    nobody = await Caller(api, "nobody").send(body)
    anothers = await caller.send(body, secret=Caller(api, "bolts").secret)
    details = {
        problem(answer, 401, "not-signed")["detail"] for answer in (forged, nobody, anothers)
    }
    assert len(details) == 1
    for minutes in (-6, 6):
        late = await caller.send(body, at=now + timedelta(minutes=minutes))
        assert "5 minutes" in problem(late, 401, "not-signed")["detail"]
    bare = await caller.send(body, proof="")
    assert problem(bare, 401, "not-signed")
    unsigned = await api.client.post("/vendors/acme/replies", json=body)
    assert "webhook-id" in problem(unsigned, 401, "not-signed")["detail"]
    assert (await api.get("finn", f"/tickets/{number}")).json()["vendors"] != []


async def test_a_ticket_of_another_and_one_that_is_not_there_are_the_same_answer(api: Api) -> None:
    number = await with_acme(api)
    absent = ("INC-00000012", "nonsense", (await api.open("rosa"))["number"], number)
    answers = [await Caller(api, "bolts").send({"ticket": t, "text": "Hello."}) for t in absent]
    assert len({problem(a, 404, "ticket-not-found")["detail"] for a in answers}) == 1


async def test_what_is_over_for_the_vendor_says_so_and_a_repeat_is_answered_all_the_same(
    api: Api,
) -> None:
    number = await with_acme(api)
    body = {"ticket": number, "text": "Done."}
    assert (await Caller(api).send(body, "msg_3")).status_code == 200
    late = problem(await Caller(api).send({**body, "text": "One more thing."}), 409, "step-refused")
    assert "over for you" in late["detail"]
    await api.post("finn", f"/tickets/{number}/steps", {"step": "cancel", "reason": "It works."})
    assert (await Caller(api).send(body, "msg_3")).json() == {"ticket": number, "taken": True}
    assert "over for you" in problem(await Caller(api).send(body), 409, "step-refused")["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"final": "yes"}, "final"),
        ({"reference": "a\nb"}, "reference"),
        ({"vendor": "bolts"}, "vendor"),
    ],
)
async def test_a_body_that_is_not_right_names_the_field(api: Api, change: Json, field: str) -> None:
    body = {"ticket": "INC-00000012", "text": "Done.", **change}
    answer = problem(await Caller(api).send(body), 422, "invalid-fact")
    assert [error["field"] for error in answer["errors"]] == [field]


async def test_a_secret_that_was_changed_proves_nothing_any_more(desk: Desk, api: Api) -> None:
    number = await with_acme(api)
    body = {"ticket": number, "text": "On the way.", "final": False}
    with writing(desk.engine) as connection:
        lock_organisation(connection)
        changed = vendor("acme", generation=2)["body"]
        connection.execute(update(vendors).where(vendors.c.id == "acme").values(body=changed))
        organisation_changed(connection)

    async def refused() -> bool:
        return (await Caller(api).send(body)).status_code == 401

    await eventually(refused)
    with writing(desk.engine) as connection:
        lock_organisation(connection)
        back = vendor("acme")["body"]
        connection.execute(update(vendors).where(vendors.c.id == "acme").values(body=back))
        organisation_changed(connection)

    async def taken() -> bool:
        return (await Caller(api).send(body)).status_code == 200

    await eventually(taken)


async def test_only_the_desks_own_people_read_the_contracts(api: Api) -> None:
    listed = (await api.get("aude", "/vendors")).json()["items"]
    assert [one["id"] for one in listed] == ["acme", "bolts", "late"]
    acme, late = listed[0]["contracts"][0], listed[2]["contracts"][0]
    assert (acme["in_force"], late["in_force"], late["days_left"]) == (True, False, 0)
    assert acme["days_left"] > 60
    assert acme["from"] is None
    assert problem(await api.get("rosa", "/vendors"), 403, "not-permitted")
    assert (await api.client.get("/vendors")).status_code == 401


async def test_an_agent_is_told_why_a_vendor_cannot_be_asked(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    for name, why in (("nobody", "one of acme, bolts, late"), ("late", "ran until 2026-01-31")):
        step = {"step": "hand_to_vendor", "vendor": name, "text": "Help."}
        answer = problem(
            await api.post("finn", f"/tickets/{number}/steps", step), 422, "invalid-fact"
        )
        assert answer["errors"][0]["field"] == "vendor"
        assert why in answer["detail"]
