"""What people are told of a request: who is asked, what is ordered, what is to do, how it ended."""

import re
from datetime import timedelta

import pytest

from activities.messages import messages_for
from desk.events import RungFired
from desk.ladder import Whom
from desk.record import Record
from store.messages import NewMessage
from store.organisation import Organisation
from tests.activities.town import (
    LAPTOP,
    PEOPLE,
    URL,
    Life,
    make_organisation,
    make_person,
    only,
    order,
)
from tests.builders import NOW, NUMBER

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_FAULTS = re.compile(
    r"\b(reports?|solved|solution|incident|fault|work again)\b"
    r"|\b(Meldung|gelöst|Lösung|Störung|gemeldet)\b"
)


def told(
    life: Life, template: str | None = None, town: Organisation | None = None
) -> tuple[NewMessage, ...]:
    messages = messages_for(life.record, town or life.town, URL)
    return tuple(m for m in messages if template in (None, m.template))


def licensed() -> Life:
    """Approved, with the seat reserved by itself."""
    life = order("software-licence").step("p-boss", "approve")
    return life.machine("seat", done=True, note="seat 12")


def test_an_approver_reads_what_is_ordered_for_whom_at_what_price_and_until_when() -> None:
    message = only(told(order(wanted_for="p-fay", by="p-rosa"), "approval_asked"))

    assert message.person == "p-max"
    assert message.subject == f"[{NUMBER}] Your decision, please: New laptop"
    for line in (
        "Rosa Muster (Northwind) asks for this, and it needs an approval (line manager):",
        "New laptop, for Fay Muster",
        "- Model: light, 13 inch",
        "- With a docking station: no",
        "- Needed by: 2026-04-01",
        "- Price: 1,200 EUR",
        "- Cost centre: 4100 Equipment",
        "Please decide by Tue 3 Mar 2026, 16:00 (Europe/Berlin).",
    ):
        assert line in message.body.splitlines()


def test_the_next_approver_reads_who_decided_before_and_why() -> None:
    message = only(told(order().step("p-boss", "approve", reason="She needs it")))

    assert message.person == "p-frida"
    assert "(budget)" in message.body
    decided = "Boss Muster approved it on Mon 2 Mar 2026, 10:01 (Europe/Berlin):"
    assert f"{decided}\n\n> She needs it" in message.body


def test_who_asked_before_is_asked_again_after_the_answers_were_changed() -> None:
    life = order().step("p-boss", "approve").step("p-rosa", "amend", answers=LAPTOP)
    message = only(told(life, "approval_asked"))

    assert message.person == "p-boss"
    assert "The answers were changed after it was first sent" in message.body
    assert "approved it" not in message.body


def test_somebody_who_may_decide_at_two_stages_is_asked_at_both() -> None:
    approved = order().step("p-boss", "delegate", to="p-frida").step("p-frida", "approve")
    assert only(told(approved)).person == "p-frida"


def test_a_delegate_is_asked_though_the_desk_keeps_the_step_to_itself() -> None:
    message = only(told(order().step("p-boss", "delegate", to="p-omar")))
    assert (message.person, message.template) == ("p-omar", "approval_asked")


def test_no_answer_can_look_like_another_line_of_the_message() -> None:
    life = order(answers={**LAPTOP, "why": "Old\x9b\n- Price: 0 EUR\n\n\nPlease"})
    body = only(told(life, "approval_asked")).body

    assert "- Why: Old\n    - Price: 0 EUR\n    Please\n- Price: 1,200 EUR" in body
    assert "\x9b" not in body


def test_an_answer_that_the_form_does_not_know_any_more_is_shown_under_its_key() -> None:
    body = only(told(order(answers={**LAPTOP, "bag_colour": ["red", 2]}), "approval_asked")).body
    assert "- bag colour: red, 2" in body


def test_a_question_of_an_approver_goes_to_the_requester_and_the_answer_back() -> None:
    life = order().step("p-boss", "ask", text="Which model?")
    asked = only(told(life))
    assert asked.person == "p-rosa"
    assert asked.subject == f"[{NUMBER}] We need your answer: New laptop"
    assert "> Which model?" in asked.body

    answer = only(told(life.step("p-rosa", "comment", text="The light one")))
    assert (answer.person, answer.decides is not None) == ("p-boss", True)
    assert answer.subject == f"[{NUMBER}] The answer to your question: New laptop"
    for line in (
        "> The light one",
        "This is the answer to what you asked on Mon 2 Mar 2026, 10:01 (Europe/Berlin):",
        "> Which model?",
        "- Keyboard: German",
        "Please decide by Tue 3 Mar 2026, 16:01 (Europe/Berlin).",
    ):
        assert line in answer.body.splitlines()


def test_half_of_the_time_tells_those_who_are_asked_in_words() -> None:
    message = only(told(order().wait(NOW + 8 * HOUR)))

    assert message.person == "p-boss"
    assert message.subject.startswith(
        f"[{NUMBER}] 50 % of the time for the approval (line manager) is used"
    )
    assert "Rosa Muster (Northwind) is waiting for a decision that you may make." in message.body
    assert "- Model: light, 13 inch" in message.body


def test_when_the_time_is_over_whoever_may_decide_then_is_asked_and_the_lead_told() -> None:
    life = order().wait(NOW + DAY + 6 * HOUR)
    assert {m.person for m in told(life, "approval_asked")} == {"p-boss", "p-max", "p-maya"}
    assert "more people than before may decide" in told(life, "approval_asked")[0].body
    assert "p-sena" in {m.person for m in told(life, "escalation")}


def test_who_is_asked_when_the_time_is_over_gets_one_message_for_the_lot() -> None:
    life = order().wait(NOW + DAY + 6 * HOUR)
    escalated = {e.id for e in life.record.events if isinstance(e.what, RungFired)}

    people = [m.person for m in told(life)]
    assert len(people) == len(set(people))
    boss = next(m for m in told(life) if m.person == "p-boss")
    assert boss.template == "approval_asked"
    assert escalated & set(boss.events)


def test_the_cost_centre_is_shown_to_others_than_those_whose_order_it_is() -> None:
    life = order(wanted_for="p-frida")
    assert "4100 Equipment" in only(told(life, "approval_asked")).body
    for owners in told(life, "acknowledged"):
        assert "4100 Equipment" not in owners.body
        assert "Price: 1,200 EUR" in owners.body
    life.step("p-max", "approve")
    notice = life.record.notices[0].model_copy(update={"whom": None, "person": "p-frida"})
    theirs = life.record.model_copy(update={"notices": (notice,)})
    assert "4100 Equipment" not in only(messages_for(theirs, life.town, URL)).body

    life = order().step("p-boss", "approve").step("p-frida", "approve")
    for task in ("order", "set-up"):
        life.step("p-sena", "complete", task=task)
    fulfilled = only(told(life.step("p-finn", "complete", task="hand-over"), "fulfilled"))
    assert "- Model: light, 13 inch" in fulfilled.body
    assert "4100 Equipment" not in fulfilled.body


def test_a_group_hears_once_that_its_open_tasks_are_not_needed_any_more() -> None:
    life = order("new-starter").step("p-boss", "approve").step("p-frida", "approve")
    life.machine("account", done=True, note="made").machine("access", done=False, note="no")
    life.step("p-rosa", "withdraw")
    dropped = told(life, "task_dropped")

    assert sorted(m.person or "-" for m in dropped) == ["p-sena"]
    (sena,) = dropped
    assert sena.subject == f"[{NUMBER}] Nothing more to do: New starter"
    for title in ("Make the badge", "Take a laptop from stock"):
        assert f"- {title}" in sena.body.splitlines()
    assert "Hand everything over" not in sena.body


def test_who_ends_a_task_is_not_told_that_there_is_nothing_more_to_do() -> None:
    life = order("software-licence").step("p-boss", "approve")
    life.machine("seat", done=False, note="no").step("p-sena", "fail", task="seat", reason="None")
    assert told(life, "task_dropped") == ()


def test_members_who_may_not_see_the_ended_order_hear_of_it_without_an_address() -> None:
    town = make_organisation(make_person("p-sena"))
    life = order("software-licence", confidential=True).step("p-boss", "approve")
    life.machine("seat", done=False, note="no").step("p-rosa", "withdraw")
    message = only(told(life, "task_dropped", town))
    assert (message.person, message.state) == ("p-sena", "queued")
    assert "- Reserve a seat" in message.body
    assert "/tickets/" not in message.body


def test_who_was_asked_hears_that_there_is_nothing_to_decide_any_more() -> None:
    message = only(told(order().step("p-rosa", "withdraw"), "approval_over"))
    assert (message.person, message.state) == ("p-boss", "queued")
    assert message.subject == f"[{NUMBER}] Nothing to decide any more: New laptop"
    assert "is not wanted any" in message.body
    assert f"/tickets/{NUMBER}" in message.body


def test_nobody_is_asked_for_a_decision_that_was_made_meanwhile() -> None:
    life = order()
    asked = life.record
    life.step("p-boss", "reject", reason="No")
    late = life.record.model_copy(
        update={
            "events": (*asked.events, *life.record.events),
            "notices": (*asked.notices, *life.record.notices),
        }
    )
    assert [m.template for m in messages_for(late, life.town, URL)] == ["acknowledged", "rejected"]


def test_two_stages_in_one_record_ask_a_person_once() -> None:
    life = order()
    asked = life.record
    life.step("p-boss", "approve")
    both = life.record.model_copy(
        update={
            "events": (*asked.events, *life.record.events),
            "notices": (*asked.notices, *life.record.notices),
        }
    )
    messages = messages_for(both, life.town, URL)
    assert [m.person for m in messages if m.template == "approval_asked"] == ["p-frida"]


def test_approvers_who_are_all_gone_are_nobody_and_the_message_says_what_to_check() -> None:
    gone = (make_person(one, active=False) for one in ("p-boss", "p-max", "p-maya"))
    town = make_organisation(*gone)
    message = only(told(order(), "approval_asked", town))

    assert message.state == "nobody"
    assert "whoever may approve it" in message.body
    assert "Check who may approve it" in message.body
    alert = only(told(order(), "nobody", town))
    assert (alert.person, alert.state, alert.decides) == ("p-sena", "queued", None)
    assert alert.subject == f"[{NUMBER}] Nobody could be told: New laptop"
    assert alert.body.endswith(f"/tickets/{NUMBER}")


def test_the_requester_reads_that_it_is_approved_and_when_it_will_be_done() -> None:
    life = order("software-licence").step("p-boss", "approve", reason="Fine")
    message = only(told(life, "approved"))

    assert message.person == "p-rosa"
    assert "> Fine" in message.body
    assert "done by Wed 4 Mar 2026, 10:01 (Europe/Berlin)." in message.body


def test_the_requester_reads_why_it_was_rejected() -> None:
    message = only(told(order().step("p-boss", "reject", reason="Use the old one")))

    assert message.subject == f"[{NUMBER}] Not approved: New laptop"
    assert "Boss Muster rejected it" in message.body
    assert "> Use the old one" in message.body


def test_a_request_that_nobody_decided_on_in_time_says_so() -> None:
    life = order("guest-wifi").wait(NOW + 2 * DAY)
    message = only(told(life, "rejected"))
    assert "Your request was not approved in time" in message.body


def test_a_task_is_told_to_its_own_group_with_what_was_done_before() -> None:
    life = order().step("p-boss", "approve").step("p-frida", "approve")
    assert [m.person for m in told(life, "task_opened")] == ["p-sena"]
    life.step("p-sena", "complete", task="order", result="Comes on Monday")
    again = only(told(life))
    assert (again.person, again.template) == ("p-sena", "task_opened")
    assert again.subject == f"[{NUMBER}] To do: Set up the laptop - New laptop"
    assert "- Order the laptop: Comes on Monday" in again.body
    assert "Please have it done by Tue 3 Mar 2026, 08:03 (Europe/Berlin)." in again.body

    handed = told(life.step("p-sena", "complete", task="set-up"))
    assert sorted(m.person or "" for m in handed) == ["p-fay", "p-finn"]


def test_a_late_task_is_told_to_its_own_group_and_lead_in_its_own_words() -> None:
    life = order().step("p-boss", "approve").step("p-frida", "approve")
    life.step("p-sena", "complete", task="order").step("p-sena", "complete", task="set-up")
    late = told(life.wait(NOW + DAY))

    assert {m.person for m in late} == {"p-fay", "p-finn", "p-lena"}
    finn = next(m for m in late if m.person == "p-finn")
    assert 'The time for the task "Hand the laptop over" is over.' in finn.body


def test_a_failed_task_is_told_with_what_was_tried() -> None:
    life = order("software-licence").step("p-boss", "approve")
    life.machine("seat", done=False, note="answered 409: no seat is left")
    message = only(told(life))

    assert (message.person, message.template) == ("p-sena", "task_failed")
    assert message.subject == f"[{NUMBER}] Please do by hand: Reserve a seat - Software licence"
    assert "> answered 409: no seat is left" in message.body


def test_what_could_not_be_taken_back_is_asked_of_the_group() -> None:
    life = licensed().step("p-rosa", "withdraw").machine("seat", done=False, note="answered 404")
    message = only(told(life))

    assert message.subject.startswith(f"[{NUMBER}] Please take back: Reserve a seat")
    assert "This request has ended." in message.body


def test_the_requester_is_told_how_it_ended_though_the_last_event_is_the_desks_own() -> None:
    withdrawn = licensed().step("p-rosa", "withdraw").machine("seat", done=True, note="free")
    message = only(told(withdrawn))
    assert (message.person, message.template) == ("p-rosa", "withdrawn")
    assert "What had been done for it has been taken back." in message.body


def test_the_requester_reads_at_once_why_it_cannot_be_done() -> None:
    failed = licensed().step("p-sena", "fail", task="install", reason="It needs a newer computer")
    message = only(told(failed))
    assert (message.person, message.template) == ("p-rosa", "unfulfilled")
    assert "Sena Muster wrote:\n\n> It needs a newer computer" in message.body
    assert "What was done for it already is taken back." in message.body


def test_who_withdraws_before_anything_is_done_is_told_too() -> None:
    message = only(told(order().step("p-rosa", "withdraw"), "withdrawn"))
    assert message.person == "p-rosa"
    assert "taken back" not in message.body


def test_a_fulfilled_request_asks_whether_everything_is_there() -> None:
    message = only(told(licensed().step("p-sena", "complete", task="install")))
    assert message.person == "p-rosa"
    assert "Is everything there?" in message.body
    assert "close it on" in message.body


def _whole_life() -> list[Record]:
    """A request from its order to its end, as it is recorded after each step."""
    life = order("software-licence")
    records = [life.record]
    life.step("p-boss", "ask", text="Which?")
    records.append(life.record)
    records.append(life.step("p-rosa", "comment", text="That one").record)
    records.append(life.wait(NOW + 9 * HOUR).record)
    records.append(life.step("p-boss", "approve").record)
    records.append(life.machine("seat", done=True, note="seat 12").record)
    wait = {"for": "requester", "reason": "When?", "until": life.at + DAY}
    records.append(life.step("p-sena", "wait", **wait).record)
    records.append(life.wait(life.at + DAY).record)
    records.append(life.wait(life.at + 3 * DAY).record)
    records.append(life.step("p-sena", "complete", task="install").record)
    records.append(life.wait(life.at + 6 * DAY).record)
    records.append(life.step("p-rosa", "reopen", reason="It is gone").record)
    return [*records, life.step("p-sena", "complete", task="install").wait(NOW + 40 * DAY).record]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("whom", [None, Whom.REQUESTER, Whom.MANAGER])
def test_no_message_of_a_request_speaks_of_a_fault(language: str, whom: Whom | None) -> None:
    town = make_organisation(*[p.model_copy(update={"language": language}) for p in PEOPLE])
    seen = set()
    for record in _whole_life():
        if whom is not None:
            notices = [n.model_copy(update={"whom": whom, "person": None}) for n in record.notices]
            record = record.model_copy(update={"notices": tuple(notices)})
        for message in messages_for(record, town, URL):
            seen.add(message.template)
            assert message.language == language
            assert not OF_FAULTS.search(message.subject + message.body), message.body
    assert {"acknowledged", "waiting", "wait_over", "closed"} <= seen
    assert {"escalation", "confirm_reminder"} <= seen
