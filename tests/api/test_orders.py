"""The life of an order over HTTP: approved, amended, passed on, done; and what each is shown."""

import pytest

from policies.in_force import CATALOGUE
from tests.api.town import ANSWERS, Api, Json, fields_of, problem
from tests.patience import eventually
from tests.running import Desk

pytestmark = pytest.mark.temporal
LAPTOP = CATALOGUE["new-laptop"]
WIFI = ANSWERS["guest-wifi"]


async def tasks_of(api: Api, name: str, number: str) -> list[Json]:
    """What the person is waited for on that ticket."""
    answer = await api.get(name, "/tasks")
    assert answer.status_code == 200, answer.text
    return [task for task in answer.json()["items"] if task["ticket"] == number]


async def order_of(api: Api, name: str, number: str) -> Json:
    """The order as somebody reads it."""
    answer = await api.get(name, f"/tickets/{number}")
    assert answer.status_code == 200, answer.text
    order: Json = answer.json()["order"]
    return order


async def with_people(api: Api, number: str, task: str) -> None:
    """Wait until the desk itself has given a task up."""

    async def given_up() -> bool:
        works = (await order_of(api, "lena", number))["tasks"]
        return any(work["key"] == task and work["state"] == "failed" for work in works)

    await eventually(given_up)


async def test_a_laptop_is_approved_twice_made_ready_and_confirmed(api: Api) -> None:
    ticket = await api.order("rosa", "new-laptop")
    number = ticket["number"]
    (asked,) = await tasks_of(api, "mona", number)
    assert (asked["task"], asked["of"], asked["person"]) == (
        "approve", "line manager", "mona@example.org",
    )  # fmt: skip
    assert asked["requester"] == "rosa@example.org"
    assert asked["order"] == {
        "title": "New laptop",
        "wanted_for": "rosa@example.org",
        "price": LAPTOP.price,
        "cost_centre": LAPTOP.cost_centre,
        "answers": ANSWERS["new-laptop"],
        "form": 1,
        "stage": {"key": "line manager", "needs": 1, "given": 0, "asked": 1},
        "decisions": [],
    }
    assert await tasks_of(api, "fred", number) == []

    seen = await api.took("mona", number, "approve", reason="It is time.")
    assert seen["order"]["given"] == 1
    (asked,) = await tasks_of(api, "fred", number)
    assert (asked["of"], asked["group"]) == ("budget", "finance")
    assert await tasks_of(api, "mona", number) == []
    seen = await api.took("fred", number, "approve")
    assert (seen["status"], seen["order"]["phase"]) == ("in_progress", "fulfilment")

    for by, task in (("sena", "order"), ("sena", "set-up"), ("finn", "hand-over")):
        (waits,) = await tasks_of(api, by, number)
        assert (waits["task"], waits["of"]) == ("fulfil", task)
        done = await api.took(by, number, "complete", task=task, result="As asked.")
    assert (done["status"], done["order"]["phase"]) == ("resolved", "done")
    assert [work["state"] for work in done["order"]["tasks"]] == ["done"] * 3
    assert (await api.took("rosa", number, "confirm", rating=5))["status"] == "closed"


async def test_who_decides_sees_who_decided_and_the_requester_how_many(api: Api) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    await api.took("mona", number, "approve", reason="It is time.")

    inside, outside = await order_of(api, "fred", number), await order_of(api, "rosa", number)

    (decision,) = inside["decisions"]
    assert (decision["person"], decision["verdict"], decision["reason"]) == (
        "mona@example.org", "approved", "It is time.",
    )  # fmt: skip
    assert inside["asked"] == [
        {"approver": "group finance", "delegate": None, "decided": False, "left": False},
    ]
    assert inside["cost_centre"] == LAPTOP.cost_centre
    assert inside["tasks"][0]["group"] == "workplace-2"
    assert (outside["decisions"], outside["asked"], outside["cost_centre"]) == (None, None, None)
    assert outside["tasks"][0] == {
        "key": "order", "state": "later", "group": None, "at": None, "by": None, "note": None,
    }  # fmt: skip
    assert (outside["given"], outside["stage"]) == (
        1, {"key": "budget", "needs": 1, "given": 0, "asked": 1},
    )  # fmt: skip
    assert await order_of(api, "max", number) == inside


async def test_nobody_approves_what_they_want_themselves(api: Api) -> None:
    number = (await api.order("finn", **{"for": "fay@example.org"}))["number"]
    for name in ("finn", "fay"):
        assert await tasks_of(api, name, number) == []
        answer = await api.step(name, number, "approve")
        assert "decision" in problem(answer, 403, "not-permitted")["detail"]
    assert len(await tasks_of(api, "lena", number)) == 1
    assert (await api.took("lena", number, "approve"))["order"]["phase"] == "fulfilment"


async def test_the_repeat_of_a_decision_is_answered_though_it_is_not_asked_for_any_more(
    api: Api, desk: Desk
) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    body = {"step": "approve"}
    path = f"/tickets/{number}/steps"
    first = await api.post("mona", path, body, idempotency_key="decided")

    again = await api.post("mona", path, body, idempotency_key="decided")
    other = await api.post("mona", path, body, idempotency_key="another")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["version"] == first.json()["version"]
    assert first.json()["order"]["given"] == 1
    assert "you approved it already, on 20" in problem(other, 409, "step-refused")["detail"]
    await api.took("rosa", number, "comment", text="It is for the audit.")
    await api.took("rosa", number, "amend", answers={**ANSWERS["new-laptop"], "why": "Secret"})
    await api.took("mona", number, "approve", form=2)
    later = await api.post("mona", path, body, idempotency_key="decided")
    assert later.status_code == 200
    assert (later.json()["number"], later.json()["summary"]) == (number, "New laptop")
    assert later.json()["version"] > first.json()["version"]
    await api.took("rosa", number, "withdraw")
    await desk.client.get_workflow_handle(number).result()
    ended = await api.post("mona", path, body, idempotency_key="decided")
    assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")
    changed = {**body, "reason": "Yes."}
    for _ in range(2):
        reused = await api.post("mona", path, changed, idempotency_key="decided")
        problem(reused, 422, "key-reused")
    refused = problem(await api.post("mona", path, body), 409, "step-refused")
    assert "it was withdrawn, so nobody decides on it any more" in refused["detail"]


async def test_a_confidential_order_shows_its_answers_only_to_who_reads_it(api: Api) -> None:
    number = (await api.order("rosa", confidential=True))["number"]
    (waits,) = await tasks_of(api, "mona", number)
    assert waits["order"] == {
        "title": "Guest wifi", "wanted_for": None, "price": None, "cost_centre": None,
        "answers": None, "form": None, "stage": None, "decisions": None,
    }  # fmt: skip
    assert (waits["work"], waits["questions"]) == (None, [])
    assert (waits["summary"], waits["requester"]) == (None, None)
    assert (waits["task"], waits["of"]) == ("approve", "visit")
    assert (await tasks_of(api, "finn", number))[0]["summary"] is None
    assert (await order_of(api, "mona", number))["answers"] == WIFI
    noted = (await api.get("aude", "/audit/accesses", ticket=number)).json()["items"]
    assert [access["person"] for access in noted] == ["mona@example.org"]


async def test_a_decision_is_passed_on_to_somebody_who_then_sees_the_order(api: Api) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    assert await tasks_of(api, "fred", number) == []
    passed = await api.took("mona", number, "delegate", to="FRED@example.org")
    assert passed["order"]["asked"][0]["delegate"] == "fred@example.org"
    assert len(await tasks_of(api, "fred", number)) == 1
    events = (await api.get("finn", f"/tickets/{number}/timeline")).json()["items"]
    (step,) = [event["step"] for event in events if event.get("step", {}).get("step") == "delegate"]
    assert step["to"] == "fred@example.org"
    hidden = await api.get("rosa", f"/tickets/{number}/timeline")
    assert "fred@example.org" not in hidden.text
    seen = await api.took("fred", number, "approve")
    (decision,) = seen["order"]["decisions"]
    assert (decision["person"], decision["instead_of"]) == ("fred@example.org", "mona@example.org")


@pytest.mark.parametrize(
    "to", ["nobody@example.org", "gone@example.org", "omar@example.org", "rosa@example.org"]
)
async def test_a_decision_is_not_passed_on_to_who_is_none_of_its_business(
    api: Api, to: str
) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    answer = await api.step("mona", number, "delegate", to=to)
    assert fields_of(problem(answer, 422, "invalid-fact")) == ["to"]


async def test_a_question_is_answered_with_other_answers_and_asked_for_anew(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    asked = await api.took("mona", number, "ask", text="For how long?")
    assert (asked["status"], asked["order"]["asked_by"]) == ("waiting", "mona@example.org")
    (answer,) = await tasks_of(api, "rosa", number)
    assert (answer["task"], answer["order"]["answers"]) == ("answer", WIFI)

    wrong = await api.step("rosa", number, "amend", answers={**WIFI, "days": 15})
    assert fields_of(problem(wrong, 422, "invalid-fact")) == ["answers.days"]
    amended = await api.took("rosa", number, "amend", answers={**WIFI, "days": 3})
    assert (amended["status"], amended["order"]["form"]) == ("approving", 2)
    assert amended["order"]["answers"] == {**WIFI, "days": 3}
    assert (await order_of(api, "mona", number))["asked_by"] is None


async def test_answers_of_what_is_approved_are_refused_for_that_first(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    await api.took("mona", number, "approve")
    answer = await api.step("rosa", number, "amend", answers={"days": 99})
    assert "withdraw" in problem(answer, 409, "step-refused")["allowed_steps"]


async def test_a_rejection_says_why_and_ends_it(api: Api) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    ended = await api.took("mona", number, "reject", reason="Yours is new.")
    assert (ended["status"], ended["order"]["phase"]) == ("rejected", "ended")
    events = (await api.get("rosa", f"/tickets/{number}/timeline")).json()["items"]
    (why,) = [event["step"] for event in events if event.get("step", {}).get("step") == "reject"]
    assert why["reason"] == "Yours is new."
    assert "approval_ended" in {event["event"] for event in events}


async def test_what_the_desk_cannot_do_by_itself_is_done_by_the_group(api: Api) -> None:
    number = (await api.order("rosa", "password-reset"))["number"]
    await with_people(api, number, "reset")
    (waits,) = await tasks_of(api, "finn", number)
    assert (waits["task"], waits["of"], waits["group"]) == ("fulfil", "reset", "service-desk")
    inside = await order_of(api, "finn", number)
    assert "by hand" in inside["tasks"][0]["note"]
    assert (await order_of(api, "rosa", number))["tasks"][0]["note"] is None
    hidden = (await api.get("rosa", f"/tickets/{number}/timeline")).text
    assert "by hand" not in hidden
    wrong = await api.step("finn", number, "complete", task="paint")
    assert fields_of(problem(wrong, 422, "invalid-fact")) == ["task"]
    problem(await api.step("sena", number, "complete", task="reset"), 403, "not-permitted")
    assert (await api.took("finn", number, "complete", task="reset"))["status"] == "resolved"


async def test_a_task_that_cannot_be_done_ends_it_unfulfilled(api: Api) -> None:
    number = (await api.order("rosa", "password-reset"))["number"]
    await with_people(api, number, "reset")
    ended = await api.took("finn", number, "fail", task="reset", reason="No such account.")
    assert (ended["status"], ended["order"]["ending"]) == ("unfulfilled", "unfulfilled")


async def test_an_incident_has_no_order(api: Api) -> None:
    assert (await api.open("rosa"))["order"] is None


async def test_lists_find_requests_by_their_kind(api: Api) -> None:
    number = (await api.order("rosa"))["number"]
    found = (await api.get("lena", "/tickets", kind="service_request", sort="-opened")).json()
    assert found["items"][0]["number"] == number
    assert found["items"][0]["order"]["item"] == "guest-wifi"
