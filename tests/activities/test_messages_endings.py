"""What people are told as an order ends early, or is to be done again: whose, why, what stays."""

from typing import Any

import pytest

from activities.messages import messages_for
from store.messages import NewMessage
from tests.activities.town import URL, Life, make_organisation, only, order
from tests.builders import NUMBER


def told(life: Life, template: str | None = None, tongue: str = "en") -> tuple[NewMessage, ...]:
    people = (p.model_copy(update={"language": tongue}) for p in life.town.people.values())
    messages = messages_for(life.record, make_organisation(*people), URL)
    return tuple(m for m in messages if template in (None, m.template))


def ordered(wanted_for: str | None = None) -> Life:
    """A laptop that is approved, and ordered by hand."""
    life = order(wanted_for=wanted_for).step("p-max" if wanted_for else "p-boss", "approve")
    if life.ticket.order is not None and life.ticket.order.stage is not None:
        life.step("p-frida", "approve")
    return life.step("p-sena", "complete", task="order", result="Ordered at Dell, no. 77")


def licensed() -> Life:
    """Approved, with the seat reserved by itself."""
    life = order("software-licence").step("p-boss", "approve")
    return life.machine("seat", done=True, note="seat 12")


@pytest.mark.parametrize(
    ("tongue", "subject", "stays", "leave"),
    [
        ("en", "Please check what was done", "nothing takes it back by itself", "leave it as it"),
        ("de", "Bitte prüfen, was getan war", "nichts macht es von selbst", "lassen Sie es, wie"),
    ],
)
def test_whose_work_stays_hears_what_was_done_and_why_it_is_not_wanted(
    tongue: str, subject: str, stays: str, leave: str
) -> None:
    life = ordered().step("p-rosa", "withdraw", reason="I have one.")
    message = only(told(life, "task_dropped", tongue))
    assert message.person == "p-sena"
    assert message.subject == f"[{NUMBER}] {subject}: New laptop"
    for part in (stays, "- Order the laptop: Ordered at Dell, no. 77", leave, "> I have one."):
        assert part in message.body
    assert "- Set up the laptop" in message.body.splitlines()


@pytest.mark.parametrize(
    ("tongue", "check", "leave"),
    [
        ("en", "nothing takes it back by itself", "leave"),
        ("de", "nichts macht es von selbst", "lassen"),
    ],
)
def test_what_was_to_be_done_again_is_to_be_looked_at_and_not_to_be_left_too(
    tongue: str, check: str, leave: str
) -> None:
    life = licensed().step("p-sena", "complete", task="install", result="On her laptop.")
    life.step("p-rosa", "reopen", reason="No.").step("p-rosa", "withdraw", reason="Never mind.")
    body = only(told(life, "task_dropped", tongue)).body
    assert check in body
    assert body.count("- Install the program: On her laptop.") == 1
    assert leave not in body


def test_who_ends_an_order_hears_what_their_own_group_has_done_for_it() -> None:
    life = ordered().step("p-sena", "fail", task="set-up", reason="It is broken.")
    message = only(told(life, "task_dropped"))
    assert message.person == "p-sena"
    assert "This request cannot be fulfilled, so it has ended." in message.body
    assert "not wanted any more" not in message.body
    assert "Set up the laptop" not in message.body
    german = only(told(life, "task_dropped", "de")).body
    assert "kann nicht erfüllt werden" in german
    assert "nicht mehr gebraucht" not in german


def test_another_group_reads_that_it_cannot_be_done_and_who_said_so() -> None:
    life = order("new-starter").step("p-boss", "approve").step("p-frida", "approve")
    life.machine("account", done=True, note="made").machine("access", done=False, note="no")
    life.step("p-sena", "fail", task="access", reason="The directory is gone.")
    for message in told(life, "task_dropped"):
        assert "cannot be fulfilled" in message.body
        assert "Sena Muster wrote:\n\n> The directory is gone." in message.body or (
            message.person == "p-sena"
        )


def test_the_requester_reads_that_not_everything_is_taken_back() -> None:
    life = ordered().step("p-sena", "fail", task="set-up", reason="It is broken.")
    body = only(told(life, "unfulfilled")).body
    assert "taken back" not in body
    assert "Those who did something for it already have been told that it has ended." in body
    life = licensed().step("p-sena", "complete", task="install")
    life.step("p-rosa", "reopen", reason="No.").step("p-rosa", "withdraw")
    life.machine("seat", done=True, note="free")
    body = only(told(life, "withdrawn")).body
    assert "has been taken back, as far as that goes by itself." in body
    assert "Those who did the rest have been told" in body
    german = only(told(life, "withdrawn", "de")).body
    assert "ist rückgängig gemacht, soweit das von selbst geht." in german
    assert "Wer den Rest getan hat, ist davon benachrichtigt." in german


def test_whom_it_is_for_and_who_ordered_it_each_read_it_in_their_own_words() -> None:
    rosa, fay = told(order(wanted_for="p-fay"), "acknowledged")
    assert (rosa.person, fay.person) == ("p-rosa", "p-fay")
    assert "Thank you for your request." in rosa.body
    assert "Rosa Muster has ordered this for you." in fay.body

    life = order(wanted_for="p-fay")
    rosa, fay = told(life.step("p-max", "reject", reason="No"), "rejected")
    assert "Your request was not approved" in rosa.body
    assert "What Rosa Muster ordered for you was not approved" in fay.body

    life = ordered("p-fay").step("p-sena", "complete", task="set-up")
    rosa, fay = told(life.step("p-finn", "complete", task="hand-over"), "fulfilled")
    assert "Everything that you asked for" in rosa.body
    assert "Everything that Rosa Muster ordered for you" in fay.body
    # An agent too reads it as whose order it is, and not as one of the desk.
    assert 'please choose "confirm"' in fay.body


@pytest.mark.parametrize(
    ("tongue", "said", "own"),
    [
        ("en", "Fay Muster has withdrawn your request:", "You have withdrawn this request"),
        ("de", "Fay Muster hat Ihre Anfrage zurückgezogen:", "Sie haben diese Anfrage"),
    ],
)
def test_a_withdrawal_by_somebody_else_says_who_and_why(tongue: str, said: str, own: str) -> None:
    life = ordered("p-fay").step("p-fay", "withdraw", reason="I have one.")
    rosa, fay = told(life, "withdrawn", tongue)
    assert (rosa.person, fay.person) == ("p-rosa", "p-fay")
    assert f"{said}\n\n> I have one." in rosa.body
    assert own in fay.body

    life = ordered("p-fay").step("p-rosa", "withdraw")
    fay, _ = told(life, "withdrawn")
    assert "Rosa Muster has withdrawn what was ordered for you." in fay.body


def test_what_may_have_been_done_all_the_same_says_so() -> None:
    asked: dict[str, Any] = {"done": False, "note": "given up: 503", "sure": False}
    life = order("software-licence").step("p-boss", "approve").machine("seat", **asked)
    message = only(told(life, "task_failed"))
    assert "> given up: 503" in message.body
    assert "may have been done all the same: please look first." in message.body
    assert "kann also trotzdem erledigt sein" in only(told(life, "task_failed", "de")).body

    life = licensed().step("p-rosa", "withdraw").machine("seat", **asked)
    message = only(told(life, "task_failed"))
    assert "may have been taken back all the same: please look first." in message.body

    life = order("software-licence").step("p-boss", "approve")
    sure = only(told(life.machine("seat", done=False, note="answered 409"), "task_failed"))
    assert "all the same" not in sure.body


@pytest.mark.parametrize(
    ("tongue", "subject", "who"),
    [
        ("en", "To do again", "Rosa Muster has reopened the request:"),
        ("de", "Noch einmal zu tun", "Rosa Muster hat die Anfrage wieder geöffnet:"),
    ],
)
def test_a_task_that_is_to_be_done_again_says_why_and_what_was_done(
    tongue: str, subject: str, who: str
) -> None:
    life = licensed().step("p-sena", "complete", task="install", result="Version 3 is there")
    assert "again" not in only(told(licensed(), "task_opened")).body
    message = only(told(life.step("p-rosa", "reopen", reason="It does not start"), None, tongue))
    assert message.subject.startswith(f"[{NUMBER}] {subject}: Install the program")
    assert f"{who}\n\n> It does not start" in message.body
    assert "> Version 3 is there" in message.body
