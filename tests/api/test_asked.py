"""Approvers who act again, too late, or have left; orders that nobody could approve."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from api.asking import Ended, Visit, judged
from api.decide_page import Page, answer, languages, words_in
from api.dependencies import Call
from api.lookup import row_of_ticket
from desk.order import Phase
from store.absences import Absence, end_absence, put_absence
from store.engine import make_engine, writing
from store.tables import people
from store.tokens import organisation_changed
from tests.api.test_decisions import decide, link, stands
from tests.api.test_orders import order_of, tasks_of
from tests.api.town import ANSWERS, SECRET, Api, fields_of, problem
from tests.running import Desk
from tokens import read_question

pytestmark = pytest.mark.temporal


@contextmanager
def gone(api: Api, desk: Desk, name: str, manager: str | None) -> Iterator[None]:
    """While somebody has left."""
    state = api.app.state.desk

    def change(**facts: object) -> None:
        with writing(state.engine) as connection:
            connection.execute(update(people).where(people.c.id == f"p-{name}").values(**facts))
            organisation_changed(connection)
        state.directory.refresh()

    before = state.organisation.people[f"p-{name}"].manager
    change(active=False, manager=manager)
    try:
        yield
    finally:
        change(active=True, manager=before)


@pytest.fixture
async def number(api: Api) -> str:
    """Rosa's laptop, which mona may approve, and then anybody of finance."""
    found: str = (await api.order("rosa", "new-laptop"))["number"]
    return found


async def test_who_has_approved_goes_on_reading_it_and_hears_that_they_have(
    api: Api, number: str
) -> None:
    await api.took("mona", number, "approve", reason="It is time.")
    for step, body in (("approve", {}), ("reject", {"reason": "No."}), ("ask", {"text": "Why?"})):
        refused = problem(await api.step("mona", number, step, **body), 409, "step-refused")
        assert "you approved it already, on 20" in refused["detail"]
        assert refused["allowed_steps"] == []
    (decision,) = (await order_of(api, "mona", number))["decisions"]
    assert decision["reason"] == "It is time."
    assert (await api.get("mona", f"/tickets/{number}/timeline")).status_code == 200
    assert await tasks_of(api, "mona", number) == []
    listed = (await api.get("mona", "/tickets")).json()["items"]
    assert number not in [ticket["number"] for ticket in listed]


async def test_what_is_noted_on_tasks_is_not_for_who_only_approved(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    await api.took("mona", number, "approve")
    seen = await order_of(api, "mona", number)
    assert seen["cost_centre"] == (await order_of(api, "max", number))["cost_centre"]
    assert {task["group"] for task in seen["tasks"]} == {None}


@pytest.mark.parametrize("late", ["mona", "finn"])
async def test_who_is_asked_with_others_hears_that_those_have_decided(api: Api, late: str) -> None:
    number = (await api.order("rosa"))["number"]
    await api.took("finn" if late == "mona" else "mona", number, "approve")
    refused = problem(await api.step(late, number, "approve"), 409, "step-refused")
    assert "others have approved it already" in refused["detail"]


async def test_an_approval_after_the_withdrawal_is_answered_with_that(
    api: Api, desk: Desk, number: str
) -> None:
    await api.took("mona", number, "approve")
    await api.took("rosa", number, "withdraw")
    for ended in (False, True):
        if ended:
            await desk.client.get_workflow_handle(number).result()
        refused = problem(await api.step("mona", number, "approve"), 409, "step-refused")
        assert "it was withdrawn, so nobody decides on it any more" in refused["detail"]
    # Fred was asked as one of finance, and nothing of him by name.
    for name in ("fred", "omar"):
        problem(await api.step(name, number, "approve"), 404, "ticket-not-found")
    problem(await api.step("finn", number, "approve"), 403, "not-permitted")


async def test_another_step_under_the_key_of_a_decision_is_refused_for_that(
    api: Api, number: str
) -> None:
    path = f"/tickets/{number}/steps"
    await api.post("mona", path, {"step": "approve"}, idempotency_key="once")
    other = {"step": "approve", "reason": "Yes."}
    problem(await api.post("mona", path, other, idempotency_key="once"), 422, "key-reused")


async def test_the_same_answers_again_are_refused_and_the_approval_stays(
    api: Api, number: str
) -> None:
    await api.took("mona", number, "approve")
    answers = {**ANSWERS["new-laptop"], "docking_station": False}
    refused = problem(await api.step("rosa", number, "amend", answers=answers), 422, "invalid-fact")
    assert fields_of(refused) == ["answers"]
    assert "are the same as before" in refused["detail"]
    assert (await order_of(api, "max", number))["given"] == 1


async def test_nothing_is_passed_on_to_who_is_asked_already_in_a_group(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    passed = await api.step("mona", number, "delegate", to="finn@example.org")
    refused = problem(passed, 422, "invalid-fact")
    assert (fields_of(refused), "is asked already" in refused["detail"]) == (["to"], True)


async def test_for_who_has_left_their_manager_decides_and_else_a_manager_of_the_desk(
    api: Api, desk: Desk, number: str
) -> None:
    problem(await api.step("theo", number, "approve"), 403, "not-permitted")
    with gone(api, desk, "mona", "p-theo"):
        (task,) = await tasks_of(api, "theo", number)
        assert (task["task"], task["person"]) == ("approve", "mona@example.org")
        assert (await order_of(api, "theo", number))["asked"][0]["left"]
        seen = await api.took("theo", number, "approve")
    (decision,) = seen["order"]["decisions"]
    assert (decision["person"], decision["instead_of"]) == ("theo@example.org", "mona@example.org")
    second = (await api.order("rosa", "new-laptop"))["number"]
    with gone(api, desk, "mona", None):
        passed = await api.took("max", second, "delegate", to="fred@example.org")
        assert passed["order"]["asked"][0]["delegate"] == "fred@example.org"
    taken = await api.took("fred", second, "approve")
    assert taken["order"]["decisions"][0]["instead_of"] == "max@example.org"


async def test_the_link_of_who_decides_for_somebody_who_has_left_says_so(
    api: Api, desk: Desk
) -> None:
    number = (await api.order("rosa"))["number"]
    with gone(api, desk, "mona", "p-fred"):
        page = await api.client.get(link(number, "fred"))
        assert "You decide in the place of Mona, who is not here any more." in page.text
        assert (await decide(api, link(number, "fred"))).status_code == 200
    (decision,) = (await stands(api, number))["order"]["decisions"]
    assert decision["instead_of"] == "mona@example.org"


@pytest.mark.parametrize("away", [False, True])
async def test_only_those_for_whom_one_decides_here_go_into_the_history(
    api: Api, desk: Desk, number: str, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    history, state = desk.client.get_workflow_handle(number), api.app.state.desk
    now = datetime.now(UTC)
    absence = Absence(person="p-busy", begins=now, until=now + timedelta(days=1), deputy="p-theo")
    with writing(state.engine) as connection:
        put_absence(connection, absence, now)
    with gone(api, desk, "mona", "p-theo"):
        assert {"p-mona", "p-busy"} <= {*state.organisation.actor("p-theo", now).stands_for}
        if away:
            nowhere = make_engine("sqlite:////no/such/folder/desk.sqlite3")
            monkeypatch.setattr(state.reader, "_engine", nowhere)
        await api.took("theo", number, "approve")
        monkeypatch.undo()
        state.reader._rests_until = 0.0
    with writing(state.engine) as connection:
        end_absence(connection, "p-busy", "p-busy", now)
    told = str([event async for event in history.fetch_history_events()])
    assert "p-mona" in told
    assert "p-busy" not in told


async def test_what_was_asked_and_answered_is_shown_to_who_decides(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    await api.took("mona", number, "ask", text="For how long?")
    await api.took("rosa", number, "comment", text="A day.")
    (one,) = (await order_of(api, "mona", number))["questions"]
    assert (one["by"], one["text"], one["answer"]) == (
        "mona@example.org",
        "For how long?",
        "A day.",
    )
    assert (await order_of(api, "rosa", number))["questions"] is None
    page = (await api.client.get(link(number))).text
    assert "Mona asked on" in page
    assert page.index("For how long?") < page.index("The answer:") < page.index("A day.")
    assert "Without a decision in time, it is rejected." in page


async def test_the_link_of_a_delegate_says_in_whose_place(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    await api.took("mona", number, "delegate", to="fred@example.org")
    page = await api.client.get(link(number, "fred"))
    assert "You decide in the place of Mona, who has passed it on to you." in page.text


async def test_an_order_that_nobody_could_approve_is_refused_with_the_reason(api: Api) -> None:
    wish = {"item": "software-licence", "answers": ANSWERS["software-licence"]}
    for body in (wish, {**wish, "for": "lena@example.org"}):
        refused = problem(await api.post("max", "/requests", body), 422, "invalid-fact")
        assert fields_of(refused) == ["item"]
        assert "it could never be approved (line manager)" in refused["detail"]
    again = [await api.post("max", "/requests", wish, idempotency_key="k1") for _ in range(2)]
    assert [answer.status_code for answer in again] == [422, 422]
    incident = (await api.post("max", "/incidents", {"summary": "No Visio"})).json()["number"]
    became = await api.step(
        "finn", incident, "become", kind="service_request", reason="A wish.", **wish
    )
    refused = problem(became, 422, "invalid-fact")
    assert "nobody may decide" in refused["detail"]


@pytest.mark.parametrize(
    ("end", "facts"),
    [("late", {}), ("withdrawn", {"ending": "withdrawn", "slots": ()}), ("over", {"slots": ()})],
)
async def test_a_link_says_how_the_order_ended_without_a_decision(
    api: Api, end: str, facts: dict[str, object]
) -> None:
    number = (await api.order("rosa"))["number"]
    state = api.app.state.desk
    stored = await row_of_ticket(state, number)
    assert stored is not None
    assert stored.ticket.order is not None
    order = stored.ticket.order.model_copy(update={"phase": Phase.ENDED, **facts})
    secret = link(number).rpartition("/")[2]
    call = Call(state, state.organisation.actor("p-mona"), "-")
    visit = Visit(call, state.organisation, read_question(SECRET.encode(), secret), secret)
    with pytest.raises(Ended) as ended:
        judged(visit, stored.ticket.model_copy(update={"order": order}))
    for language in languages():
        page = answer(Page(ended.value.end, language, number))
        assert (ended.value.end, page.status_code) == (end, 410)
        assert words_in(language).ends[end][1] in bytes(page.body).decode()
