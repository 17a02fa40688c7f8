"""A question that stays open: three reminders, two working days apart, and then it is told."""

import pytest

from desk.events import AnswerAsked, Unanswered, WaitOver
from desk.questions import next_reminder
from desk.record import canonical
from desk.ticket import Status
from tests.desk.lives import FINN, ROSA, RULES, said
from tests.desk.orders import Request
from tests.desk.test_approving import A, B, asked
from tests.desk.test_why import why_of

REMINDING = RULES.closure.model_copy(update={"remind_of_questions": 3})


@pytest.fixture
def life() -> Request:
    """On a Monday at ten, `a` wants to know something."""
    opened = asked(1)
    opened.rules = opened.rules.model_copy(update={"closure": REMINDING})
    return opened.take("03-02 10:00", "ask", A)


def silences(life: Request) -> list[str]:
    """When which event of a question came."""
    kinds = (AnswerAsked, Unanswered)
    return [
        f"{said(event.at)} {event.what.event}"
        for event in life.events
        if isinstance(event.what, kinds)
    ]


def test_the_requester_is_reminded_three_times_and_then_the_approver_is_told(
    life: Request,
) -> None:
    life.live_until("04-20 09:00")
    assert silences(life) == [
        "03-04 10:00 answer_asked",
        "03-06 10:00 answer_asked",
        "03-10 10:00 answer_asked",
        "03-12 10:00 unanswered",
    ]
    assert [what.nth for what in life.happened(AnswerAsked)] == [1, 2, 3]
    assert life.told()["answer_reminder", "requester"] == 3
    assert life.told()["unanswered", A.person] == 1


def test_after_the_last_reminder_the_time_of_the_approval_goes_on(life: Request) -> None:
    life.live_until("03-12 10:00")
    assert life.happened(WaitOver) == [WaitOver(because="silence")]
    assert (life.ticket.status, life.ticket.waiting_for) == (Status.APPROVING, None)
    before = life.told()["approval_asked", "approvers"]
    life.live_until("04-20 09:00")
    assert life.told()["approval_asked", "approvers"] == before + 1, "it is escalated"
    found = why_of(life, "wait_over")
    assert found.rule == "closure.remind_of_questions"
    assert found.words.startswith("nobody answered: it is decided without that")


def test_a_late_answer_still_reaches_who_asked(life: Request) -> None:
    life.live_until("03-12 10:00").take("03-12 11:00", "comment", ROSA)
    assert life.told()["answered", A.person] == 1
    assert life.order.asked_by is None


def test_after_an_outage_each_comes_once_and_in_order(life: Request) -> None:
    life.pass_until("04-20 09:00")
    assert len(silences(life)) == 4
    assert silences(life)[-1] == "03-12 10:00 unanswered"


@pytest.mark.parametrize(("step", "by"), [("comment", ROSA), ("amend", ROSA), ("approve", A)])
def test_nothing_is_asked_again_after_an_answer_or_a_decision(
    life: Request, step: str, by: object
) -> None:
    life.take("03-04 12:00", step, A if by is A else ROSA)
    assert next_reminder(life.ticket, life.rules) is None
    assert len(life.pass_until("04-20 09:00").happened(AnswerAsked)) == 1


def test_the_word_of_an_agent_is_no_answer(life: Request) -> None:
    life.take("03-03 12:00", "comment", FINN).pass_until("03-04 10:00")
    assert len(silences(life)) == 1


def test_a_second_question_begins_anew(life: Request) -> None:
    life.take("03-06 11:00", "comment", ROSA).take("03-06 12:00", "ask", B)
    life.pass_until("03-10 12:00")
    assert [what.nth for what in life.happened(AnswerAsked)] == [1, 2, 1]


def test_rules_of_before_there_were_reminders_have_none() -> None:
    life = asked(1).take("03-02 10:00", "ask", A)
    assert b"asked_at" not in canonical(life.ticket)
    assert b"remind_of_questions" not in canonical(life.rules)
    life.pass_until("04-20 09:00")
    assert silences(life) == []
    assert life.ticket.status is Status.WAITING


def test_rules_may_tell_the_approver_at_once(life: Request) -> None:
    life.rules = life.rules.model_copy(
        update={"closure": REMINDING.model_copy(update={"remind_of_questions": 0})}
    )
    assert silences(life.pass_until("04-20 09:00")) == ["03-04 10:00 unanswered"]


def test_each_says_which_rule_it_follows(life: Request) -> None:
    life.live_until("04-20 09:00")
    again = why_of(life, "answer_asked")
    assert again.rule == "closure.remind_after_working_days"
    assert again.words == "6 working days passed without an answer to the question"
    assert (again.facts["nth"], again.facts["working_days"]) == ("3", "2")
    told = why_of(life, "unanswered")
    assert told.rule == "closure.remind_of_questions"
    assert told.words == "the requester was reminded 3 times and has not answered"
