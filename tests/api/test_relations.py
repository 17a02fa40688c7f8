"""Two tickets over HTTP: what is shown of the other, to whom, and which other there can be."""

from typing import Any

import pytest

from tests.api.town import Api, Json, problem
from tests.patience import eventually

pytestmark = pytest.mark.temporal


async def opened(api: Api, by: str = "rosa", **fields: Any) -> str:
    return str((await api.open(by, **fields))["number"])


async def two(api: Api) -> tuple[str, str]:
    return await opened(api), await opened(api)


async def until(api: Api, number: str, **facts: Any) -> Json:
    """The ticket, as soon as it stands so."""

    async def so() -> bool:
        ticket = (await api.get("finn", f"/tickets/{number}")).json()
        return all(ticket[name] == value for name, value in facts.items())

    await eventually(so)
    shown: Json = (await api.get("finn", f"/tickets/{number}")).json()
    return shown


async def family(api: Api, parent: str, child: str) -> None:
    await api.took("finn", child, "link", kind="parent", ticket=parent)
    await until(api, parent, links=[{"kind": "child", "ticket": child}])


async def test_both_tickets_show_the_link_to_the_desk_and_to_nobody_else(api: Api) -> None:
    one, other = await two(api)
    await api.took("finn", one, "link", kind="caused_by", ticket=other.lower())
    await until(api, other, links=[{"kind": "causes", "ticket": one}])
    assert (await api.get("rosa", f"/tickets/{other}")).json()["links"] == []
    timeline = (await api.get("finn", f"/tickets/{other}/timeline")).json()["items"]
    assert (timeline[-1]["event"], timeline[-1]["other"]) == ("linked", one)
    assert timeline[-1]["actor"] == "finn@example.org"
    assert timeline[-1]["why"]["words"] == f"a person linked {one}, there"
    seen = (await api.get("rosa", f"/tickets/{other}/timeline")).json()["items"]
    assert "linked" not in [event["event"] for event in seen]
    await api.took("finn", other, "unlink", kind="causes", ticket=one)
    await until(api, one, links=[])


async def test_a_merged_ticket_shows_it_and_is_resolved_with_the_other(api: Api) -> None:
    one, other = await two(api)
    merged = await api.took("finn", one, "merge", into=other, reason="The same switch.")
    assert (merged["status"], merged["merged_into"]) == ("merged", other)
    assert merged["allowed_steps"] == ["comment", "link", "unlink", "split"]
    links = [{"kind": "duplicate", "ticket": one}]
    await until(api, other, links=links)
    own = (await api.get("rosa", f"/tickets/{one}")).json()
    assert (own["merged_into"], own["allowed_steps"]) == (None, ["comment"])
    found = (await api.get("finn", "/tickets", status="merged", sort="-opened")).json()["items"]
    assert one in [ticket["number"] for ticket in found]
    tasks = (await api.get("finn", "/tasks")).json()["items"]
    assert one not in [task["ticket"] for task in tasks]

    await api.took("finn", other, "resolve", code="fixed", text="A new switch.")
    await until(api, one, status="resolved", merged_into=None)
    timeline = (await api.get("rosa", f"/tickets/{one}/timeline")).json()["items"]
    told = [event for event in timeline if event["event"] in ("merged", "resolved_with")]
    assert [event["messages"][0]["template"] for event in told] == ["merged", "resolved"]
    assert other not in str(timeline)
    assert "The same switch." not in str(timeline)
    assert told[1]["text"] == "A new switch."
    assert (await api.took("rosa", one, "confirm"))["status"] == "closed"


async def test_a_ticket_that_is_split_off_goes_on(api: Api) -> None:
    one, other = await two(api)
    await api.took("finn", one, "merge", into=other)
    await until(api, other, links=[{"kind": "duplicate", "ticket": one}])
    split = await api.took("finn", one, "split", reason="Another switch.")
    assert (split["status"], split["links"], split["merged_into"]) == ("in_progress", [], None)
    await until(api, other, links=[])
    timeline = (await api.get("rosa", f"/tickets/{one}/timeline")).json()["items"]
    assert timeline[-1]["event"] == "split_off"
    assert "Another switch." not in str(timeline)


async def test_children_are_resolved_with_their_parent(api: Api) -> None:
    parent, child = await two(api)
    await family(api, parent, child)
    await api.took("finn", parent, "resolve", code="fixed", text="Done.", children=True)
    await until(api, child, status="resolved")


@pytest.mark.parametrize("value", ["yes", 1])
async def test_whether_children_follow_is_true_or_false(api: Api, value: object) -> None:
    number = await opened(api)
    answer = await api.step("finn", number, "resolve", code="fixed", text="x", children=value)
    problem(answer, 422, "invalid-fact")


async def test_a_ticket_is_not_merged_into_itself(api: Api) -> None:
    one = await opened(api)
    body = problem(await api.step("finn", one, "merge", into=one), 422, "invalid-fact")
    assert body["errors"] == [{"field": "into", "message": "a ticket cannot be merged into itself"}]


@pytest.mark.parametrize(
    ("number", "why"), [("INC-00000000", "there is no ticket"), ("nonsense", "not a ticket number")]
)
async def test_a_ticket_is_merged_only_into_one_that_there_is(
    api: Api, number: str, why: str
) -> None:
    one = await opened(api)
    body = problem(await api.step("finn", one, "merge", into=number), 422, "invalid-fact")
    assert body["errors"][0]["field"] == "into"
    assert why in body["errors"][0]["message"]


async def test_a_ticket_that_the_agent_may_not_see_is_not_there(api: Api) -> None:
    one, secret = await opened(api), await opened(api, confidential=True)
    for step, fields in (("merge", {"into": secret}), ("link", {"kind": "related"})):
        named = {"ticket": secret, **fields} if step == "link" else fields
        body = problem(await api.step("theo", one, step, **named), 422, "invalid-fact")
        assert "there is no ticket" in body["errors"][0]["message"]


async def test_what_was_never_linked_is_not_probed_by_taking_the_link_off(api: Api) -> None:
    one, other, secret = *await two(api), await opened(api, confidential=True)
    for number in (secret, "INC-00000000"):
        answer = await api.step("theo", one, "unlink", kind="related", ticket=number)
        (error,) = problem(answer, 422, "invalid-fact")["errors"]
        assert error == {
            "field": "ticket",
            "message": f"there is no ticket {number} that you may see",
        }
    answer = await api.step("theo", one, "unlink", kind="related", ticket=other)
    (error,) = problem(answer, 422, "invalid-fact")["errors"]
    assert error["message"] == f"{other} is not linked as related here"
    await api.took("lena", one, "link", kind="related", ticket=secret)
    assert (await api.took("theo", one, "unlink", kind="related", ticket=secret))["links"] == []


async def test_an_incident_is_merged_into_an_open_incident_of_the_same_customer(api: Api) -> None:
    one, done, merged, into = [await opened(api) for _ in range(4)]
    await api.took("finn", done, "resolve", code="fixed", text="Done.")
    await api.took("finn", merged, "merge", into=into)
    wish = (await api.order("rosa"))["number"]
    foreign = await opened(api, "omar")
    secret = await opened(api, confidential=True)
    for other, why in (
        (wish, "is a service request"),
        (foreign, "is of another customer"),
        (secret, "one of both is confidential"),
        (done, "is resolved"),
        (merged, f"was merged into {into}"),
    ):
        body = problem(await api.step("finn", one, "merge", into=other), 422, "invalid-fact")
        assert why in body["errors"][0]["message"], body


async def test_a_merged_ticket_is_not_merged_again(api: Api) -> None:
    one, other = await two(api)
    await api.took("finn", one, "merge", into=other)
    third = await opened(api)
    body = problem(await api.step("finn", one, "merge", into=third), 409, "step-refused")
    assert body["allowed_steps"] == ["comment", "link", "unlink", "split"]


async def test_no_ticket_is_above_and_below_another(api: Api) -> None:
    grandmother, mother, child = [await opened(api) for _ in range(3)]
    await family(api, grandmother, mother)
    await api.took("finn", child, "link", kind="parent", ticket=mother)
    children = [{"kind": "parent", "ticket": grandmother}, {"kind": "child", "ticket": child}]
    await until(api, mother, links=children)
    for number, kind, other in (
        (grandmother, "parent", child),
        (child, "child", grandmother),
        (grandmother, "parent", mother),
    ):
        answer = await api.step("finn", number, "link", kind=kind, ticket=other)
        body = problem(answer, 422, "invalid-fact")
        assert "above and below" in body["errors"][0]["message"] or "parent" in str(body)
    fourth = await opened(api)
    answer = await api.step("finn", fourth, "link", kind="child", ticket=child)
    assert f"has a parent already: {mother}" in str(problem(answer, 422, "invalid-fact"))


async def test_a_requester_merges_nothing_and_a_stranger_finds_nothing(api: Api) -> None:
    one, other = await two(api)
    problem(await api.step("rosa", one, "merge", into=other), 403, "not-permitted")
    problem(await api.step("omar", one, "merge", into=other), 404, "ticket-not-found")


async def test_a_step_repeated_under_its_key_is_taken_once(api: Api) -> None:
    one, other = await two(api)
    body = {"step": "merge", "into": other}
    answers = [
        await api.post("finn", f"/tickets/{one}/steps", body, Idempotency_Key="merge-once")
        for _ in range(2)
    ]
    assert [answer.json()["version"] for answer in answers] == [2, 2]
