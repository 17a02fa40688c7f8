"""Reading: lists and their pages, the timeline, the clocks, the tasks, the rules."""

import pytest

from policies.in_force import IN_FORCE
from tests.api.town import Api, Json, fields_of, problem

pytestmark = pytest.mark.temporal


async def _numbers(api: Api, by: str, **query: object) -> list[str]:
    answer = await api.get(by, "/tickets", **query)
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


async def test_a_list_is_turned_page_by_page_without_gap_or_repeat(api: Api) -> None:
    mine = {(await api.open("omar", summary=f"Page {n}"))["number"] for n in range(7)}
    for sort in ("due", "-opened", "priority"):
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            page = (await api.get("omar", "/tickets", sort=sort, limit=2, after=after)).json()
            assert len(page["items"]) <= 2
            seen += [item["number"] for item in page["items"]]
            after = page["next"]
        assert len(seen) == len(set(seen))
        assert mine <= set(seen)


async def test_a_list_is_narrowed_by_each_filter_and_an_empty_one_is_none(api: Api) -> None:
    number = (await api.open("rosa", summary="A very narrow one", category="access"))["number"]
    await api.took("finn", number, "accept")
    narrow: Json = {
        "kind": "incident",
        "status": ["in_progress", "waiting"],
        "group": "service-desk",
        "assignee": "finn@example.org",
        "requester": "rosa@example.org",
        "line": "1",
        "q": "NARROW",
        "priority": "",
        "after": "",
    }
    assert await _numbers(api, "finn", **narrow) == [number]
    for field, other in {
        "status": "closed",
        "group": "network-2",
        "assignee": "sena@example.org",
        "requester": "omar@example.org",
        "line": "3",
        "priority": "P1",
        "q": "wide",
    }.items():
        assert number not in await _numbers(api, "finn", **{**narrow, field: other})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "asleep"}, "status"),
        ({"sort": "colour"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"line": "4"}, "line"),
        ({"group": "nowhere"}, "group"),
        ({"assignee": "nobody@example.org"}, "assignee"),
        ({"requester": "nobody@example.org"}, "requester"),
        ({"q": "a\x00b"}, "q"),
        ({"after": "nonsense"}, "after"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_a_list_cannot_be_narrowed_by_is_named(
    api: Api, query: dict[str, str], field: str
) -> None:
    body = problem(await api.get("finn", "/tickets", **query), 422, "invalid-fact")
    assert fields_of(body) == [field]


async def test_a_cursor_is_good_for_its_own_list_only(api: Api) -> None:
    for n in range(3):
        await api.open("rosa", summary=f"Cursor {n}")
    after = (await api.get("rosa", "/tickets", limit=1)).json()["next"]
    answer = await api.get("rosa", "/tickets", limit=1, sort="-opened", after=after)
    assert fields_of(problem(answer, 422, "invalid-fact")) == ["after"]


async def test_a_requester_lists_and_finds_only_what_is_theirs(api: Api) -> None:
    number = (await api.open("rosa", summary="A purple telephone"))["number"]
    await api.took("finn", number, "comment", text="Ask the wizard", internal=True)
    await api.took("finn", number, "comment", text="Ask the plumber")

    assert number in await _numbers(api, "rosa", q="purple")
    assert number in await _numbers(api, "rosa", q="plumber")
    assert await _numbers(api, "rosa", q="wizard") == []
    assert await _numbers(api, "omar", q="purple") == []
    assert await _numbers(api, "omar", requester="rosa@example.org") == []
    assert await _numbers(api, "omar", requester="nobody@example.org") == []


async def test_the_timeline_tells_each_what_is_for_them(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    await api.took("finn", number, "assign", assignee="fay@example.org")
    await api.took("finn", number, "comment", text="Ask the wizard", internal=True)
    await api.took("finn", number, "hand_off", line=2, reason="Beyond us.")

    inside = (await api.get("finn", f"/tickets/{number}/timeline")).json()
    outside = (await api.get("rosa", f"/tickets/{number}/timeline")).json()

    first = inside["items"][0]
    assert {"id", "version", "index", "at", "actor", "event", "internal", "messages"} <= set(first)
    assert (first["event"], first["requester"]) == ("opened", "rosa@example.org")
    places = [(item["version"], item["index"]) for item in inside["items"]]
    assert places == sorted(places)
    steps = [item["step"] for item in inside["items"] if item["event"] == "step"]
    assert steps[0]["assignee"] == "fay@example.org"
    assert "wizard" in str(inside)
    assert "p-" not in str([item["actor"] for item in inside["items"]])
    assert all(not item["internal"] for item in outside["items"])
    for secret in ("wizard", "Beyond us", "fay@", "finn@", "sena@", "duty"):
        assert secret not in str(outside)
    told = outside["items"][0]["messages"]
    assert [(m["to"], m["template"]) for m in told] == [("rosa@example.org", "acknowledged")]


async def test_a_timeline_is_turned_page_by_page(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    for n in range(5):
        await api.took("rosa", number, "comment", text=f"Line {n}")
    path = f"/tickets/{number}/timeline"
    whole = (await api.get("finn", path)).json()
    assert whole["next"] is None
    seen: list[Json] = []
    after: str | None = ""
    while after is not None:
        part = (await api.get("finn", path, limit=2, after=after)).json()
        seen += part["items"]
        after = part["next"]
    assert seen == whole["items"]
    problem(await api.get("finn", path, limit=501), 422, "invalid-fact")


async def test_each_clock_explains_its_due_time(api: Api) -> None:
    number = (await api.open("rosa", impact="high", urgency="high"))["number"]
    clocks = (await api.get("finn", f"/tickets/{number}/clocks")).json()["items"]
    assert {"response", "resolution", "ola_1"} <= {clock["target"] for clock in clocks}
    for clock in clocks:
        assert clock["explanation"][-1]["kind"] == "due"
        assert "due" in clock["explanation"][-1]["note"]
        assert clock["due"] == clock["explanation"][-1]["end"]
    own = (await api.get("rosa", f"/tickets/{number}/clocks")).json()["items"]
    assert {clock["group"] for clock in own} == {None}


async def test_tasks_are_those_of_the_caller_and_their_groups(api: Api) -> None:
    number = (await api.open("rosa"))["number"]

    async def tasks(by: str) -> list[tuple[str, str | None]]:
        items = (await api.get(by, "/tasks")).json()["items"]
        return [(i["task"], i["person"]) for i in items if i["ticket"] == number]

    assert await tasks("finn") == [("accept", None)]
    assert await tasks("sena") == []
    await api.took("finn", number, "accept")
    assert await tasks("finn") == [("work", "finn@example.org")]
    await api.took("finn", number, "resolve", code="fixed", text="Done.")
    assert await tasks("finn") == []
    assert await tasks("rosa") == [("confirm", "rosa@example.org")]


async def test_the_rules_in_force_are_data(api: Api) -> None:
    rules = (await api.get("rosa", "/policy")).json()
    assert rules["version"] == IN_FORCE.policy_version
    assert rules["matrix"]["high"]["high"] == "P1"
    assert rules["targets"]["P1"]["response"]["length"].startswith("PT")
    assert {"zone", "shifts", "holidays"} <= set(next(iter(rules["calendars"].values())))
    assert set(rules["routing"]["categories"]) >= {"hardware", "security"}
    assert "fixed" in rules["closure"]["codes"]
    assert rules["ladders"]
