"""The reasons of what happens to a request: the part of the catalogue, and what it counted."""

from typing import Any

import pytest

from desk.catalogue import ByManager, ByPerson
from desk.events import Breached, TaskEnded
from desk.grounds import Grounds
from desk.why import Why, why
from tests.desk.lives import DAY, FINN, HOUR, ROSA, RULES
from tests.desk.orders import (
    DORA,
    FAY,
    MAX,
    PAUL,
    THEO,
    Request,
    approved,
    fulfilled,
    hours,
    make_item,
    stage,
    task,
)
from tests.desk.test_why import grounds, reasons, why_of

REJECTING = make_item(
    approvals=(stage("manager", 1, ByPerson(person="p-max"), on_time_out="reject"),)
)


def rules(life: Request, kind: str) -> list[str | None]:
    """The rule of each event of a kind."""
    found = reasons(life)
    return [reason.rule if reason else None for event, reason in found if event.what.event == kind]


def of_step(life: Request, nth: int = -1) -> Why | None:
    """The reason of the nth step."""
    return [reason for event, reason in reasons(life) if event.what.event == "step"][nth]


def test_an_order_is_no_machines_decision_but_its_group_is() -> None:
    assert rules(Request(), "ordered") == [None]
    found = why_of(Request(), "routed")
    assert (found.rule, found.policy_version) == ("catalogue.laptop.group", "v1")
    assert found.facts == {"group": "service-desk", "line": "1", "item": "laptop"}


def test_an_asked_stage_says_whom_it_asks_how_many_it_needs_and_until_when() -> None:
    life = approved()
    found = why_of(life, "approval_asked")
    assert (found.rule, found.policy_version) == ("catalogue.laptop.approvals.finance", "v1")
    assert found.facts == {
        "stage": "finance",
        "needs": "2",
        "of": "3",
        "form": "1",
        "approvers": "group finance, p-theo, role manager",
        "approval_finance": "10 h in office",
        "approval_finance_due": "2026-03-03T09:00:00Z",
    }
    assert found.words == (
        "stage finance of laptop needs 2 of 3: group finance, p-theo, role manager; "
        "approval_finance is due 2026-03-03 09:00 UTC (10 h in office)"
    )


def test_the_stages_of_changed_answers_count_the_form() -> None:
    life = Request().take("03-02 10:00", "amend", ROSA)
    assert why_of(life, "approval_asked").facts["form"] == "2"
    ended = why_of(life, "approval_ended")
    assert (ended.rule, ended.facts["how"]) == ("step.amend", "withdrawn")


def test_enough_approvals_end_a_stage_and_begin_the_time_to_fulfil() -> None:
    found = why_of(approved(), "approval_ended")
    assert found.rule == "catalogue.laptop.approvals.finance"
    assert found.facts["how"] == "approved"
    assert found.facts["resolution"] == "50 h in office"
    assert found.words.startswith("2 of 3 approved, as many as it needs; resolution is due")


def test_too_few_who_could_approve_end_a_stage() -> None:
    found = why_of(Request().take("03-02 10:00", "reject", MAX), "approval_ended")
    assert found.rule == "catalogue.laptop.approvals.manager"
    assert found.words == "too few are left of 1 for the 1 that it needs"


def test_a_stage_that_times_out_into_a_rejection_names_that_rule() -> None:
    life = Request("03-02 08:00", REJECTING).live_until("03-03 08:00")
    found = why_of(life, "approval_ended")
    assert found.rule == "catalogue.laptop.approvals.manager.on_time_out"
    assert found.facts == {
        "stage": "manager", "needs": "1", "of": "1", "how": "timed_out", "on_time_out": "reject",
        "target": "10 h in office",
    }  # fmt: skip
    assert found.words == "nobody decided in time, so it is rejected"


def test_a_stage_that_times_out_into_an_escalation_says_who_may_decide_too() -> None:
    life = Request("03-02 08:00").live_until("03-03 08:00")
    found = why_of(life, "breached")
    assert found.rule == "catalogue.laptop.approvals.manager"
    assert (found.facts["on_time_out"], found.facts["escalate_to"]) == ("escalate", "role manager")
    assert found.words.endswith("; nobody decided in time, so role manager may decide as well")


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("resolution", "catalogue.laptop.target"),
        ("task_buy", "catalogue.laptop.tasks.buy"),
        ("next_response", "targets.P3.next_response"),
    ],
)
def test_any_other_missed_target_names_where_it_is_promised(target: str, rule: str) -> None:
    life = approved()
    last = life.events[-1]
    missed = Breached(target=target, group=None, length=HOUR, due=last.at, late_by=0 * HOUR)
    life.events.append(last.model_copy(update={"what": missed, "index": last.index + 1}))
    found = why_of(life, "breached")
    assert found.rule == rule
    assert "on_time_out" not in found.facts


def test_a_task_begins_because_of_those_before_it() -> None:
    life = fulfilled()
    found = why_of(life, "task_opened")
    assert found.rule == "catalogue.laptop.tasks.hand_over"
    assert found.facts == {
        "task": "hand_over", "group": "workplace-2", "machine": "no", "target": "4 h in office",
        "after": "install, licence",
    }  # fmt: skip
    assert found.words == "done: install, licence; workplace-2 does it"
    first = why_of(life, "task_opened", 1)
    assert first.facts["machine"] == "yes"
    assert first.words == "it comes after nothing; do_account does it"


def test_a_task_that_begins_again_does_so_because_of_the_reopening() -> None:
    life = fulfilled().take("03-03 09:00", "reopen", ROSA)
    assert why_of(life, "task_opened").rule == "step.reopen"


def test_what_a_machine_did_names_its_activity_and_what_a_person_did_has_no_reason() -> None:
    life = fulfilled()
    person, machine = "buy", "account"
    by_task = {e.what.task: why for e, why in reasons(life) if isinstance(e.what, TaskEnded)}
    assert by_task[person] is None
    found = by_task[machine]
    assert found is not None
    assert found.rule == "catalogue.laptop.tasks.account"
    assert found.facts == {"task": "account", "how": "done", "activity": "do_account"}
    assert found.words == "do_account has done it"


def test_a_machine_that_gave_up_is_named_and_whether_it_did_or_undid() -> None:
    life = approved().answer("03-02 10:30", "account").answer("03-02 10:40", "licence", done=False)
    assert why_of(life, "task_ended").words == "do_licence gave it up"
    life.take("03-02 10:50", "withdraw", ROSA).answer("03-02 11:00", "account", done=False)
    assert why_of(life, "task_ended").words == "undo_account gave it up"
    life.take("03-02 11:10", "complete", DORA, task="account")
    assert rules(life, "task_ended")[-1] is None


def test_what_was_taken_back_names_the_activity_that_did() -> None:
    life = approved().answer("03-02 10:30", "account").take("03-02 10:40", "withdraw", ROSA)
    life.answer("03-02 10:45", "licence", done=False).answer("03-02 10:50", "account")
    found = why_of(life, "task_ended")
    assert (found.facts["how"], found.words) == ("undone", "undo_account has taken it back")


def test_a_fulfilment_names_its_tasks() -> None:
    found = why_of(fulfilled(), "fulfilled")
    assert (found.rule, found.facts) == ("catalogue.laptop.tasks", {"item": "laptop", "tasks": "5"})
    assert found.words.endswith("buy, account, licence, install, hand_over")


def test_silence_counts_from_the_fulfilment() -> None:
    life = fulfilled().live_until("03-09 11:00")
    assert why_of(life, "closed_by_silence").facts["silent_since"] == "2026-03-02T10:00:00Z"


def test_a_question_pauses_and_the_answer_resumes_the_clock_of_the_stage() -> None:
    life = Request().take("03-02 10:00", "ask", MAX)
    found = of_step(life)
    assert found is not None
    assert (found.rule, found.facts["approval_manager_clock"]) == ("step.ask", "pause")
    life.take("03-02 12:00", "comment", ROSA)
    found = of_step(life)
    assert found is not None
    assert (found.rule, found.facts["approval_manager_clock"]) == ("step.comment", "resume")
    assert why_of(life, "wait_over").rule == "step.comment"


@pytest.mark.parametrize(
    ("step", "by", "words"),
    [
        ("amend", ROSA, "it waited for the requester, who answered"),
        ("approve", MAX, "it was decided, so no answer is needed any more"),
        ("reject", MAX, "it was decided, so no answer is needed any more"),
    ],
)
def test_what_ends_a_question_without_an_answer_is_named(step: str, by: Any, words: str) -> None:
    life = Request().take("03-02 10:00", "ask", MAX).take("03-02 12:00", step, by)
    found = why_of(life, "wait_over")
    assert found.rule == f"step.{step}"
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    ("step", "by", "moved"),
    [
        ("approve", MAX, {"approval_manager_clock": "stop"}),
        ("reject", MAX, {"approval_manager_clock": "stop"}),
        ("withdraw", ROSA, {"approval_manager_clock": "stop"}),
        ("delegate", MAX, {}),
        ("amend", ROSA, {}),
    ],
)
def test_a_step_on_a_request_says_which_clocks_it_moved(
    step: str, by: Any, moved: dict[str, str]
) -> None:
    found = of_step(Request().take("03-02 10:00", step, by))
    clocks = {name: kind for name, kind in found.facts.items() if "_clock" in name} if found else {}
    assert clocks == moved
    assert found is None or found.rule == f"step.{step}"


def test_a_delegation_in_the_instant_of_an_approval_moves_no_clock() -> None:
    life = (
        Request()
        .take("03-02 10:00", "approve", MAX)
        .take("03-02 10:10", "delegate", THEO, to="p-fred")
    )
    life.take("03-02 10:10", "approve", FAY)
    life.take("03-02 10:10", "approve", MAX)
    assert of_step(life, 1) is None
    found = of_step(life, 3)
    assert found is not None
    assert found.facts["approval_finance_clock"] == "stop"


def test_a_task_that_is_not_the_last_moves_no_clock_of_the_whole() -> None:
    assert of_step(approved().take("03-02 10:30", "complete", PAUL)) is None
    last = of_step(fulfilled())
    assert last is not None
    assert last.facts["resolution_clock"] == "stop"


def test_a_wait_of_the_fulfilment_names_what_the_rules_pause() -> None:
    found = of_step(approved().take("03-02 10:30", "wait", FINN, wait_for="vendor"))
    assert found is not None
    assert (found.rule, found.facts["resolution_clock"]) == ("pausing", "pause")


def test_an_approver_by_what_they_are_is_not_told_by_name() -> None:
    asks = make_item(approvals=(stage("it", 1, ByManager(), target=hours(1)),))
    found = why_of(Request(item=asks), "approval_asked").facts["approvers"]
    assert found == "the manager of whom it is for"


def test_an_order_without_its_item_has_no_reasons_of_the_catalogue() -> None:
    life = fulfilled()
    bare = Grounds(terms=RULES, clocks=life.ticket.clocks)
    kinds = {"approval_asked", "approval_ended", "task_opened", "task_ended", "fulfilled"}
    events = [event for event in life.events if event.what.event in kinds]
    assert len(events) > len(kinds)
    assert {why(event, life.events, bare) for event in events} == {None}


def test_what_nothing_takes_back_says_so_and_so_does_the_end() -> None:
    life = approved().take("03-02 10:30", "complete", PAUL).answer("03-02 10:40", "account")
    life.take("03-02 10:50", "withdraw", ROSA).answer("03-02 11:00", "licence", done=False)
    life.answer("03-02 11:10", "account")
    (kept,) = [
        (e.what.task, why)
        for e, why in reasons(life)
        if isinstance(e.what, TaskEnded) and e.what.how == "kept"
    ]
    assert kept[0] == "buy"
    assert kept[1] is not None
    assert (kept[1].rule, kept[1].facts["group"]) == ("catalogue.laptop.tasks.buy", "procurement")
    assert kept[1].words == "no activity takes buy back: procurement was told that it has ended"
    assert rules(life, "order_ended") == ["step.withdraw"]
    assert why_of(life, "order_ended").facts == {"how": "withdrawn"}


def test_no_reason_of_a_request_names_a_person_but_who_is_asked() -> None:
    life = fulfilled().take("03-03 09:00", "reopen", ROSA)
    life.take("03-03 10:00", "withdraw", ROSA).answer("03-03 11:00", "licence")
    life.answer("03-03 11:10", "account").pass_until(life.ticket.last_at + DAY)
    for _, reason in reasons(life):
        said = reason.model_dump_json() if reason is not None else ""
        assert "p-" not in said.replace("p-max", "").replace("p-theo", "")


def test_an_unfinished_plan_of_one_task_is_named_like_any_other() -> None:
    plan = make_item(approvals=(), tasks=(task("carry", "porters"),))
    life = Request(item=plan)
    assert rules(life, "task_opened") == ["catalogue.laptop.tasks.carry"]
    assert grounds(life).item == plan
