"""What `GET /tasks` says of each task, so that a person can decide what to do."""

import pytest

from tests.api.test_orders import order_of, tasks_of, with_people
from tests.api.town import Api
from tests.patience import eventually

pytestmark = pytest.mark.temporal


async def test_who_approves_reads_who_has_decided_what_was_asked_and_answered(api: Api) -> None:
    number = (await api.order("rosa", "new-laptop"))["number"]
    await api.took("mona", number, "approve", reason="It is time.")
    await api.took("fred", number, "ask", text="Which of them?")
    (answer,) = await tasks_of(api, "rosa", number)
    assert (answer["task"], answer["order"]["title"]) == ("answer", "New laptop")
    (question,) = answer["questions"]
    assert (question["by"], question["text"]) == ("fred@example.org", "Which of them?")
    assert question["answer"] is None
    # Who decided what, and the cost centre, are not for whose order it is.
    assert (answer["order"]["decisions"], answer["order"]["cost_centre"]) == (None, None)

    await api.took("rosa", number, "comment", text="The light one.")
    await api.took("rosa", number, "comment", text="How long does it take?")
    (decides,) = await tasks_of(api, "fred", number)
    (decision,) = decides["order"]["decisions"]
    assert (decision["person"], decision["verdict"], decision["reason"]) == (
        "mona@example.org", "approved", "It is time.",
    )  # fmt: skip
    assert decides["order"]["stage"] == {"key": "budget", "needs": 1, "given": 0, "asked": 1}
    (question,) = decides["questions"]
    assert (question["by"], question["text"]) == ("fred@example.org", "Which of them?")
    # What the requester says later on is no answer.
    assert question["answer"] == "The light one."
    assert decides["work"] is None


async def test_what_the_desk_could_not_do_says_what_was_tried_and_what_it_is(api: Api) -> None:
    number = (await api.order("rosa", "password-reset"))["number"]
    await with_people(api, number, "reset")
    (waits,) = await tasks_of(api, "finn", number)
    assert (waits["task"], waits["work"]["state"]) == ("fulfil", "failed")
    assert waits["work"]["title"] == "Reset the password"
    assert "by hand" in waits["work"]["note"]
    assert (waits["work"]["unsure"], waits["work"]["again"]) == (False, None)
    assert waits["questions"] == []

    await api.took("finn", number, "complete", task="reset", result="It is in the safe.")
    (confirm,) = await tasks_of(api, "rosa", number)
    assert confirm["task"] == "confirm"
    assert confirm["resolution"] == {"code": "fulfilled", "text": "Password reset"}
    assert confirm["work"] is None
    await api.took("rosa", number, "reopen", reason="It does not fit.")
    (again,) = await tasks_of(api, "finn", number)
    assert again["work"] == {
        "title": "Reset the password",
        "state": "open",
        "note": "It is in the safe.",
        "unsure": False,
        "again": "It does not fit.",
        "results": [],
    }


async def test_what_is_to_be_taken_back_is_not_to_be_done(api: Api) -> None:
    number = (await api.order("rosa", "software-licence"))["number"]
    await api.took("mona", number, "approve")
    await with_people(api, number, "seat")
    await api.took("sena", number, "complete", task="seat", result="Seat 12.")
    (install,) = await tasks_of(api, "sena", number)
    assert (install["task"], install["of"]) == ("fulfil", "install")
    assert install["work"]["results"] == [{"title": "Reserve a seat", "note": "Seat 12."}]
    await api.took("rosa", number, "withdraw", reason="It is off.")

    async def given_up() -> bool:
        works = (await order_of(api, "lena", number))["tasks"]
        return any(work["state"] == "undo_failed" for work in works)

    await eventually(given_up)
    (waits,) = await tasks_of(api, "sena", number)
    assert (waits["task"], waits["of"], waits["work"]["state"]) == (
        "take_back", "seat", "undo_failed",
    )  # fmt: skip
    assert waits["work"]["title"] == "Reserve a seat"
    done = await api.took("sena", number, "complete", task="seat")
    assert done["status"] == "cancelled"


async def test_who_is_asked_about_an_incident_reads_the_question(api: Api) -> None:
    number = (await api.open("rosa"))["number"]
    await api.took("finn", number, "accept")
    await api.took("finn", number, "wait", **{"for": "vendor", "reason": "A part."})
    assert await tasks_of(api, "rosa", number) == []
    await api.took("finn", number, "wait", **{"for": "requester", "reason": "Which room?"})
    (answer,) = await tasks_of(api, "rosa", number)
    (question,) = answer["questions"]
    assert (question["by"], question["text"]) == ("finn@example.org", "Which room?")
    assert (answer["order"], answer["work"]) == (None, None)
