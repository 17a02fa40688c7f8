"""What a report turns out to be: what stays, what ends, and which promise holds from then on."""

from typing import Any

import pytest
from pydantic import ValidationError

from desk.catalogue import Approval, ByPerson, Item
from desk.clock import stopped
from desk.errors import InvalidFact, NotPermitted, StepRefused
from desk.events import ApprovalEnded, Became, Routed, TaskEnded
from desk.order import Phase
from desk.rules import allowed_steps
from desk.tasks import human_tasks
from desk.ticket import Kind, Status
from desk.wish import is_same_order, wish_of
from tests.desk.lives import FINN, RULES, Life, make_taken
from tests.desk.orders import (
    DORA,
    LAPTOP,
    MAX,
    PAUL,
    Request,
    approved,
    make_item,
    rules_of,
    stage,
)  # fmt: skip

ORDERS: dict[str, Any] = {
    "kind": "service_request",
    "item": "laptop",
    "answers": {"model": "small"},
}
INCIDENT: dict[str, Any] = {
    "kind": "incident",
    "item": None,
    "answers": None,
    "reason": "It is broken.",
}
UNAPPROVED = make_item(approvals=())


def made(plan: Approval) -> Item:
    """A laptop that is approved so."""
    return make_item(approvals=(plan,))


def become_request(life: Life, when: str = "03-02 10:00", **fields: Any) -> Life:
    """It turns out that a laptop is wanted."""
    return life.take(when, "become", rules=rules_of(LAPTOP), **{**ORDERS, **fields})


def test_an_incident_asks_for_approval_once_it_is_a_request() -> None:
    life = become_request(Life().take("03-02 09:30", "accept"))
    assert (life.ticket.kind, life.ticket.status) == (Kind.REQUEST, Status.APPROVING)
    assert life.ticket.order is not None
    assert (life.ticket.order.answers, life.ticket.order.wanted_for) == (
        {"model": "small"},
        "p-rosa",
    )
    assert life.ticket.assignee is None
    assert ("approval_asked", "approvers") in life.told()
    assert [task.of for task in human_tasks(life.ticket, life.rules)] == ["manager"]
    (became,) = life.happened(Became)
    assert (became.kind, became.before) == (Kind.REQUEST, Kind.INCIDENT)
    former = {clock.target for clock in became.clocks if stopped(clock)}
    assert former == {"response", "resolution", "ola_1"}


def test_the_number_and_every_event_stay() -> None:
    life = Life().take("03-02 09:30", "comment", text="Which one?")
    before, number = list(life.events), life.ticket.number
    become_request(life)
    assert life.events[: len(before)] == before
    assert life.ticket.number == number


def test_the_clocks_of_the_former_kind_stand_still() -> None:
    life = become_request(Life())
    running = {clock.target for clock in life.ticket.clocks if not stopped(clock)}
    assert running == {"approval_manager"}


def test_a_wait_ends_with_the_kind() -> None:
    life = become_request(Life().take("03-02 09:30", "wait"))
    assert (life.ticket.waiting_for, life.ticket.status) == (None, Status.APPROVING)


def test_who_made_it_an_order_does_not_approve_it() -> None:
    either = stage("x", 1, ByPerson(person=FINN.person), ByPerson(person=MAX.person))
    life = Life().take("03-02 10:00", "become", rules=rules_of(made(either)), **ORDERS)
    assert life.ticket.order is not None
    assert life.ticket.order.ordered_by == FINN.person
    with pytest.raises(NotPermitted):
        life.take("03-02 10:10", "approve", FINN)
    deputy = DORA.model_copy(update={"stands_for": (FINN.person,)})
    assert "approve" not in allowed_steps(deputy, life.ticket)
    with pytest.raises(InvalidFact, match="decides on what they want"):
        life.take("03-02 10:20", "delegate", MAX, to=FINN.person)
    life.take("03-02 10:30", "approve", MAX)
    assert life.happened(ApprovalEnded)[0].how == "approved"


def test_who_made_it_an_order_may_approve_where_people_decide_for_themselves() -> None:
    own = stage("own", 1, ByPerson(person=FINN.person), own=True)
    life = Life().take("03-02 10:00", "become", rules=rules_of(made(own)), **ORDERS)
    life.take("03-02 10:10", "approve", FINN)
    assert life.ticket.status is Status.IN_PROGRESS


def test_each_order_of_a_ticket_is_another_wish_though_it_is_the_same() -> None:
    life = become_request(Life())
    assert life.ticket.order is not None
    first = life.ticket.order.wish
    life.take("03-02 10:10", "become", rules=RULES, **INCIDENT)
    become_request(life, "03-02 10:20")
    again = life.ticket.order.wish
    assert first != again
    assert not is_same_order(first, again)
    assert wish_of("laptop", {"model": "small"}, "p-rosa") not in (first, again)


def test_it_is_for_whom_the_step_says() -> None:
    life = become_request(Life(), **{"for": "p-omar"})
    assert life.ticket.order is not None
    assert life.ticket.order.wanted_for == "p-omar"


def test_it_comes_to_the_group_of_the_item() -> None:
    life = become_request(Life(category="network"))
    assert life.ticket.group == LAPTOP.group.id
    assert life.happened(Routed)[-1].group == LAPTOP.group


def test_a_request_is_worked_on_as_one_that_was_opened_as_such() -> None:
    life = become_request(Life())
    for person, step in [(MAX, "approve")]:
        life.take("03-02 10:30", step, person)
    assert life.ticket.order is not None
    assert life.ticket.order.stage == "finance"


def test_a_request_becomes_an_incident_with_a_promise_of_its_own() -> None:
    life = Request().take("03-02 10:00", "become", rules=RULES, **INCIDENT)
    assert (life.ticket.kind, life.ticket.status) == (Kind.INCIDENT, Status.NEW)
    assert life.ticket.order is None
    running = {clock.target for clock in life.ticket.clocks if not stopped(clock)}
    assert running == {"response", "resolution", "ola_1"}
    assert ("approval_over", MAX.person) in life.told()
    assert {"accept", "classify"} <= set(allowed_steps(DORA, life.ticket))


def test_tasks_that_nobody_has_begun_are_dropped() -> None:
    item = make_item(approvals=(), tasks=LAPTOP.tasks[:1])
    life = Request(item=item).take("03-02 10:00", "become", rules=RULES, **INCIDENT)
    assert [(end.task, end.how) for end in life.happened(TaskEnded)] == [("buy", "dropped")]
    assert ("task_dropped", "group") in life.told()


def test_there_and_back_again() -> None:
    life = become_request(Life()).take("03-02 11:00", "become", rules=RULES, **INCIDENT)
    become_request(life, "03-02 11:30").take("03-02 12:00", "approve", MAX)
    assert life.ticket.order is not None
    assert life.ticket.order.stage == "finance"


def test_what_was_done_for_an_order_is_not_left_behind() -> None:
    life = approved()
    with pytest.raises(InvalidFact, match="withdraw it") as refused:
        life.take("03-03 10:00", "become", rules=RULES, **INCIDENT)
    assert refused.value.field == "kind"


def test_what_was_done_before_it_was_reopened_is_not_left_behind() -> None:
    item = make_item(approvals=(), tasks=LAPTOP.tasks[:1])
    life = Request(item=item).take("03-02 10:00", "complete", PAUL, task="buy")
    life.take("03-02 11:00", "reopen")
    with pytest.raises(InvalidFact, match="withdraw it"):
        life.take("03-02 12:00", "become", rules=RULES, **INCIDENT)


def test_it_does_not_become_what_it_is() -> None:
    with pytest.raises(InvalidFact, match="it is an incident already"):
        Life().take("03-02 10:00", "become", rules=RULES, **INCIDENT)


def test_the_requester_does_not_say_what_it_is() -> None:
    with pytest.raises(NotPermitted):
        Life().take("03-02 10:00", "become", MAX, rules=rules_of(LAPTOP))


def test_an_order_that_is_being_taken_back_stays_a_request() -> None:
    life = Request(item=UNAPPROVED).take("03-02 10:00", "fail", PAUL, task="buy")
    assert life.order.phase is Phase.UNDOING
    with pytest.raises(StepRefused):
        life.take("03-02 11:00", "become", rules=RULES, **INCIDENT)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "service_request"}, ["item"]),
        ({"kind": "incident", "item": "laptop"}, ["item"]),
        ({"kind": "incident", "answers": {}, "for": "p-omar"}, ["answers", "for"]),
    ],
)
def test_a_step_that_contradicts_itself_is_refused(
    fields: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(ValidationError) as wrong:
        make_taken("become", reason="So it is.", **fields)
    assert wrong.value.errors()[0]["ctx"]["fields"] == tuple(named)


def test_a_step_of_another_kind_is_refused_in_plain_words() -> None:
    with pytest.raises(NotPermitted, match=r"it is no step of an incident$"):
        Life().take("03-02 10:00", "withdraw", FINN)
