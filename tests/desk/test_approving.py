"""Approval: who may decide, in which order, how many are needed, and what time does to it."""

from datetime import timedelta
from typing import Any

import pytest

from desk.access import may_see
from desk.advance import advance
from desk.catalogue import Approval, ByGroup, ByManager, ByPerson, ByRole
from desk.errors import InvalidFact, NotPermitted, StepRefused, TicketNotFound
from desk.events import ApprovalAsked, ApprovalEnded, Ordered, WaitOver
from desk.order import Phase
from desk.people import Actor, Role
from desk.record import Task
from desk.rules import allowed_steps
from desk.ticket import Status
from tests.desk.lives import FINN, HOUR, MINUTE, ROSA, at, said
from tests.desk.orders import (
    FAY,
    FRED,
    LAPTOP,
    MAX,
    MIA,
    OMAR,
    THEO,
    Request,
    hours,
    make_item,
    stage,
    task,
)

A, B, C = (Actor(person=f"p-{name}", roles=(Role.REQUESTER,)) for name in "abc")
ABC = tuple(ByPerson(person=who.person) for who in (A, B, C))
DECIDING = {"approve", "reject", "ask", "delegate"}


def asked(needs: int = 1, *approvers: Any, opened: str = "03-02 09:00", **changes: Any) -> Request:
    """Something with one stage of approval, by a, b and c unless said otherwise."""
    plan = stage("it", needs, *(approvers or ABC), **changes)
    return Request(opened, make_item(approvals=(plan,), tasks=(task("carry", "porters"),)))


def ended(life: Request) -> list[tuple[str, str]]:
    """How each stage ended."""
    return [(what.stage, what.how) for what in life.happened(ApprovalEnded)]


def deciders(life: Request) -> list[str]:
    """Who is waited for to decide."""
    tasks = [one for one in life.waits_for() if one.task is Task.APPROVE]
    return [one.person or one.group or str(one.role) for one in tasks]


def test_a_request_without_approvals_is_fulfilled_at_once() -> None:
    life = Request(item=make_item(approvals=()))
    assert (life.ticket.status, life.order.phase) == (Status.IN_PROGRESS, Phase.FULFILMENT)
    assert life.works()["buy"] == "open"
    assert not life.happened(ApprovalAsked)
    assert not life.told()["approved", "requester"]


def test_one_of_three_is_enough() -> None:
    life = asked(1).take("03-02 10:00", "approve", B, reason="It is time.")
    assert ended(life) == [("it", "approved")]
    assert life.ticket.status is Status.IN_PROGRESS
    assert life.told()["approved", "requester"] == 1
    assert [(one.person, one.reason) for one in life.order.given] == [("p-b", "It is time.")]


def test_all_of_three_are_needed() -> None:
    life = asked(3).take("03-02 10:00", "approve", C).take("03-02 10:10", "approve", A)
    assert (life.ticket.status, deciders(life)) == (Status.APPROVING, ["p-b"])
    life.take("03-02 10:20", "approve", B)
    assert ended(life) == [("it", "approved")]


def test_two_of_three_are_enough_also_when_the_third_rejects() -> None:
    life = asked(2).take("03-02 10:00", "reject", A).take("03-02 10:10", "approve", B)
    assert not ended(life)
    life.take("03-02 10:20", "approve", C)
    assert life.ticket.status is Status.IN_PROGRESS


@pytest.mark.parametrize(("needs", "rejections"), [(1, 3), (2, 2), (3, 1)])
def test_it_is_rejected_once_too_few_are_left_who_could_approve(
    needs: int, rejections: int
) -> None:
    life = asked(needs)
    for nth, who in enumerate((A, B, C)[:rejections], start=1):
        assert life.ticket.status is Status.APPROVING
        life.take(f"03-02 10:{nth}0", "reject", who)
    assert (life.ticket.status, life.order.phase) == (Status.REJECTED, Phase.ENDED)
    assert ended(life) == [("it", "rejected")]
    assert life.ticket.closed_at == at(f"03-02 10:{rejections}0")
    assert life.told()["rejected", "requester"] == 1
    assert life.works() == {"carry": "later"}
    assert set(life.states().values()) == {"met"}
    assert life.waits_for() == []


def test_the_next_stage_is_asked_only_when_the_one_before_has_approved() -> None:
    life = Request()
    assert deciders(life) == ["p-max"]
    assert not may_see(FAY, life.ticket)
    life.take("03-02 10:00", "approve", MAX)
    assert deciders(life) == ["finance", "p-theo", "manager"]
    assert [what.stage for what in life.happened(ApprovalAsked)] == ["manager", "finance"]
    assert life.clock("approval_finance").marks[0].at == at("03-02 10:00")
    assert life.states() == {"approval_manager": "met", "approval_finance": "running"}
    life.take("03-02 10:10", "approve", FAY).take("03-02 10:20", "approve", MIA)
    assert ended(life) == [("manager", "approved"), ("finance", "approved")]
    assert [one.person for one in life.order.given] == ["p-max", "p-fay", "p-mia"]


def test_who_was_asked_before_may_be_asked_again_by_a_later_stage() -> None:
    life = Request().take("03-02 10:00", "approve", MAX).take("03-02 10:05", "approve", MAX)
    assert [slot.decided is not None for slot in life.order.slots] == [False, False, True]


def test_every_decision_on_these_answers_is_known_the_latest_last() -> None:
    life = Request().take("03-02 10:00", "approve", MAX).take("03-02 10:10", "reject", MIA)
    assert [(one.person, one.verdict) for one in life.order.decisions] == [
        ("p-max", "approved"), ("p-mia", "rejected"),
    ]  # fmt: skip
    assert life.take("03-02 10:20", "amend", ROSA).order.decisions == ()


def test_a_manager_whom_the_terms_do_not_name_is_nobody() -> None:
    life = asked(1, ByManager())
    assert not DECIDING & set(allowed_steps(MAX, life.ticket))


def test_nobody_decides_on_their_own_request_nor_on_what_they_get() -> None:
    everybody = ByRole(role=Role.REQUESTER)
    plan = make_item(approvals=(stage("it", 1, everybody),))
    life = Request(item=plan, wanted_for=OMAR.person)
    for who in (ROSA, OMAR):
        assert not DECIDING & set(allowed_steps(who, life.ticket))
    with pytest.raises(NotPermitted, match="nobody waits for your decision"):
        life.take("03-02 10:00", "approve", ROSA)
    assert allowed_steps(THEO, life.ticket) == ("approve", "reject", "ask", "delegate")


def test_a_stage_may_let_people_decide_for_themselves() -> None:
    life = asked(1, ByPerson(person=ROSA.person), own=True)
    assert life.take("03-02 10:00", "approve", ROSA).ticket.status is Status.IN_PROGRESS


def test_the_same_person_does_not_decide_twice() -> None:
    life = asked(2, ByGroup(group="finance"), ByGroup(group="finance"))
    life.take("03-02 10:00", "approve", FAY)
    with pytest.raises(StepRefused, match="you approved it already, on 2026-03-02 09:00 UTC"):
        life.take("03-02 10:10", "approve", FAY)
    assert life.take("03-02 10:10", "approve", FRED).ticket.status is Status.IN_PROGRESS


def test_who_is_asked_by_name_leaves_the_place_of_their_group_to_the_others() -> None:
    life = asked(2, ByGroup(group="finance"), ByPerson(person=FAY.person))
    life.take("03-02 10:00", "approve", FAY)
    assert deciders(life) == ["finance"]
    assert life.take("03-02 10:10", "approve", FRED).ticket.status is Status.IN_PROGRESS


def test_a_stranger_does_not_even_find_it() -> None:
    with pytest.raises(TicketNotFound):
        asked().take("03-02 10:00", "approve", OMAR)


def test_a_delegate_decides_and_the_approver_still_may() -> None:
    life = asked(1, ABC[0]).take("03-02 10:00", "delegate", A, to=OMAR.person)
    assert life.told()["approval_asked", OMAR.person] == 1
    assert deciders(life) == ["p-a", OMAR.person]
    other = asked(1, ABC[0]).take("03-02 10:00", "delegate", A, to=OMAR.person)
    assert life.take("03-02 10:10", "approve", OMAR).ticket.status is Status.IN_PROGRESS
    assert other.take("03-02 10:10", "approve", A).ticket.status is Status.IN_PROGRESS
    with pytest.raises(StepRefused, match="others have approved it already"):
        other.take("03-02 10:20", "approve", OMAR)


@pytest.mark.parametrize("to", [ROSA, OMAR, A], ids=["requester", "wanted_for", "oneself"])
def test_nobody_delegates_to_whom_it_is_for_or_to_themselves(to: Actor) -> None:
    plan = make_item(approvals=(stage("it", 1, *ABC),))
    life = Request(item=plan, wanted_for=OMAR.person)
    with pytest.raises(InvalidFact, match="somebody else") as refused:
        life.take("03-02 10:00", "delegate", A, to=to.person)
    assert refused.value.field == "to"


def test_a_question_stops_the_clock_and_the_answer_lets_it_go_on() -> None:
    life = asked(2).take("03-02 10:00", "ask", A)
    assert (life.ticket.status, life.ticket.waiting_for) == (Status.WAITING, "requester")
    assert life.states() == {"approval_it": "paused"}
    assert life.told()["waiting", "requester"] == 1
    assert [(one.task, one.person) for one in life.waits_for()[:1]] == [(Task.ANSWER, "p-rosa")]
    assert life.waits_for()[1].due is None
    life.pass_until("03-05 11:00").take("03-05 11:00", "comment", ROSA)
    assert (life.ticket.status, life.order.asked_by) == (Status.APPROVING, None)
    assert life.told()["answered", "p-a"] == 1
    # One of ten working hours was spent before the question.
    assert life.waits_for()[0].due == at("03-06 10:00")


def test_no_second_question_is_asked_before_the_first_one_is_answered() -> None:
    life = asked().take("03-02 10:00", "ask", A)
    with pytest.raises(StepRefused) as refused:
        life.take("03-02 10:10", "ask", B)
    assert refused.value.allowed_steps == ("approve", "reject", "delegate")


def test_only_who_asked_is_told_of_the_answer_and_only_of_the_first() -> None:
    life = asked().take("03-02 10:00", "ask", A).take("03-02 10:10", "comment", ROSA)
    life.take("03-02 10:20", "comment", ROSA)
    assert life.told()["answered", "p-a"] == 1
    assert life.told()["comment", "group"] == 1


def test_a_decision_ends_the_stage_although_a_question_is_open() -> None:
    life = asked(1).take("03-02 10:00", "ask", A).take("03-02 10:10", "approve", B)
    assert [what.because for what in life.happened(WaitOver)] == ["decision"]
    assert (life.ticket.status, life.order.asked_by) == (Status.IN_PROGRESS, None)
    assert life.clock("resolution").marks[-1].kind == "start"
    rejected = asked(3).take("03-02 10:00", "ask", A).take("03-02 10:10", "reject", B)
    assert (rejected.ticket.status, rejected.ticket.waiting_for) == (Status.REJECTED, None)


def test_who_asked_and_then_decides_holds_up_the_others_no_longer() -> None:
    life = asked(2).take("03-02 10:00", "ask", A).take("03-02 11:00", "approve", A)
    assert (life.ticket.status, life.states()) == (Status.APPROVING, {"approval_it": "running"})
    assert life.order.asked_by is None


def test_the_question_of_somebody_else_stays_open_when_one_of_several_decides() -> None:
    life = asked(3).take("03-02 10:00", "ask", A).take("03-02 11:00", "approve", B)
    assert (life.ticket.status, life.order.asked_by) == (Status.WAITING, "p-a")


def test_other_answers_withdraw_each_approval_and_begin_at_the_first_stage() -> None:
    life = Request().take("03-02 10:00", "approve", MAX).take("03-02 10:10", "approve", FAY)
    life.take("03-02 10:20", "amend", ROSA, answers={"model": "small"})
    assert (life.order.answers, life.order.form) == ({"model": "small"}, 2)
    assert (life.order.stage, life.order.given) == ("manager", ())
    assert ended(life) == [("manager", "approved"), ("finance", "withdrawn")]
    assert [what.form for what in life.happened(Ordered)] == [1, 2]
    assert life.states() == {"approval_finance": "met", "approval_manager": "running"}
    life.take("03-02 10:30", "approve", MAX, form=2).take("03-02 10:40", "approve", FAY, form=2)
    assert life.ticket.status is Status.APPROVING
    version = life.ticket.version
    life.take("03-02 10:50", "approve", THEO, expected_version=version)
    assert life.order.phase is Phase.FULFILMENT


def test_other_answers_are_an_answer_to_the_question_too() -> None:
    life = asked(1).take("03-02 10:00", "ask", A).take("03-02 10:10", "amend", ROSA)
    assert [what.because for what in life.happened(WaitOver)] == ["answer"]
    assert (life.ticket.status, life.order.asked_by) == (Status.APPROVING, None)


def test_only_the_requester_changes_the_answers_and_only_before_the_last_approval() -> None:
    life = asked(1)
    with pytest.raises(NotPermitted):
        life.take("03-02 10:00", "amend", A)
    life.take("03-02 10:00", "approve", A)
    with pytest.raises(StepRefused) as refused:
        life.take("03-02 10:10", "amend", ROSA)
    assert set(refused.value.allowed_steps) == {"comment", "withdraw"}


def test_time_reminds_the_approvers_and_then_lets_others_decide() -> None:
    life = asked(2, opened="03-02 08:00").live_until("03-02 18:00")
    assert [line for line in life.story() if "approval_it" in line] == [
        "03-02 13:00 approval_it 50%", "03-02 18:00 approval_it breached",
    ]  # fmt: skip
    assert life.told()["escalation", "approvers"] == 1
    # Asked, and asked again now that managers may decide too.
    assert life.told()["approval_asked", "approvers"] == 2
    assert deciders(life) == ["p-a", "p-b", "p-c", "manager"]
    life.take("03-03 09:00", "approve", MIA)
    assert life.ticket.status is Status.APPROVING
    assert not DECIDING & set(allowed_steps(MIA, life.ticket))
    assert life.take("03-03 09:10", "approve", MAX).ticket.status is Status.IN_PROGRESS


def test_before_the_time_is_over_managers_do_not_decide() -> None:
    life = asked().live_until("03-02 17:59")
    assert not DECIDING & set(allowed_steps(MIA, life.ticket))


def test_who_is_asked_keeps_their_place_when_the_request_is_escalated_to_them_too() -> None:
    life = asked(2, ByGroup(group="finance"), ByPerson(person=MAX.person), opened="03-02 08:00")
    life.live_until("03-02 18:00").take("03-03 09:00", "approve", MAX)
    assert deciders(life) == ["finance", "manager"]


def test_an_escalation_of_one_stage_is_not_one_of_the_next() -> None:
    life = Request("03-02 08:00").live_until("03-02 18:00").take("03-03 09:00", "approve", MIA)
    assert (life.order.stage, life.order.escalated_to) == ("finance", None)


def test_a_stage_that_nobody_decides_in_time_is_rejected_where_the_rules_say_so() -> None:
    life = asked(1, opened="03-02 08:00", on_time_out="reject").live_until("03-02 18:00")
    assert (life.ticket.status, ended(life)) == (Status.REJECTED, [("it", "timed_out")])
    assert life.ticket.closed_at == at("03-02 18:00")
    assert life.told()["rejected", "requester"] == 1
    assert advance(life.ticket, life.rules, at("03-30 18:00")).events == ()


def test_a_question_keeps_a_stage_from_being_rejected_by_time() -> None:
    life = asked(1, opened="03-02 08:00", on_time_out="reject").take("03-02 17:00", "ask", A)
    life.live_until("03-20 18:00")
    assert not ended(life)
    life.take("03-23 08:00", "comment", ROSA).live_until("03-23 09:00")
    assert said(life.ticket.last_at) == "03-23 09:00"
    assert life.ticket.status is Status.REJECTED


def test_the_target_of_the_whole_is_no_target_of_a_stage() -> None:
    life = Request("03-02 08:00", make_item(approvals=(), target=hours(1)))
    life.live_until("03-02 09:00")
    assert life.states()["resolution"] == "breached"
    assert life.ticket.status is Status.IN_PROGRESS


def test_the_target_of_another_clock_does_not_end_a_stage() -> None:
    plan: Approval = stage("it", 1, *ABC, on_time_out="reject", target=hours(20))
    life = Request("03-02 08:00", make_item(approvals=(plan,)))
    # A next response is owed meanwhile, and is late.
    clock = life.clock("approval_it").model_copy(update={"target": "next_response"})
    clocks = (clock, *life.ticket.clocks)
    life.ticket = life.ticket.model_copy(update={"clocks": clocks})
    life.live_until("03-04 07:00")
    assert [(c.target, c.breached_at) for c in life.ticket.clocks] == [
        ("next_response", at("03-03 18:00")), ("approval_it", at("03-03 18:00")),
    ]  # fmt: skip
    assert ended(life) == [("it", "timed_out")]


@pytest.mark.parametrize("who", [A, MAX], ids=["approver", "manager"])
def test_an_approval_after_the_withdrawal_is_refused(who: Actor) -> None:
    plan = make_item(approvals=(stage("it", 1, *ABC, ByPerson(person=MAX.person)),))
    life = Request(item=plan).take("03-02 10:00", "withdraw", ROSA)
    assert (life.ticket.status, life.ticket.closed_at) == (Status.CANCELLED, at("03-02 10:00"))
    with pytest.raises(StepRefused, match="it was withdrawn, so nobody decides on it any more"):
        life.take("03-02 10:10", "approve", who)
    assert life.waits_for() == []
    assert life.told()["withdrawn", "requester"] == 1


def test_an_approver_finds_the_request_from_the_asking_on() -> None:
    life = Request(confidential=True)
    seen = [(who.person, may_see(who, life.ticket)) for who in (MAX, FAY, THEO, OMAR, FINN)]
    assert seen == [
        ("p-max", True), ("p-fay", False), ("p-theo", False), ("p-omar", False), ("p-finn", True),
    ]  # fmt: skip
    life.take("03-02 10:00", "approve", MAX).take("03-02 10:10", "approve", FAY)
    assert [may_see(who, life.ticket) for who in (FAY, FRED, THEO)] == [True, True, True]


def test_nobody_is_waited_for_on_an_order_that_is_moved_in() -> None:
    life = Request(clock="given", at=at("03-02 09:00"))
    assert life.waits_for() == []
    assert life.notices == []


def test_a_ladder_of_a_stage_goes_off_at_its_share_of_the_time() -> None:
    short = stage("it", 1, *ABC, target=hours(2, "approval"))
    life = Request("03-02 09:00", make_item(approvals=(short,)))
    half = life.ticket.opened_at + HOUR
    life.live_until(half - MINUTE)
    assert not life.told()["escalation", "approvers"]
    life.live_until(half)
    assert life.told()["escalation", "approvers"] == 1


def test_who_wants_it_is_the_requester_unless_said_otherwise() -> None:
    assert Request().order.wanted_for == ROSA.person
    order = Request(wanted_for=OMAR.person).order
    assert (order.wanted_for, order.cost_centre, order.price) == (OMAR.person, "4711", "1200 EUR")
    assert (order.item, order.title) == (LAPTOP.key, LAPTOP.title)
    assert Request().ticket.group == "service-desk"


def test_a_stage_without_a_target_waits_for_ever() -> None:
    life = Request()
    bare = {name: {"resolution": LAPTOP.target} for name in life.rules.targets}
    life.rules = life.rules.model_copy(update={"targets": bare})
    life.take("03-02 10:00", "approve", MAX).live_until(at("03-02 10:00") + timedelta(days=365))
    assert (life.ticket.status, life.order.escalated_to) == (Status.APPROVING, None)
    assert {one.due for one in life.waits_for()} == {None}
