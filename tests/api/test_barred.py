"""Whom a complaint is about finds no trace of it, wherever they look and whatever they are."""

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from api.app import ROUTERS
from desk.numbers import derive
from desk.steps import STEP_NAMES
from tests.api.test_access import BODIES
from tests.api.town import Api, Json, problem
from tests.patience import eventually

pytestmark = pytest.mark.temporal

WORD = "quokka"
"""With a name behind it: a word that no other ticket has."""
NOBODYS = derive("CMP", b"another key", "opening", 3)
QUERIES: dict[str, list[dict[str, str]]] = {
    "/tickets": [
        {},
        {"q": WORD, "limit": "200"},
        {"kind": "complaint"},
        {"group": "complaints", "sort": "-opened", "limit": "200"},
        {"requester": "rosa@example.org", "sort": "priority", "limit": "200"},
        {"assignee": "max@example.org"},
        {"assignee": "pia@example.org"},
        {"status": "in_progress", "limit": "200"},
    ],
    "/audit/accesses": [{}, {"limit": "200"}, {"person": "max@example.org"}],
}
ABOUT = ("finn", "lena", "max", "pia", "aude", "adam")


def every_read() -> list[str]:
    """The path of each GET route."""
    routes = (route for module in ROUTERS for route in module.router.routes)
    return [r.path for r in routes if isinstance(r, APIRoute) and "GET" in (r.methods or ())]


class Known(dict[str, str]):
    """What the parts of a path are filled with; others are of no importance."""

    def __missing__(self, part: str) -> str:
        return {"key": "guest-wifi", "kind": "internal"}.get(part, "nothing")


async def about(api: Api, name: str) -> Json:
    """A complaint about somebody, in somebody else's hands, read by whoever may."""
    text = f"{WORD}{name}: so it was."
    body = {"text": text, "about": {"person": f"{name}@example.org"}}
    opened = await api.post("rosa", "/complaints", body)
    assert opened.status_code == 201, opened.text
    number, by = opened.json()["number"], "pia" if name == "max" else "max"
    ticket = (await api.open("rosa"))["number"]
    await api.took(by, number, "accept")
    await api.took(by, number, "comment", text=f"{WORD}{name} again")
    await api.took(by, number, "link", kind="related", ticket=ticket)
    for path in ("", "/timeline", "/clocks"):
        assert (await api.get(by, f"/tickets/{number}{path}")).status_code == 200
    if name != "aude":
        assert (await api.get("aude", f"/audit/tickets/{number}")).status_code == 200
    ticket_of: Json = {"number": number, "ticket": ticket}
    return ticket_of


async def replay(api: Api, by: str, numbers: list[str]) -> Json:
    """What a replay of these finds."""
    asked = await api.post(by, "/audit/replays", {"numbers": numbers})
    result: Json = asked.json()

    async def done() -> bool:
        result.update((await api.get(by, f"/audit/replays/{asked.json()['id']}")).json())
        return bool(result["state"] == "done")

    await eventually(done, seconds=50)
    return result


@pytest_asyncio.fixture(scope="module")
async def of_another(api: Api) -> str:
    """A replay of no complaint's ticket: whoever may read none is refused that, too."""
    return str((await replay(api, "aude", [(await api.open("rosa"))["number"]]))["id"])


@pytest.mark.parametrize("name", ABOUT)
async def test_whom_it_is_about_finds_no_trace_of_it(api: Api, of_another: str, name: str) -> None:
    before = (await api.get(name, "/reports/complaints")).text
    found = await about(api, name)
    number = found["number"]
    assert (await api.get("rosa", "/tickets", q=f"{WORD}{name}")).json()["items"]
    replayed = of_another
    if name == "aude":
        replayed = str((await replay(api, "aude", [found["ticket"]]))["id"])
    else:
        assert (await api.get(name, f"/audit/replays/{replayed}")).status_code == 403
    for path in every_read():
        place = path.format_map(Known(number=number, id=replayed))
        for query in (*QUERIES.get(path, [{}]), {"ticket": number} if "accesses" in path else {}):
            answer = await api.get(name, place, **query)
            if "{number}" in path:
                unknown = await api.get(name, path.format(number=NOBODYS), **query)
                assert answer.status_code == unknown.status_code in (403, 404), path
                continue
            assert number not in answer.text, (path, query)
            assert f"{WORD}{name}" not in answer.text, (path, query)
    if name in ("max", "pia", "aude"):
        assert (await api.get(name, "/reports/complaints")).text == before
    shown = await api.get(name, f"/tickets/{found['ticket']}")
    assert "CMP-" not in shown.text
    timeline = await api.get(name, f"/tickets/{found['ticket']}/timeline")
    assert "CMP-" not in timeline.text


@pytest.mark.parametrize("name", ABOUT)
async def test_whom_it_is_about_takes_no_step_on_it(api: Api, name: str) -> None:
    number = (await about(api, name))["number"]
    bodies: dict[str, Json] = {
        **BODIES,
        "confirm": {},
        "withdraw": {},
        "resolve": {"code": "upheld", "text": "x"},
    }
    for step in STEP_NAMES:
        if step in bodies or step in ("accept", "resume"):
            answer = await api.step(name, number, step, **bodies.get(step, {}))
            problem(answer, 404, "ticket-not-found")
    refused = await api.step("pia" if name == "max" else "max", number, "assign", **_to(name))
    problem(refused, 422, "invalid-fact")


def _to(name: str) -> Json:
    return {"assignee": f"{name}@example.org"}


async def test_an_auditor_replays_a_complaint_about_them_as_if_it_were_not_there(
    api: Api,
) -> None:
    number = (await about(api, "aude"))["number"]
    found, unknown = [await replay(api, "aude", [one]) for one in (number, NOBODYS)]
    assert (found["identical"], found["events"]) == (0, 0)
    told = unknown["items"][0]["differs"][0].replace(NOBODYS, number)
    assert found["items"][0]["differs"] == [told]
    everything = await replay(api, "aude", [])
    assert number not in str(everything)
