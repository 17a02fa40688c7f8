"""Fulfilment: tasks begin when they may, end once, and are taken back when the order ends early."""

from collections.abc import Callable

import pytest

from desk.catalogue import Item
from desk.errors import InvalidFact, NotPermitted, StepRefused, TicketNotFound
from desk.events import Breached, Fulfilled, OrderEnded, TaskEnded, TaskOpened
from desk.fulfilling import machine_ended
from desk.order import Phase
from desk.record import Task
from desk.rules import allowed_steps
from desk.ticket import Resolution, Status
from tests.desk.lives import FINN, ROSA, Life, at
from tests.desk.orders import (
    DORA,
    LAPTOP,
    PAUL,
    WERA,
    Request,
    approved,
    fulfilled,
    make_item,
    task,
)

CHAIN = make_item(
    approvals=(),
    tasks=(
        task("one", "directory", machine=True),
        task("two", "directory", "one", machine=True),
        task("carry", "workplace-2", "two"),
        task("three", "directory", "two", machine=True),
    ),
)
OTHERS = {"buy": "open", "install": "later", "hand_over": "later"}


def chained(item: Item = CHAIN) -> Request:
    """One and two are done; a person carries while a machine is at three."""
    life = Request(item=item)
    return life.answer("03-02 09:10", "one").answer("03-02 09:20", "two")


def ended(life: Request) -> list[tuple[str, str]]:
    """How each task ended, in that order."""
    return [(what.task, what.how) for what in life.happened(TaskEnded)]


def test_all_tasks_that_come_after_nothing_begin_at_once() -> None:
    life = approved()
    assert life.works() == {**OTHERS, "account": "machine", "licence": "later"}
    assert [(what.task, what.machine) for what in life.happened(TaskOpened)] == [
        ("buy", False), ("account", True),
    ]  # fmt: skip
    assert [note.group for note in life.notices if note.template == "task_opened"] == [
        "procurement"
    ]
    assert [(one.task, one.of, one.group, one.due) for one in life.waits_for()] == [
        (Task.FULFIL, "buy", "procurement", at("03-02 14:20")),
    ]
    assert life.clock("task_buy").group == "procurement"
    assert life.clock("resolution").marks[0].at == at("03-02 10:20")


def test_a_task_begins_once_all_of_those_before_it_are_done() -> None:
    life = approved().take("03-02 10:30", "complete", PAUL)
    life.take("03-02 10:40", "complete", WERA, task="install")
    life.answer("03-02 10:50", "account")
    assert life.works() == {
        "buy": "done", "install": "done", "account": "done", "licence": "machine",
        "hand_over": "later",
    }  # fmt: skip
    life.answer("03-02 11:00", "licence")
    assert life.works()["hand_over"] == "open"


def test_the_last_task_fulfils_the_request() -> None:
    life = fulfilled()
    assert (life.ticket.status, life.order.phase) == (Status.RESOLVED, Phase.DONE)
    assert life.ticket.resolution == Resolution(code="fulfilled", text="A new laptop")
    assert life.ticket.resolved_at == life.ticket.silent_since == at("03-02 11:00")
    assert set(life.states().values()) == {"met"}
    assert len(life.happened(Fulfilled)) == 1
    assert [work.turn for work in life.order.works] == [2, 1, 3, 4, 5]
    assert [work.by for work in life.order.works] == ["p-paul", None, None, "p-wera", "p-wera"]
    assert [one.task for one in life.waits_for()] == [Task.CONFIRM]
    life.take("03-02 12:00", "confirm", ROSA)
    assert life.ticket.status is Status.CLOSED


def test_silence_closes_a_fulfilled_request_too() -> None:
    assert fulfilled().live_until("03-09 11:00").ticket.status is Status.CLOSED


def test_what_a_person_and_a_machine_say_of_a_task_is_kept_with_it() -> None:
    work = fulfilled().order.work("buy")
    assert work is not None
    assert (work.note, work.by, work.at) == ("It is number 4711.", "p-paul", at("03-02 10:40"))
    assert Request().order.work("explode") is None


def test_only_the_group_of_a_task_completes_it() -> None:
    life = approved()
    with pytest.raises(NotPermitted):
        life.take("03-02 10:30", "complete", FINN)
    with pytest.raises(TicketNotFound):
        life.take("03-02 10:30", "complete", ROSA.model_copy(update={"person": "p-zoe"}))


@pytest.mark.parametrize("key", ["account", "install", "explode"])
@pytest.mark.parametrize("step", ["complete", "fail"])
def test_a_task_that_does_not_wait_for_the_group_is_refused(step: str, key: str) -> None:
    with pytest.raises(InvalidFact, match="wait for your groups: buy") as refused:
        approved().take("03-02 10:30", step, PAUL, task=key)
    assert refused.value.field == "task"


def test_a_task_is_completed_once() -> None:
    life = approved().take("03-02 10:30", "complete", PAUL)
    with pytest.raises(NotPermitted, match="none of its tasks waits for a group of yours"):
        life.take("03-02 10:40", "complete", PAUL)


def test_what_a_machine_gave_up_is_a_persons_with_what_was_tried() -> None:
    life = approved().answer("03-02 10:30", "account", done=False, note="The directory is down.")
    assert life.works()["account"] == "failed"
    work = life.order.work("account")
    assert work is not None
    assert work.note == "The directory is down."
    assert [note.group for note in life.notices if note.template == "task_failed"] == ["directory"]
    assert (Task.FULFIL, "account") in [(one.task, one.of) for one in life.waits_for()]
    assert life.states()["task_account"] == "running"
    life.take("03-02 10:40", "complete", DORA, task="account", result=None)
    assert life.works()["licence"] == "machine"
    assert ended(life) == [("account", "failed"), ("account", "done")]


def test_a_failure_for_good_takes_back_what_was_done_last_first() -> None:
    life = chained().take("03-02 09:30", "fail", WERA, task="carry")
    assert (life.ticket.status, life.order.phase) == (Status.IN_PROGRESS, Phase.UNDOING)
    # The machine is at three: what it does is known first.
    assert life.works() == {"one": "done", "two": "done", "carry": "impossible", "three": "machine"}
    life.answer("03-02 09:40", "three")
    assert life.works() == {"one": "done", "two": "done", "carry": "impossible", "three": "undo"}
    life.answer("03-02 09:50", "three")
    assert life.works() == {"one": "done", "two": "undo", "carry": "impossible", "three": "undone"}
    life.answer("03-02 10:00", "two").answer("03-02 10:10", "one")
    assert life.works() == {
        "one": "undone", "two": "undone", "carry": "impossible", "three": "undone",
    }  # fmt: skip
    assert ended(life)[-3:] == [("three", "undone"), ("two", "undone"), ("one", "undone")]
    assert (life.ticket.status, life.order.phase) == (Status.UNFULFILLED, Phase.ENDED)
    assert life.ticket.closed_at == at("03-02 10:10")
    assert life.told()["unfulfilled", "requester"] == 1
    assert life.waits_for() == []


def test_what_nothing_takes_back_stays_done() -> None:
    life = approved().take("03-02 10:30", "complete", PAUL).answer("03-02 10:40", "account")
    life.take("03-02 10:50", "withdraw", ROSA).answer("03-02 11:00", "licence", done=False)
    life.answer("03-02 11:10", "account")
    assert life.works() == {
        "buy": "done", "account": "undone", "licence": "dropped", "install": "dropped",
        "hand_over": "dropped",
    }  # fmt: skip
    assert life.ticket.status is Status.CANCELLED


def test_a_machine_that_fails_after_the_withdrawal_leaves_nothing_to_take_back() -> None:
    life = approved().take("03-02 10:30", "withdraw", ROSA)
    assert life.ticket.status is Status.IN_PROGRESS
    life.answer("03-02 10:40", "account", done=False, note="No such name.")
    assert (life.ticket.status, life.works()["account"]) == (Status.CANCELLED, "dropped")
    assert ended(life) == [("buy", "dropped"), ("account", "failed")]
    assert life.happened(OrderEnded) == [OrderEnded(how="withdrawn")]
    assert [n.group for n in life.notices if n.template == "task_dropped"] == ["procurement"]
    assert life.told()["withdrawn", "requester"] == 1
    assert not life.told()["task_failed", "group"]


def test_a_withdrawal_with_nothing_done_ends_at_once() -> None:
    life = Request(item=make_item(approvals=(), tasks=(task("carry", "workplace-2"),)))
    life.take("03-02 10:00", "withdraw", ROSA, reason="I have one.")
    assert (life.ticket.status, life.works()) == (Status.CANCELLED, {"carry": "dropped"})
    assert set(life.states().values()) == {"met"}


def test_what_cannot_be_taken_back_is_done_by_hand() -> None:
    life = chained().take("03-02 09:30", "withdraw", ROSA)
    life.answer("03-02 09:35", "three", done=False)
    life.answer("03-02 09:40", "two", done=False, note="It is locked.")
    assert life.works()["two"] == "undo_failed"
    assert ended(life)[-1] == ("two", "failed")
    assert [(one.of, one.group, one.due) for one in life.waits_for()] == [
        ("two", "directory", at("03-02 13:40"))
    ]
    assert set(allowed_steps(DORA, life.ticket)) == {"comment", "link", "unlink", "complete"}
    life.take("03-02 09:50", "complete", DORA, task="two", result="Unlocked, and removed.")
    assert life.works() == {"one": "undo", "two": "undone", "carry": "dropped", "three": "dropped"}
    work = life.order.work("two")
    assert work is not None
    assert (work.by, work.note) == ("p-dora", "Unlocked, and removed.")
    assert life.answer("03-02 10:00", "one").ticket.status is Status.CANCELLED


def test_what_is_not_taken_back_in_time_is_a_breach() -> None:
    life = chained().take("03-02 09:30", "withdraw", ROSA).answer("03-02 09:35", "three")
    life.answer("03-02 09:40", "three", done=False).live_until("03-03 09:00")
    assert [what.target for what in life.happened(Breached)] == ["task_three"]


def test_what_may_have_been_done_is_taken_back() -> None:
    life = approved().answer("03-02 10:30", "account", done=False, sure=False)
    assert life.works()["account"] == "failed"
    life.take("03-02 10:40", "withdraw", ROSA)
    assert life.works()["account"] == "undo"
    assert life.answer("03-02 10:50", "account").ticket.status is Status.CANCELLED


def test_what_may_have_been_done_after_the_withdrawal_is_taken_back() -> None:
    life = approved().take("03-02 10:30", "withdraw", ROSA)
    life.answer("03-02 10:40", "account", done=False, sure=False)
    assert life.works()["account"] == "undo"
    assert life.answer("03-02 10:50", "account").ticket.status is Status.CANCELLED


def test_a_person_who_does_it_makes_it_sure() -> None:
    life = approved().answer("03-02 10:30", "account", done=False, sure=False)
    life.take("03-02 10:40", "complete", DORA, task="account")
    work = life.order.work("account")
    assert work is not None
    assert (work.state, work.unsure) == ("done", False)


def test_on_a_given_clock_no_machine_does_anything() -> None:
    life = Request(item=make_item(approvals=()), clock="given", at=at("03-02 09:00"))
    assert life.works()["account"] == "open"
    assert not life.order.at_machines


def test_what_has_to_be_taken_back_cannot_fail() -> None:
    life = chained().take("03-02 09:30", "withdraw", ROSA)
    life.answer("03-02 09:35", "three", done=False).answer("03-02 09:40", "two", done=False)
    with pytest.raises(StepRefused) as refused:
        life.take("03-02 09:50", "fail", DORA, task="two")
    assert "complete" in refused.value.allowed_steps


@pytest.mark.parametrize("step", ["withdraw", "amend", "wait"])
def test_what_is_being_taken_back_goes_its_way(step: str) -> None:
    life = chained().take("03-02 09:30", "withdraw", ROSA)
    with pytest.raises(StepRefused):
        life.take("03-02 09:40", step, FINN if step == "wait" else ROSA)


def twice(life: Request) -> Request:
    return life.answer("03-02 10:30", "account")


def after_the_end(life: Request) -> Request:
    life.take("03-02 10:25", "withdraw", ROSA).answer("03-02 10:30", "account", done=False)
    return life


def of_a_person(life: Request) -> Request:
    return life.answer("03-02 10:30", "account", done=False)


@pytest.mark.parametrize("before", [twice, after_the_end, of_a_person], ids=lambda f: f.__name__)
def test_a_second_or_late_answer_of_a_machine_changes_nothing(
    before: Callable[[Request], Request],
) -> None:
    ticket = before(approved()).ticket
    for done in (True, False):
        found = machine_ended(ticket, approved().rules, "account", done, "x", at("03-02 10:40"))
        assert found.ticket is ticket
        assert (found.events, found.notices) == ((), ())


@pytest.mark.parametrize("key", ["buy", "install", "explode"])
def test_a_machine_ends_no_task_that_it_is_not_at(key: str) -> None:
    life = approved()
    found = machine_ended(life.ticket, life.rules, key, True, "x", at("03-02 10:40"))
    assert found.ticket is life.ticket


def test_a_machine_has_nothing_to_end_on_an_incident() -> None:
    life = Life()
    found = machine_ended(life.ticket, life.rules, "account", True, "x", at("03-02 10:40"))
    assert found.ticket is life.ticket


def test_a_wait_stops_every_clock_and_those_of_tasks_that_begin_meanwhile() -> None:
    life = approved().take("03-02 11:20", "wait", FINN, wait_for="vendor")
    life.take("03-03 09:00", "complete", PAUL)
    assert life.states()["task_install"] == life.states()["resolution"] == "paused"
    assert {one.due for one in life.waits_for()} == {None}
    life.take("03-03 10:00", "resume", FINN)
    assert life.states()["task_install"] == life.states()["resolution"] == "running"
    assert life.states()["task_buy"] == "met"
    assert [one.due for one in life.waits_for()] == [at("03-03 14:00")]


def test_a_wait_that_stops_no_clock_stops_none_of_a_task_either() -> None:
    life = approved().take("03-02 11:20", "wait", FINN, wait_for="change")
    life.take("03-02 11:30", "complete", PAUL)
    assert {life.states()[name] for name in ("task_install", "resolution")} == {"running"}


def test_the_last_task_ends_a_wait() -> None:
    life = Request(item=make_item(approvals=(), tasks=(task("carry", "workplace-2"),)))
    life.take("03-02 10:00", "wait", FINN, wait_for="vendor", until=at("03-05 10:00"))
    life.take("03-02 10:10", "complete", WERA, task="carry")
    assert (life.ticket.status, life.ticket.waiting_for) == (Status.RESOLVED, None)
    assert life.ticket.wait_until is None


def test_a_missed_task_tells_whom_its_ladder_names_around_its_own_group() -> None:
    life = approved().live_until("03-02 14:20")
    told = {(n.whom, n.group) for n in life.notices if n.template == "escalation"}
    assert told == {("lead", "procurement"), ("lead", "directory")}
    assert life.states()["task_buy"] == "breached"
    assert life.works()["buy"] == "open"


def test_a_reopened_request_goes_on_with_the_tasks_that_nothing_comes_after() -> None:
    life = fulfilled().take("03-03 09:00", "reopen", ROSA)
    assert (life.ticket.status, life.order.phase) == (Status.IN_PROGRESS, Phase.FULFILMENT)
    assert life.works() == {
        "buy": "done", "account": "done", "licence": "done", "install": "done",
        "hand_over": "open",
    }  # fmt: skip
    assert life.states()["resolution"] == life.states()["task_hand_over"] == "running"
    assert life.clock("task_hand_over").marks[0].at == at("03-03 09:00")
    life.take("03-03 09:10", "complete", WERA, task="hand_over")
    assert life.ticket.status is Status.RESOLVED
    assert len(life.happened(Fulfilled)) == 2


def test_a_reopened_task_of_a_machine_is_a_persons() -> None:
    life = chained().take("03-02 09:30", "complete", WERA, task="carry")
    life.answer("03-02 09:40", "three").take("03-02 10:00", "reopen", ROSA)
    assert life.works() == {"one": "done", "two": "done", "carry": "open", "three": "open"}


def test_what_a_machine_did_before_the_reopening_is_taken_back_too() -> None:
    life = chained().take("03-02 09:30", "complete", WERA, task="carry")
    life.answer("03-02 09:40", "three").take("03-02 10:00", "reopen", ROSA)
    life.take("03-02 10:10", "withdraw", ROSA)
    assert life.works() == {"one": "done", "two": "done", "carry": "done", "three": "undo"}
    for minute, key in enumerate(("three", "two", "one"), start=20):
        life.answer(f"03-02 10:{minute}", key)
    assert life.works() == {"one": "undone", "two": "undone", "carry": "done", "three": "undone"}
    assert life.ticket.status is Status.CANCELLED


def test_no_step_of_a_group_names_a_task_of_another() -> None:
    life = approved().answer("03-02 10:30", "account", done=False)
    with pytest.raises(InvalidFact, match="wait for your groups: account"):
        life.take("03-02 10:40", "complete", DORA, task="buy")
    assert LAPTOP.task("buy").group.id == "procurement"
