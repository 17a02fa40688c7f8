"""Who was asked to decide: what they go on seeing, why they are refused, and who hears the end."""

from collections.abc import Callable

import pytest

from desk.access import may_see, sees_internal
from desk.asked import asked_by_name
from desk.catalogue import ByGroup, ByRole
from desk.errors import InvalidFact, NotPermitted, StepRefused, TicketNotFound
from desk.people import Actor, Role
from desk.record import Notice
from desk.ticket import Status
from tests.desk.lives import FINN, PIA, ROSA
from tests.desk.orders import FAY, FRED, MAX, OMAR, THEO, Request, approved, make_item, stage
from tests.desk.test_approving import ABC, A, B, C, asked, ended

X, Y = (Actor(person=f"p-{name}", roles=(Role.REQUESTER,)) for name in "xy")


def over(life: Request) -> list[str]:
    """Who is told that there is nothing to decide any more."""
    return [whom(one) for one in life.notices if one.template == "approval_over"]


def whom(notice: Notice) -> str:
    """Whom a notice is for: a person, a role of the house, or a group."""
    return notice.person or notice.role or notice.group


@pytest.mark.parametrize("step", ["approve", "reject", "ask", "delegate"])
def test_who_has_decided_hears_that_and_when(step: str) -> None:
    life = asked(2).take("03-02 10:00", "approve", A)
    with pytest.raises(StepRefused, match="you approved it already, on 2026-03-02 09:00 UTC"):
        life.take("03-02 10:10", step, A)
    assert may_see(A, life.ticket)
    assert not sees_internal(A, life.ticket)


def withdrawn() -> Request:
    return asked(2).take("03-02 10:00", "approve", A).take("03-02 10:10", "withdraw", ROSA)


def withdrawn_later() -> Request:
    return asked(1).take("03-02 10:00", "approve", A).take("03-02 10:10", "withdraw", ROSA)


def rejected() -> Request:
    return asked(3).take("03-02 10:00", "reject", A)


def lapsed() -> Request:
    return asked(1, opened="03-02 08:00", on_time_out="reject").live_until("03-02 18:00")


def approved_by_others() -> Request:
    return asked(1).take("03-02 10:00", "approve", A)


def asked_others() -> Request:
    life = asked(1).take("03-02 10:00", "delegate", A, to="p-x")
    return life.take("03-02 10:05", "delegate", A, to="p-y")


@pytest.mark.parametrize(
    ("life", "who", "why"),
    [
        (withdrawn, A, "it was withdrawn, so nobody decides on it any more"),
        (withdrawn, C, "it was withdrawn, so nobody decides on it any more"),
        (withdrawn_later, A, "it was withdrawn, so nobody decides on it any more"),
        (rejected, B, "it is rejected already"),
        (lapsed, B, "the time to decide on it was over, so it was rejected"),
        (approved_by_others, B, "others have approved it already"),
        (asked_others, X, "others have decided or are asked instead, so nobody waits for you now"),
    ],
)
def test_who_was_asked_hears_why_they_need_not_decide_any_more(
    life: Callable[[], Request], who: Actor, why: str
) -> None:
    lived = life()
    with pytest.raises(StepRefused, match=why):
        lived.take("03-03 10:00", "approve", who, form=1)
    assert may_see(who, lived.ticket)


def test_who_was_asked_as_one_of_a_group_or_role_hears_it_too_if_they_see_it_anyway() -> None:
    life = asked(1, ByGroup(group="finance"), ByRole(role=Role.PROCESS_OWNER))
    life.take("03-02 10:00", "withdraw", ROSA)
    for who in (FAY.model_copy(update={"roles": (Role.AGENT,)}), PIA):
        with pytest.raises(StepRefused, match="withdrawn"):
            life.take("03-02 10:10", "approve", who)
    with pytest.raises(TicketNotFound):
        life.take("03-02 10:10", "approve", FAY)


def test_a_group_role_or_deputy_reads_an_order_only_while_its_stage_is_open() -> None:
    colleague = FAY.model_copy(update={"person": "p-new"})
    owner = Actor(person="p-owner", roles=(Role.IMPORT,))
    deputy = X.model_copy(update={"stands_for": (A.person,)})
    plan = (ABC[0], ByGroup(group="finance"), ByRole(role=Role.IMPORT))
    life = asked(2, *plan).take("03-02 10:00", "approve", A).take("03-02 10:05", "ask", FAY)
    assert all(may_see(who, life.ticket) for who in (A, FAY, colleague, owner, deputy))
    life.take("03-02 10:10", "approve", FAY)
    assert [may_see(who, life.ticket) for who in (A, FAY)] == [True, True]
    assert not any(may_see(who, life.ticket) for who in (colleague, owner, deputy))


def test_who_decided_for_somebody_or_passed_it_on_as_one_of_a_group_reads_it_for_good() -> None:
    deputy = X.model_copy(update={"stands_for": (A.person,)})
    life = asked(2, ABC[0], ByGroup(group="finance"))
    life.take("03-02 10:00", "approve", deputy).take("03-02 10:05", "delegate", FAY, to="p-y")
    life.take("03-02 10:10", "approve", Y)
    assert all(may_see(who, life.ticket) for who in (A, X, FAY, Y))
    assert not may_see(FRED, life.ticket)


def test_nobody_joins_a_group_and_reads_what_it_rejected() -> None:
    life = asked(1, ByGroup(group="finance")).take("03-02 10:00", "reject", FAY)
    assert may_see(FAY, life.ticket)
    assert not may_see(FRED, life.ticket)


def test_after_other_answers_who_decided_on_the_former_ones_still_finds_it() -> None:
    life = Request().take("03-02 10:00", "approve", MAX).take("03-02 10:10", "approve", FAY)
    life.take("03-02 10:20", "amend", ROSA)
    for who in (FAY, THEO):
        with pytest.raises(StepRefused, match="nobody waits for you now"):
            life.take("03-02 10:30", "approve", who, form=2)
    assert not may_see(FRED, life.ticket)


def test_nobody_else_is_told_anything_of_the_decision() -> None:
    everybody = ByRole(role=Role.REQUESTER)
    life = Request(item=make_item(approvals=(stage("it", 1, everybody),)), wanted_for=OMAR.person)
    life.take("03-02 10:00", "approve", THEO)
    for who in (ROSA, OMAR, FINN):
        with pytest.raises(NotPermitted, match="nobody waits for your decision"):
            life.take("03-02 10:10", "approve", who)
    assert not may_see(X.model_copy(update={"stands_for": (A.person,)}), approved().ticket)


def test_a_withdrawal_tells_those_who_were_waited_for() -> None:
    life = asked(3).take("03-02 10:00", "approve", A).take("03-02 10:05", "delegate", B, to="p-x")
    life.take("03-02 10:10", "withdraw", ROSA)
    assert over(life) == ["p-b", "p-x", "p-c"]
    assert ended(life) == [("it", "withdrawn")]
    assert (life.ticket.status, life.order.slots) == (Status.CANCELLED, ())
    assert [one.person for one in life.order.decisions] == ["p-a"]


def test_a_withdrawal_tells_groups_roles_and_whom_it_was_escalated_to() -> None:
    groups = (ByGroup(group="finance"), ByRole(role=Role.PROCESS_OWNER))
    life = asked(2, *groups, opened="03-02 08:00").live_until("03-02 18:00")
    life.take("03-03 09:00", "withdraw", ROSA)
    assert over(life) == ["finance", "process_owner", "manager"]


def test_the_end_of_a_stage_keeps_who_was_asked_and_not_twice_who_decided() -> None:
    life = approved_by_others()
    assert life.order.asked_before == ABC[1:]
    assert [one.person for one in life.order.decisions] == ["p-a"]


def test_a_decision_says_who_passed_it_on() -> None:
    life = asked(2).take("03-02 10:00", "delegate", A, to="p-x").take("03-02 10:10", "approve", B)
    life.take("03-02 10:20", "approve", X)
    assert [(d.person, d.passed_by) for d in life.order.decisions] == [
        ("p-x", "p-a"),
        ("p-b", None),
    ]
    with pytest.raises(StepRefused, match="it was approved in your place already"):
        life.take("03-02 10:30", "approve", A)


def test_who_passes_on_what_was_passed_to_them_does_it_for_the_same_person() -> None:
    life = asked(1, ABC[0]).take("03-02 10:00", "delegate", A, to="p-x")
    life.take("03-02 10:10", "delegate", X, to="p-y").take("03-02 10:20", "approve", Y)
    assert [(d.person, d.passed_by) for d in life.order.decisions] == [("p-y", "p-a")]
    assert over(life) == ["p-x"]


def test_nothing_is_passed_on_to_who_is_asked_already_by_role_or_group() -> None:
    plan = (ABC[0], ByRole(role=Role.PROCESS_OWNER), ByGroup(group="finance"))
    life = asked(2, *plan)
    for to in (PIA, FAY):
        with pytest.raises(InvalidFact, match="is asked already"):
            life.take("03-02 10:00", "delegate", A, to=to.person, passed_to=to)
    life.take("03-02 10:00", "delegate", A, to=OMAR.person, passed_to=OMAR)


@pytest.mark.parametrize("answers", [{"model": "large"}, {"model": "large", "bag": False}])
def test_the_same_answers_again_are_refused_and_withdraw_nothing(
    answers: dict[str, object],
) -> None:
    form = {"properties": {"model": {"type": "string"}, "bag": {"default": False}}}
    life = Request(item=make_item(form=form)).take("03-02 10:00", "approve", MAX)
    with pytest.raises(InvalidFact, match="are the same as before") as refused:
        life.take("03-02 10:10", "amend", ROSA, answers=answers)
    assert refused.value.field == "answers"
    assert life.take("03-02 10:20", "amend", ROSA, answers={"model": "small"}).order.form == 2


def test_a_question_and_its_answer_stay_with_the_order_made_short() -> None:
    life = asked(3).take("03-02 10:00", "ask", A, text="Why?").take("03-02 10:10", "approve", B)
    life.take("03-02 10:20", "comment", ROSA, text="B" * 3000)
    (one,) = life.order.questions
    assert (one.by, one.text, len(one.answer or ""), life.order.asked_by) == (
        "p-a",
        "Why?",
        1000,
        None,
    )
    for hour in ("11", "12", "13"):
        life.take(f"03-02 {hour}:00", "ask", C, text=f"At {hour}?")
        life.take(f"03-02 {hour}:10", "comment", ROSA, text="Yes.")
    assert [(q.text, q.answer) for q in life.order.questions] == [
        ("At 11?", "Yes."), ("At 12?", "Yes."), ("At 13?", "Yes."),
    ]  # fmt: skip


def test_a_stage_says_that_it_is_rejected_once_its_time_is_over() -> None:
    assert asked(1, on_time_out="reject").order.lapses
    assert not asked(1).order.lapses


def test_all_whom_an_order_has_asked_by_name_are_known() -> None:
    life = asked(2, *ABC[:2], ByGroup(group="finance")).take("03-02 10:00", "delegate", B, to="p-x")
    assert asked_by_name(life.order) == {"p-a", "p-b", "p-x"}
