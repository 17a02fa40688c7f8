"""Ordering an item: who may order what for whom, and that an order is placed once."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from api.state import State
from desk.catalogue import Item
from desk.numbers import derive, parse
from desk.people import Role
from store.policy import Policy
from tests.api.town import ANSWERS, Api, Json, fields_of, problem
from tests.running import Desk

pytestmark = pytest.mark.temporal
WISH = {"item": "guest-wifi", "answers": ANSWERS["guest-wifi"]}


async def test_an_order_is_a_ticket_with_what_was_ordered(api: Api) -> None:
    answer = await api.post("rosa", "/requests", WISH)

    assert answer.status_code == 201, answer.text
    ticket = answer.json()
    assert answer.headers["location"] == f"/tickets/{ticket['number']}"
    assert parse(ticket["number"]).startswith("REQ-")
    assert (ticket["kind"], ticket["status"]) == ("service_request", "approving")
    assert (ticket["summary"], ticket["customer"]) == ("Guest wifi", "northwind")
    assert ticket["allowed_steps"] == ["comment", "amend", "withdraw"]
    assert ticket["order"] == {
        "item": "guest-wifi",
        "title": "Guest wifi",
        "answers": ANSWERS["guest-wifi"],
        "form": 1,
        "wanted_for": "rosa@example.org",
        "price": None,
        "cost_centre": None,
        "phase": "approval",
        "given": 0,
        "stage": {"key": "visit", "needs": 1, "given": 0, "asked": 2},
        "asked": None,
        "decisions": None,
        "asked_by": None,
        "questions": None,
        "tasks": [
            {"key": "code", "state": "later", "group": None, "at": None, "by": None, "note": None}
        ],
        "ending": None,
    }


async def test_an_order_may_have_a_summary_a_channel_and_be_confidential(api: Api) -> None:
    facts: Json = {"summary": "For the audit", "channel": "chat", "confidential": True}
    ticket = await api.order("finn", **facts)
    assert {name: ticket[name] for name in facts} == facts
    assert (await api.order("finn"))["channel"] == "phone"


async def test_what_needs_no_approval_is_at_once_being_done(api: Api) -> None:
    ticket = await api.order("rosa", "password-reset")
    assert (ticket["status"], ticket["order"]["phase"]) == ("in_progress", "fulfilment")


async def test_an_unknown_item_is_answered_with_those_there_are(api: Api) -> None:
    answer = await api.post("rosa", "/requests", {**WISH, "item": "spaceship"})
    body = problem(answer, 422, "invalid-fact")
    assert fields_of(body) == ["item"]
    assert "guest-wifi" in body["detail"]
    assert "new-starter" not in body["detail"]


async def test_an_item_for_other_roles_is_refused(api: Api) -> None:
    answer = await api.post("rosa", "/requests", {"item": "new-starter", "answers": {}})
    assert "lead" in problem(answer, 403, "not-permitted")["detail"]


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        ({}, ["item"]),
        ({"item": "guest-wifi", "answers": []}, ["answers"]),
        ({"item": 7, "answers": {}}, ["item"]),
        ({**WISH, "for": ""}, ["for"]),
        ({**WISH, "wanted_for": "rosa@example.org"}, ["wanted_for"]),
        ({**WISH, "channel": "Fax!"}, ["channel"]),
        ({**WISH, "confidential": "no"}, ["confidential"]),
        ({**WISH, "answers": {**ANSWERS["guest-wifi"], "day": "soon"}}, ["answers.day"]),
        (
            {"item": "guest-wifi", "for": "nobody@example.org"},
            ["for", "answers.guest", "answers.company", "answers.e_mail", "answers.day"],
        ),
    ],
)
async def test_each_wrong_field_of_an_order_is_named(
    api: Api, wish: Json, fields: list[str]
) -> None:
    assert fields_of(problem(await api.post("rosa", "/requests", wish), 422, "invalid-fact")) == (
        fields
    )


async def test_somebody_orders_for_a_colleague(api: Api) -> None:
    ticket = await api.order("rosa", **{"for": "Mona@example.org"})
    assert ticket["requester"] == "rosa@example.org"
    assert ticket["order"]["wanted_for"] == "mona@example.org"


async def test_an_agent_orders_for_anybody_at_the_cost_of_their_customer(api: Api) -> None:
    ticket = await api.order("finn", "password-reset", **{"for": "omar@example.org"})
    assert ticket["order"]["wanted_for"] == "omar@example.org"
    assert ticket["customer"] == "contoso"


async def test_who_is_of_another_customer_or_left_is_nobody_to_a_requester(api: Api) -> None:
    told = set()
    for name in ("omar@example.org", "p-omar", "gone@example.org", "nobody@example.org"):
        answer = await api.post("rosa", "/requests", {**WISH, "for": name})
        told.add(problem(answer, 422, "invalid-fact")["detail"])
    assert len(told) == 1


async def test_the_same_key_orders_once_also_when_sent_at_once(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.post("rosa", "/requests", WISH, idempotency_key="order-once") for _ in range(6))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    incident = await api.post("rosa", "/incidents", {"summary": "x"}, idempotency_key="order-once")
    assert incident.status_code == 201


async def test_the_same_key_with_other_answers_is_refused(api: Api) -> None:
    await api.post("rosa", "/requests", WISH, idempotency_key="other-answers")
    other = {**WISH, "answers": {**ANSWERS["guest-wifi"], "days": 2}}
    answer = await api.post("rosa", "/requests", other, idempotency_key="other-answers")
    problem(answer, 422, "key-reused")


async def test_the_same_key_finds_an_order_that_has_ended(api: Api, desk: Desk) -> None:
    first = await api.post("rosa", "/requests", WISH, idempotency_key="withdrawn")
    number = first.json()["number"]
    await api.took("rosa", number, "withdraw")
    await desk.client.get_workflow_handle(number).result()

    again = await api.post("rosa", "/requests", WISH, idempotency_key="withdrawn")

    assert (again.status_code, again.json()["number"]) == (201, number)
    assert again.json()["status"] == "cancelled"
    other = {**WISH, "answers": {**ANSWERS["guest-wifi"], "days": 2}}
    answer = await api.post("rosa", "/requests", other, idempotency_key="withdrawn")
    problem(answer, 422, "key-reused")


@pytest.mark.parametrize("ended", [False, True])
async def test_a_repeat_finds_the_order_though_it_could_not_be_placed_any_more(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    key = f"no-more-{ended}"
    wish: Json = {**WISH, "for": "mona@example.org"}
    wish["answers"] = {**wish["answers"], "guest": " Vera "}
    number = (await api.post("rosa", "/requests", wish, idempotency_key=key)).json()["number"]
    if ended:
        await api.took("rosa", number, "withdraw")
        await desk.client.get_workflow_handle(number).result()
    items = dict((await rules_of(api)).catalogue)
    closed = items["guest-wifi"].model_copy(update={"may_order": (Role.LEAD,)})
    del items["guest-wifi"]
    for left in (items, {**items, "guest-wifi": closed}):
        offer(api, monkeypatch, left)
        again = await api.post("rosa", "/requests", wish, idempotency_key=key)
        assert (again.status_code, again.json()["number"]) == (201, number), again.text

    offer(api, monkeypatch, items)
    for changed in ({"for": "rosa@example.org"}, {"answers": {**ANSWERS["guest-wifi"], "days": 3}}):
        answer = await api.post("rosa", "/requests", {**wish, **changed}, idempotency_key=key)
        problem(answer, 422, "key-reused")
    problem(await api.post("rosa", "/requests", wish, idempotency_key="new"), 422, "invalid-fact")
    problem(await api.post("rosa", "/requests", wish), 422, "invalid-fact")


async def test_such_a_repeat_finds_the_order_also_when_its_first_number_was_anothers(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening_id = hashlib.sha256(b"REQ\np-rosa\ncollides").hexdigest()
    numbers = [derive("REQ", api.app.state.desk.number_key, opening_id, n) for n in range(2)]
    await desk.send_opening(desk.opening("omar", number=numbers[0]))
    first = await api.post("rosa", "/requests", WISH, idempotency_key="collides")
    assert first.json()["number"] == numbers[1]
    items = dict((await rules_of(api)).catalogue)
    del items["guest-wifi"]
    offer(api, monkeypatch, items)

    again = await api.post("rosa", "/requests", WISH, idempotency_key="collides")

    assert (again.status_code, again.json()["number"]) == (201, numbers[1]), again.text
    other = {**WISH, "answers": {**ANSWERS["guest-wifi"], "days": 3}}
    answer = await api.post("rosa", "/requests", other, idempotency_key="collides")
    problem(answer, 422, "key-reused")


async def test_a_repeat_finds_the_order_for_somebody_who_has_left(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = {**WISH, "for": "fay@example.org"}
    first = await api.post("finn", "/requests", wish, idempotency_key="for-fay")
    organisation = api.app.state.desk.organisation
    fay = organisation.people["p-fay"]
    people = {**organisation.people, "p-fay": fay.model_copy(update={"active": False})}
    left = replace(
        organisation,
        people=people,
        people_by_email={person.email: person for person in people.values()},
    )
    monkeypatch.setattr(State, "organisation", property(lambda _: left))
    again = await api.post("finn", "/requests", wish, idempotency_key="for-fay")
    assert (again.status_code, again.json()["number"]) == (201, first.json()["number"]), again.text


async def rules_of(api: Api) -> Policy:
    """The rules as the api knows them."""
    policy: Policy | None = await api.app.state.desk.rules.current()
    assert policy is not None
    return policy


def offer(api: Api, monkeypatch: pytest.MonkeyPatch, items: dict[str, Item]) -> None:
    """Have the api know other items, as after a change of the rules."""
    rules = api.app.state.desk.rules
    changed = rules._known.model_copy(update={"catalogue": items})
    monkeypatch.setattr(rules, "_known", changed)
    monkeypatch.setattr(rules, "_fresh_until", float("inf"))


async def test_without_an_engine_nothing_is_ordered(alone: Api) -> None:
    problem(await alone.post("rosa", "/requests", WISH), 503, "unavailable")
