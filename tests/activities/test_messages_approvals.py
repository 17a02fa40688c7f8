"""What deputies and links change of what is told, and how a question that stays open is told."""

from dataclasses import replace
from datetime import datetime, timedelta

from desk.wish import wish_of
from store.absences import Absence, by_deputy
from store.messages import Decides
from store.organisation import Organisation, Person
from tests.activities.test_messages_requests import DAY, HOUR, told
from tests.activities.town import LAPTOP, make_organisation, make_person, only, order
from tests.builders import NOW, NUMBER

WISH = wish_of("new-laptop", LAPTOP, "p-rosa")
FIRST = Decides(stage="line manager", form=1, wish=WISH)
SECOND = Decides(stage="line manager", form=2, wish=WISH)


def test_a_question_that_stays_open_is_reminded_of_and_then_told_to_whoever_asked() -> None:
    life = order().step("p-boss", "ask", text="Which model?").wait(NOW.replace(day=5))
    reminder = only(told(life, "answer_reminder"))
    assert reminder.person == "p-rosa"
    assert reminder.subject == f"[{NUMBER}] We still need your answer: New laptop"
    assert "Boss Muster has asked you something about your request" in reminder.body
    unanswered = only(told(life.wait(NOW.replace(day=20)), "unanswered"))
    assert unanswered.person == "p-boss"
    assert "We have reminded Rosa Muster, and there is no answer." in unanswered.body


def test_a_question_that_stays_open_is_told_to_the_deputy_of_whoever_asked() -> None:
    life = order().step("p-boss", "ask", text="Which model?").wait(NOW.replace(day=20))
    until = NOW.replace(day=25)
    found = {m.person for m in told(life, "unanswered", away(until=until))}
    assert found == {"p-boss", "p-omar"}


def test_where_whoever_asked_may_not_be_told_those_who_may_decide_are() -> None:
    life = order().step("p-boss", "ask", text="Which model?").wait(NOW.replace(day=20))
    assert life.ticket.order is not None
    slot = life.ticket.order.slots[0].model_copy(update={"delegate": "p-frida"})
    passed = life.ticket.order.model_copy(update={"slots": (slot,)})
    ticket = life.ticket.model_copy(update={"order": passed})
    life.record = life.record.model_copy(update={"ticket": ticket})
    left = make_organisation(make_person("p-boss", active=False, manager="p-lena"))
    assert {m.person for m in told(life, "unanswered", left)} == {"p-lena"}
    nobody = [make_person(person) for person in ("p-max", "p-maya")]
    barred = make_organisation(make_person("p-boss", active=False, manager="p-rosa"), *nobody)
    assert only(told(life, "unanswered", barred)).person == "p-frida"


def away(*changed: Person, until: datetime = NOW + DAY) -> Organisation:
    """The town while the boss is away, and omar decides."""
    gone = Absence(person="p-boss", begins=NOW - DAY, until=until, deputy="p-omar")
    absences = {"p-boss": gone}
    town = make_organisation(*changed)
    return replace(town, absences=absences, left_to=by_deputy(absences))


def test_who_stands_for_an_absent_approver_is_asked_too_and_reads_for_whom() -> None:
    asked = {m.person: m for m in told(order(), "approval_asked", away())}
    assert asked.keys() == {"p-boss", "p-omar"}
    words = "You decide in the place of Boss Muster, who is away."
    assert words in asked["p-omar"].body
    assert words not in asked["p-boss"].body
    assert {m.decides for m in asked.values()} == {FIRST}
    over = told(order().step("p-rosa", "withdraw"), "approval_over", away())
    assert {m.person for m in over} == {"p-boss", "p-omar"}


def test_who_is_back_is_asked_alone() -> None:
    town = away(until=NOW - timedelta(minutes=1))
    assert only(told(order(), "approval_asked", town)).person == "p-boss"


def test_only_whoever_may_decide_gets_a_link_and_the_text_has_none() -> None:
    life = order().wait(NOW + 8 * HOUR)
    (reminder,) = told(life)
    assert (reminder.template, reminder.decides) == (
        "escalation",
        FIRST,
    )
    for message in (*told(order()), reminder):
        assert "/decide/" not in message.body
        assert (message.decides is None) == (message.person == "p-rosa")
    again = order().step("p-rosa", "amend", answers=LAPTOP)
    assert only(told(again, "approval_asked")).decides == SECOND


def test_the_next_approver_reads_for_whom_a_deputy_decided() -> None:
    life = order()
    life.town = away()
    message = only(told(life.step("p-omar", "approve"), "approval_asked"))
    assert "Omar Muster approved it for Boss Muster on Mon 2 Mar" in message.body
