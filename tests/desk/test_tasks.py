"""The human tasks of a ticket: always what somebody can really do now."""

from datetime import datetime
from typing import Any

import pytest

from desk.record import HumanTask, Task
from desk.rules import allowed_steps
from desk.tasks import human_tasks
from desk.ticket import Status
from tests.desk.lives import FINN, ROSA, SENA, Life, at
from tests.desk.orders import MAX, Request


def tasks(life: Life) -> list[tuple[Task, str | None, str | None, datetime | None]]:
    return [(t.task, t.group, t.person, t.due) for t in human_tasks(life.ticket, life.rules)]


def test_a_new_ticket_waits_for_anybody_of_its_group_until_the_response_is_due() -> None:
    assert tasks(Life("03-02 09:00")) == [(Task.ACCEPT, "service-desk", None, at("03-02 11:00"))]


def test_who_is_on_duty_is_waited_for_by_name() -> None:
    life = Life("03-02 09:00")
    life.ticket = life.ticket.model_copy(update={"duty": "p-theo"})
    assert tasks(life)[0][:3] == (Task.ACCEPT, "service-desk", "p-theo")


def test_who_was_given_a_new_ticket_is_waited_for_to_accept_it() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "assign", assignee="p-sena")
    assert tasks(life)[0][:3] == (Task.ACCEPT, "service-desk", "p-sena")


def test_who_accepted_is_waited_for_to_work() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    # The response is met; the group owes it within four hours.
    assert tasks(life) == [(Task.WORK, "service-desk", "p-finn", at("03-02 13:00"))]


def test_after_a_hand_off_the_next_group_is_waited_for() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 09:20", "hand_off", group="network-2")
    assert tasks(life) == [(Task.ACCEPT, "network-2", None, at("03-03 11:20"))]


def test_a_wait_for_the_requester_is_their_task_and_still_the_assignees() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 09:20", "wait", until=at("03-05 10:00"))
    assert tasks(life) == [
        (Task.ANSWER, None, "p-rosa", at("03-05 10:00")),
        (Task.WORK, "service-desk", "p-finn", None),
    ]


@pytest.mark.parametrize("wait_for", ["vendor", "change"])
def test_a_wait_for_somebody_else_is_no_task_of_the_requester(wait_for: str) -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    life.take("03-02 09:20", "wait", wait_for=wait_for)
    assert [task[0] for task in tasks(life)] == [Task.WORK]


def test_a_resolution_waits_for_confirmation_until_it_closes_by_itself() -> None:
    life = Life("03-02 09:00").take("03-02 12:00", "resolve")
    assert tasks(life) == [(Task.CONFIRM, None, "p-rosa", at("03-09 12:00"))]


def test_a_ticket_that_is_over_waits_for_nobody() -> None:
    assert tasks(Life("03-02 09:00").take("03-02 09:10", "cancel")) == []
    life = Life("03-02 09:00").take("03-02 09:10", "resolve")
    assert tasks(life.take("03-02 09:20", "confirm", ROSA)) == []


def test_a_target_that_was_missed_leaves_its_due_time_to_be_seen() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept").live_until("03-05 12:00")
    assert life.states()["resolution"] == "breached"
    due = tasks(life)[0][3]
    assert due is not None
    assert due <= at("03-05 12:00")


DOES = {
    Task.ACCEPT: "accept",
    Task.WORK: "resolve",
    Task.ANSWER: "comment",
    Task.CONFIRM: "confirm",
}


def who(task: HumanTask) -> str:
    return task.person or "p-finn"


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="new"),
        pytest.param([("assign", {"assignee": "p-sena"})], id="assigned"),
        pytest.param([("wait", {})], id="waiting-with-nobody"),
        pytest.param([("assign", {"assignee": "p-sena"}), ("wait", {})], id="waiting-assigned"),
        pytest.param([("wait", {}), ("resume", {})], id="resumed-with-nobody"),
        pytest.param([("accept", {})], id="accepted"),
        pytest.param([("accept", {}), ("wait", {})], id="waiting"),
        pytest.param([("accept", {}), ("hand_off", {})], id="handed-off"),
        pytest.param(
            [("accept", {}), ("wait", {}), ("assign", {"group": "network-2"})], id="moved"
        ),
        pytest.param([("resolve", {})], id="resolved"),
        pytest.param([("resolve", {}), ("reopen", {})], id="reopened-with-nobody"),
    ],
)
def test_whoever_has_a_task_may_do_it(steps: list[tuple[str, dict[str, Any]]]) -> None:
    life = Life("03-02 09:00")
    for minute, (step, fields) in enumerate(steps, start=1):
        life.take(f"03-02 09:{minute:02}", step, **fields)
    people = {actor.person: actor for actor in (ROSA, FINN, SENA)}
    found = human_tasks(life.ticket, life.rules)
    assert found
    for task in found:
        assert DOES[task.task] in allowed_steps(people[who(task)], life.ticket), task


def test_no_task_is_left_when_no_step_is_possible() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "resolve").pass_until("05-01 12:00")
    assert (life.ticket.status, life.ticket.retired) == (Status.CLOSED, True)
    assert tasks(life) == []


def test_nobody_is_waited_for_on_a_ticket_that_is_moved_in() -> None:
    life = Life("03-02 09:00")
    assert human_tasks(life.ticket.model_copy(update={"clock": "given"}), life.rules) == ()


def test_a_task_is_named_with_what_it_is_of_and_whom_it_waits_for() -> None:
    life = Request().take("03-02 10:00", "approve", MAX)
    assert [(task.name, task.whom) for task in human_tasks(life.ticket, life.rules)] == [
        ("approve finance", "finance"), ("approve finance", "p-theo"),
        ("approve finance", "manager"),
    ]  # fmt: skip
    found = human_tasks(Life().ticket, life.rules)
    assert [(task.name, task.whom) for task in found] == [("accept", "service-desk")]
