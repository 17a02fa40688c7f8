"""What a report turns out to be, over HTTP: who may say so, and what has to be said with it."""

import pytest

from desk.wish import wish_of
from tests.api.test_decisions import decide, link, stands
from tests.api.town import ANSWERS, Api, Json, fields_of, problem
from tests.patience import eventually

pytestmark = pytest.mark.temporal
WIFI: Json = {
    "step": "become",
    "kind": "service_request",
    "item": "guest-wifi",
    "answers": ANSWERS["guest-wifi"],
    "reason": "Nothing is broken.",
}
BROKEN: Json = {"step": "become", "kind": "incident", "reason": "It was there until Friday."}
REPORT: Json = {"summary": "The guest has no network", "requester": "rosa@example.org"}


async def became(api: Api, number: str, kind: str) -> None:
    """Wait until the process of the other kind has it."""

    async def so() -> bool:
        return bool((await api.get("lena", f"/tickets/{number}")).json()["kind"] == kind)

    await eventually(so)


async def reported(api: Api) -> str:
    """The number of an incident of Rosa's."""
    answer = await api.post("finn", "/incidents", REPORT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def take(api: Api, name: str, number: str, body: Json) -> Json:
    """The ticket after the step."""
    answer = await api.post(name, f"/tickets/{number}/steps", body)
    assert answer.status_code == 200, answer.text
    ticket: Json = answer.json()
    return ticket


async def test_an_incident_is_ordered_approved_and_keeps_its_number_and_timeline(api: Api) -> None:
    number = await reported(api)
    await api.took("finn", number, "accept")
    ticket = await take(api, "finn", number, {**WIFI, "for": "rosa@example.org"})
    assert (ticket["number"], ticket["kind"]) == (number, "service_request")
    assert ticket["status"] == "approving"
    assert ticket["order"]["wanted_for"] == "rosa@example.org"
    assert (await api.took("lena", number, "approve"))["order"]["phase"] == "fulfilment"
    told = (await api.get("finn", f"/tickets/{number}/timeline")).json()["items"]
    kinds = [event["event"] for event in told]
    assert kinds.index("opened") < kinds.index("became") < kinds.index("ordered")
    step = next(e["step"] for e in told if e.get("step", {}).get("step") == "become")
    assert (step["for"], step["answers"]) == ("rosa@example.org", ANSWERS["guest-wifi"])


async def test_whoever_makes_it_an_order_does_not_approve_it(api: Api) -> None:
    number = await reported(api)
    ticket = await take(api, "lena", number, {**WIFI, "for": "rosa@example.org"})
    assert "approve" not in ticket["allowed_steps"]
    problem(await api.step("lena", number, "approve"), 403, "not-permitted")


async def test_the_link_of_a_former_order_decides_nothing_of_the_next(api: Api) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    answers = ANSWERS["new-laptop"]
    wish = wish_of("new-laptop", answers, "p-rosa")
    old = link(number, stage="line manager", wish=wish)
    assert "You have approved it" in (await decide(api, old)).text
    await take(api, "finn", number, BROKEN)
    await became(api, number, "incident")
    again = await take(api, "finn", number, {**WIFI, "item": "new-laptop", "answers": answers})
    await became(api, number, "service_request")
    for page in (await api.client.get(old), await decide(api, old)):
        assert (page.status_code, "not needed now" in page.text) == (409, True)
    assert (await stands(api, number))["order"]["decisions"] == []
    new = link(number, stage="line manager", wish=f"{wish}-{again['version']}")
    assert "You have approved it" in (await decide(api, new)).text
    (decision,) = (await stands(api, number))["order"]["decisions"]
    assert decision["person"] == "mona@example.org"


async def test_the_reasons_of_both_of_its_lives_are_told(api: Api) -> None:
    number = await reported(api)
    await take(api, "finn", number, WIFI)
    told = (await api.get("finn", f"/tickets/{number}/timeline")).json()["items"]
    routed = [event for event in told if event["event"] == "routed"]
    assert all(event["why"] for event in routed)
    assert routed[-1]["why"]["rule"] == "catalogue.guest-wifi.group"


async def test_what_happened_is_explained_as_it_was_whatever_it_becomes_later(api: Api) -> None:
    order = {"item": "software-licence", "answers": ANSWERS["software-licence"]}
    number = (await api.order("rosa", "software-licence"))["number"]
    path = f"/tickets/{number}/timeline"
    seen = (await api.get("finn", path)).json()["items"]
    for kind, body in (
        ("incident", BROKEN),
        ("service_request", WIFI),
        ("incident", BROKEN),
        ("service_request", {**WIFI, **order}),
    ):
        await take(api, "finn", number, body)
        await became(api, number, kind)
        for who in ("finn", "lena", "aude"):
            answer = await api.get(who, path)
            assert answer.status_code == 200, answer.text
        told = answer.json()["items"]
        whys = [(event["id"], event["why"]) for event in seen]
        assert [(event["id"], event["why"]) for event in told][: len(whys)] == whys
        seen = told
    assert {"clocks", "terms_before"}.isdisjoint(name for event in seen for name in event)
    asked = [event["why"]["rule"] for event in seen if event["event"] == "approval_asked"]
    assert [rule.split(".")[1] for rule in asked] == [
        "software-licence", "guest-wifi", "software-licence",
    ]  # fmt: skip
    pages: list[Json] = []
    after: str | None = ""
    while after is not None:
        page = (await api.get("finn", path, limit=3, after=after)).json()
        pages, after = [*pages, *page["items"]], page["next"]
    assert [event["why"] for event in pages] == [event["why"] for event in seen]


async def test_an_order_is_found_by_its_repeat_though_it_became_an_incident(api: Api) -> None:
    wish = {"item": "guest-wifi", "answers": ANSWERS["guest-wifi"]}
    first = await api.post("rosa", "/requests", wish, idempotency_key="once")
    number = first.json()["number"]
    await take(api, "finn", number, BROKEN)
    again = await api.post("rosa", "/requests", wish, idempotency_key="once")
    assert (again.status_code, again.json()["number"]) == (201, number)
    assert again.json()["kind"] == "incident"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item": "hover-car"}, "item"),
        ({"item": "new-starter"}, "item"),
        ({"item": None}, "item"),
        ({"for": "omar@example.org"}, "for"),
        ({"for": "nobody@example.org"}, "for"),
        ({"answers": {"guest": "Carl"}}, "answers.company"),
        ({"kind": "complaint"}, "kind"),
    ],
)
async def test_what_cannot_be_is_named_and_changes_nothing(
    api: Api, change: Json, field: str
) -> None:
    number = await reported(api)
    answer = await api.post("finn", f"/tickets/{number}/steps", {**WIFI, **change})
    assert field in fields_of(problem(answer, 422, "invalid-fact"))
    assert (await api.get("finn", f"/tickets/{number}")).json()["version"] == 1


async def test_the_requester_does_not_say_what_it_is(api: Api) -> None:
    number = await reported(api)
    answer = await api.post("rosa", f"/tickets/{number}/steps", WIFI)
    problem(answer, 403, "not-permitted")


async def test_a_repeat_changes_nothing(api: Api) -> None:
    number = await reported(api)
    path = f"/tickets/{number}/steps"
    first = await api.post("finn", path, WIFI, idempotency_key="k1")
    await became(api, number, "service_request")
    again = await api.post("finn", path, WIFI, idempotency_key="k1")
    assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])
