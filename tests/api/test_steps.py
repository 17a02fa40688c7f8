"""Steps over HTTP: what they name is looked up, each is taken once, a refusal says what goes."""

import asyncio

import pytest

from desk.apply import apply
from policies.in_force import IN_FORCE
from store.engine import writing
from store.recording import record
from tests.api.town import Api, fields_of, problem
from tests.running import Desk
from tests.workflows.test_faults import phantom

pytestmark = pytest.mark.temporal


async def test_the_work_goes_through_the_lines_and_back(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    await api.took("finn", number, "accept")
    second = await api.took("finn", number, "hand_off", line=2, reason="Beyond us.")
    assert (second["line"], second["group"], second["assignee"]) == (2, "network-2", None)
    given = await api.took("lena", number, "assign", assignee="sena@example.org")
    assert given["assignee"] == "sena@example.org"
    waiting = await api.took("sena", number, "wait", **{"for": "vendor", "reason": "A part."})
    assert (waiting["status"], waiting["waiting_for"]) == ("waiting", "vendor")
    await api.took("sena", number, "resume")
    await api.took("sena", number, "workaround", text="Use the other network.")
    back = await api.took("sena", number, "hand_off", group="service-desk", reason="Done.")
    assert back["bounces"] == 1
    resolved = await api.took("finn", number, "resolve", code="fixed", text="A new switch.")
    assert resolved["resolved_at"] is not None
    again = await api.took("rosa", number, "reopen", reason="Not for me.")
    assert (again["status"], again["resolved_at"]) == ("in_progress", None)


@pytest.mark.parametrize(
    ("step", "fields", "field"),
    [
        ("assign", {"group": "nowhere"}, "group"),
        ("assign", {"assignee": "nobody@example.org"}, "assignee"),
        ("assign", {"assignee": "gone@example.org"}, "assignee"),
        ("assign", {"assignee": "rosa@example.org"}, "assignee"),
        ("assign", {"assignee": "sena@example.org"}, "assignee"),
        ("assign", {"group": "network-2", "assignee": "finn@example.org"}, "assignee"),
        ("hand_off", {"group": "nowhere", "reason": "x"}, "group"),
        ("hand_off", {"group": "service-desk", "reason": "x"}, "group"),
        ("classify", {"category": "weather", "impact": "low", "urgency": "low"}, "category"),
        (
            "classify",
            {"category": "network", "impact": "low", "urgency": "low", "service": "shop"},
            "service",
        ),
        ("resolve", {"code": "magic", "text": "x"}, "code"),
        ("link", {"kind": "related", "ticket": "INC-00000001"}, "ticket"),
        ("link", {"kind": "related", "ticket": "INC-00000000"}, "ticket"),
        ("wait", {"for": "vendor", "reason": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
        ("comment", {"text": "x", "at": "2020-01-01T00:00:00Z"}, "at"),
        ("comment", {"text": "x", "at": "2200-01-01T00:00:00Z"}, "at"),
    ],
)
async def test_what_a_step_names_must_be_there(
    api: Api, step: str, fields: dict[str, str], field: str
) -> None:
    ticket = await api.open("rosa")
    answer = await api.step("finn", ticket["number"], step, **fields)
    assert fields_of(problem(answer, 422, "invalid-fact")) == [field]
    assert (await api.get("finn", f"/tickets/{ticket['number']}")).json()["version"] == 1


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("assign", {"group": "nowhere"}),
        ("assign", {"assignee": "nobody@example.org"}),
        ("link", {"kind": "related", "ticket": "INC-00000000"}),
        ("comment", {"text": "x", "at": "2200-01-01T00:00:00Z"}),
    ],
)
async def test_of_a_ticket_that_is_not_there_nothing_else_is_said(
    api: Api, step: str, fields: dict[str, str]
) -> None:
    problem(await api.step("omar", "INC-00000000", step, **fields), 404, "ticket-not-found")
    other = (await api.open("rosa"))["number"]
    problem(await api.step("omar", other, step, **fields), 404, "ticket-not-found")


async def test_a_link_is_seen_by_the_desk_and_not_by_the_requester(api: Api) -> None:
    one, other = (await api.open("rosa"))["number"], (await api.open("omar"))["number"]
    problem(await api.step("finn", one, "link", kind="related", ticket=one), 422, "invalid-fact")

    linked = await api.took("finn", one, "link", kind="related", ticket=other.lower())

    assert linked["links"] == [{"kind": "related", "ticket": other}]
    assert (await api.get("rosa", f"/tickets/{one}")).json()["links"] == []


async def test_a_step_that_is_not_possible_names_those_that_are(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    body = problem(await api.step("finn", number, "reopen", reason="x"), 409, "step-refused")
    assert "accept" in body["allowed_steps"]
    assert "reopen" not in body["allowed_steps"]


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("assign", {"group": "nowhere"}),
        ("hand_off", {"group": "nowhere", "reason": "x"}),
        ("link", {"kind": "related", "ticket": "INC-00000000"}),
        ("resolve", {"code": "magic", "text": "x"}),
    ],
)
async def test_that_a_step_is_not_possible_is_said_before_what_it_names_wrongly(
    api: Api, step: str, fields: dict[str, str]
) -> None:
    number = (await api.open("rosa"))["number"]
    await api.took("finn", number, "resolve", code="fixed", text="Done.")
    await api.took("rosa", number, "confirm")
    body = problem(await api.step("finn", number, step, **fields), 409, "step-refused")
    assert body["allowed_steps"] == ["reopen"]


async def test_nothing_is_allowed_on_a_cancelled_ticket(api: Api, desk: Desk) -> None:
    number = (await api.open("rosa"))["number"]
    await api.took("rosa", number, "cancel", reason="Never mind.")
    await desk.client.get_workflow_handle(number).result()
    body = problem(await api.step("rosa", number, "comment", text="x"), 409, "step-refused")
    assert body["allowed_steps"] == []


async def test_a_step_with_a_key_is_taken_once_also_when_sent_at_once(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    path, body = f"/tickets/{number}/steps", {"step": "comment", "text": "Any news?"}

    answers = await asyncio.gather(
        *(api.post("rosa", path, body, idempotency_key="c-1") for _ in range(12))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert (await api.get("rosa", f"/tickets/{number}")).json()["version"] == 2


async def test_a_key_with_another_body_is_refused(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    path = f"/tickets/{number}/steps"
    await api.post("rosa", path, {"step": "comment", "text": "one"}, idempotency_key="k")
    answer = await api.post("rosa", path, {"step": "comment", "text": "two"}, idempotency_key="k")
    problem(answer, 422, "key-reused")


async def test_a_repeat_is_answered_although_the_ticket_has_moved_on(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    path, body = f"/tickets/{number}/steps", {"step": "assign", "assignee": "lena@example.org"}
    problem(
        await api.step("finn", number, "assign", assignee="theo@example.org"), 422, "invalid-fact"
    )
    assert (await api.post("finn", path, body, idempotency_key="a")).status_code == 200
    moved = await api.took("finn", number, "hand_off", line=2, reason="Not ours.")
    again = await api.post("finn", path, body, idempotency_key="a", if_match='"1"')
    assert again.status_code == 200, again.text
    assert again.json() == (await api.get("finn", f"/tickets/{number}")).json() == moved


async def test_a_step_is_never_answered_with_what_the_engine_never_accepted(
    api: Api, desk: Desk
) -> None:
    number = (await api.open("rosa"))["number"]
    truth, _ = desk.stored(number)
    never = apply(truth, IN_FORCE, desk.taken("finn", "accept"), truth.last_at)
    with writing(desk.engine) as connection:
        record(connection, phantom(never.ticket, never.events))
    assert (await api.get("finn", f"/tickets/{number}")).json()["status"] == "in_progress"
    answer = await api.took("finn", number, "comment", text="Hello.", internal=True)
    assert (answer["status"], answer["version"]) == ("new", 2)
    assert (await api.get("finn", f"/tickets/{number}")).json() == answer


async def test_the_step_that_ended_a_ticket_can_be_repeated(api: Api, desk: Desk) -> None:
    number = (await api.open("rosa"))["number"]
    path, body = f"/tickets/{number}/steps", {"step": "cancel", "reason": "Never mind."}
    for _ in range(2):
        answer = await api.post("rosa", path, body, idempotency_key="the-end")
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "cancelled"
        await desk.client.get_workflow_handle(number).result()


async def test_a_ticket_that_has_ended_still_knows_its_keys(api: Api, desk: Desk) -> None:
    number = (await api.open("rosa"))["number"]
    path, body = f"/tickets/{number}/steps", {"step": "comment", "text": "Any news?"}
    assert (await api.post("rosa", path, body, idempotency_key="one")).status_code == 200
    await api.took("rosa", number, "cancel", reason="Never mind.")
    await desk.client.get_workflow_handle(number).result()

    again = await api.post("rosa", path, body, idempotency_key="one")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    other = {"step": "comment", "text": "None?"}
    problem(await api.post("rosa", path, other, idempotency_key="one"), 422, "key-reused")
    stale = await api.post("rosa", path, body, if_match='"1"')
    problem(stale, 412, "stale-version")
    problem(await api.post("rosa", path, body, idempotency_key="new"), 409, "step-refused")
    now = (await api.get("rosa", f"/tickets/{number}")).json()
    assert (now["status"], now["version"]) == ("cancelled", 3)


async def test_steps_are_taken_while_the_ticket_goes_on_in_another_run(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 8)
    number = (await api.open("rosa"))["number"]
    first = (await desk.client.get_workflow_handle(number).describe()).run_id
    # Each tells rosa, so that there is always a message on its way.
    for line in range(30):
        taken = await api.took("finn", number, "comment", text=f"Line {line}")
        assert taken["version"] == 2 + line
    assert (await desk.client.get_workflow_handle(number).describe()).run_id != first


async def test_many_callers_on_one_ticket_all_get_their_turn(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    answers = await asyncio.gather(
        *(api.step("finn", number, "comment", text=f"Line {n}") for n in range(40))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert (await api.get("finn", f"/tickets/{number}")).json()["version"] == 41


async def test_a_stale_version_is_refused_and_the_present_one_is_taken(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    path, body = f"/tickets/{number}/steps", {"step": "comment", "text": "x"}
    for fresh in ('"1"', 'W/"2"', "*"):
        answer = await api.post("finn", path, body, if_match=fresh)
        assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"4"'
    problem(await api.post("finn", path, body, if_match='"2"'), 412, "stale-version")
    for malformed in ("7", '"seven"', '"1", "2"'):
        problem(await api.post("finn", path, body, if_match=malformed), 400, "malformed")


async def test_a_wrong_check_symbol_is_told(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    body = problem(await api.get("rosa", f"/tickets/{wrong}"), 404, "ticket-not-found")
    assert "check symbol does not fit" in body["detail"]
    problem(await api.step("rosa", wrong, "comment", text="x"), 404, "ticket-not-found")
    assert (await api.get("rosa", f"/tickets/{number.lower()}")).status_code == 200


async def test_a_ticket_of_somebody_else_is_not_there_for_a_requester(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    for answer in (
        await api.get("omar", f"/tickets/{number}"),
        await api.get("omar", f"/tickets/{number}/timeline"),
        await api.get("omar", f"/tickets/{number}/clocks"),
        await api.step("omar", number, "comment", text="x"),
        await api.step("omar", number, "reopen", reason="x"),
        await api.step("adam", number, "comment", text="x"),
    ):
        problem(answer, 404, "ticket-not-found")


async def test_a_confidential_ticket_is_seen_by_its_group_alone(api: Api) -> None:
    number = (await api.open("rosa", confidential=True))["number"]
    for name in ("rosa", "finn", "max", "aude"):
        assert (await api.get(name, f"/tickets/{number}")).status_code == 200
    for name in ("sena", "pia", "omar", "adam"):
        problem(await api.get(name, f"/tickets/{number}"), 404, "ticket-not-found")


async def test_a_given_clock_takes_the_instant_of_each_step(api: Api) -> None:
    given = {"clock": "given", "at": "2026-03-02T09:00:00Z", "requester": "rosa@example.org"}
    number = (await api.open("adam", **given))["number"]
    path = f"/tickets/{number}/steps"

    missing = await api.post("adam", path, {"step": "accept"})
    assert fields_of(problem(missing, 422, "invalid-fact")) == ["at"]
    problem(await api.post("finn", path, {"step": "accept"}), 403, "not-permitted")
    at = "2026-03-02T09:30:00Z"
    taken = await api.post("adam", path, {"step": "accept", "at": at})
    assert taken.status_code == 200, taken.text
    clocks = (await api.get("adam", f"/tickets/{number}/clocks")).json()["items"]
    assert next(c for c in clocks if c["target"] == "response")["state"] == "met"


async def test_a_number_that_was_never_given_out_is_not_there(api: Api) -> None:
    answer = await api.step("finn", "INC-00000000", "accept")
    problem(answer, 404, "ticket-not-found")
