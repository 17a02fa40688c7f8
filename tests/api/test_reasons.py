"""The timeline says who did it, through which channel, and why a machine decided so."""

import re

import pytest
from sqlalchemy import event

from policies.in_force import IN_FORCE
from tests.api.town import Api, Json

pytestmark = pytest.mark.temporal
OF_TICKETS = re.compile(r"FROM (tickets|snapshots|events|messages|terms)\b")


async def _timeline(api: Api, by: str, number: str, **query: object) -> list[Json]:
    answer = await api.get(by, f"/tickets/{number}/timeline", **query)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def test_each_decision_of_a_machine_names_its_rule_version_and_facts(api: Api) -> None:
    number = (await api.open("rosa", impact="high", urgency="high"))["number"]
    await api.took("finn", number, "accept")
    opened, prioritised, routed, *_, accepted = await _timeline(api, "aude", number)
    assert opened["why"] is None
    why = prioritised["why"]
    assert (why["rule"], why["policy_version"]) == ("matrix.high.high", IN_FORCE.policy_version)
    assert why["facts"]["priority"] == "P1"
    clocks = (await api.get("aude", f"/tickets/{number}/clocks")).json()["items"]
    due = next(clock["due"] for clock in clocks if clock["target"] == "resolution")
    assert why["facts"]["resolution_due"] == due
    assert routed["why"]["rule"] == "routing.categories.network"
    assert accepted["why"]["facts"]["response_clock"] == "stop"


@pytest.mark.parametrize("by", ["finn", "lena", "max", "pia", "aude"])
async def test_those_of_the_desk_read_actor_channel_and_correlation(api: Api, by: str) -> None:
    answer = await api.post("rosa", "/incidents", {"summary": "x", "category": "network"})
    number, correlation = answer.json()["number"], answer.headers["x-correlation-id"]
    for item in await _timeline(api, by, number):
        assert (item["actor"], item["correlation"]) == ("rosa@example.org", correlation)
        assert item["via"] == "api"


async def test_a_requester_reads_no_reason_channel_or_correlation(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    await api.took("finn", number, "accept")
    items = await _timeline(api, "rosa", number)
    assert items
    for item in items:
        assert (item["why"], item["via"], item["correlation"]) == (None, None, None)
    assert "service-desk" not in str(items)


async def test_a_page_has_the_reasons_of_the_whole_and_asks_as_often(api: Api) -> None:
    number = (await api.open("rosa", category="hardware"))["number"]
    for n in range(4):
        await api.took("finn", number, "comment", text=f"Line {n}", internal=True)
    await api.took("finn", number, "classify", category="access", impact="low", urgency="low")
    await api.took("finn", number, "hand_off", line=2, reason="Beyond us.")
    whole = await _timeline(api, "finn", number)
    assert [i["why"]["rule"] for i in whole if i["event"] == "routed"][-1].endswith("access")
    path = f"/tickets/{number}/timeline"
    seen: list[Json] = []
    asked: list[int] = []
    after: str | None = ""
    while after is not None:
        statements: list[str] = []

        def note(
            _c: object, _k: object, text: str, *_r: object, to: list[str] = statements
        ) -> None:
            to.append(text)

        engine = api.app.state.desk.engine
        event.listen(engine, "before_cursor_execute", note)
        page = (await api.get("finn", path, limit=3, after=after)).json()
        event.remove(engine, "before_cursor_execute", note)
        seen += page["items"]
        # The directory of people asks for itself, every other second.
        asked.append(sum(OF_TICKETS.search(text) is not None for text in statements))
        after = page["next"]
    shown = [(item["id"], item["why"]) for item in whole]
    assert [(item["id"], item["why"]) for item in seen][: len(shown)] == shown
    # The ticket, its events, its messages, its terms, and what was before: five; one for each of
    # the three events of a page would be eight. Now and then the desk asks something for itself.
    assert len(asked) > 3
    assert max(asked) <= 7


async def test_a_reason_names_by_address_who_is_asked_to_approve(api: Api) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    items = await _timeline(api, "aude", number)
    (asked,) = [item for item in items if item["event"] == "approval_asked"]
    assert asked["why"]["facts"]["approvers"] == "mona@example.org"
    assert "1 of 1: mona@example.org" in asked["why"]["words"]
