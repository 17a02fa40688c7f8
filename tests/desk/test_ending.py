"""An order that ends early: who hears, what is said of each task, and what of it stays."""

from collections.abc import Callable
from typing import Any

import pytest

from desk.access import owns
from desk.errors import StepRefused
from desk.events import OrderEnded, TaskEnded
from desk.ladder import Whom
from desk.order import Work
from desk.people import Actor, Role
from desk.record import Notice
from desk.ticket import Status
from tests.desk.lives import FINN, ROSA, at
from tests.desk.orders import (
    FAY,
    MAX,
    OMAR,
    PAUL,
    THEO,
    WERA,
    Request,
    approved,
    make_item,
    task,
)

PLAIN = make_item(
    approvals=(),
    tasks=(
        task("buy", "procurement"),
        task("account", "directory", "buy", machine=True),
        task("carry", "workplace-2", "buy"),
    ),
)


def bought(**opening: Any) -> Request:
    """It is bought by hand; a machine is at the account, and a person carries."""
    return Request(item=PLAIN, **opening).take("03-02 09:10", "complete", PAUL)


def work(life: Request, key: str) -> Work:
    found = life.order.work(key)
    assert found is not None
    return found


def ended(life: Request) -> list[tuple[str, str, str | None]]:
    return [(what.task, what.how, what.note) for what in life.happened(TaskEnded)]


def heard(life: Request, template: str) -> list[str]:
    """The groups and people who are told, in that order."""

    def who(notice: Notice) -> str:
        return notice.group if notice.whom is Whom.GROUP else notice.whom or notice.person or ""

    return [who(notice) for notice in life.notices if notice.template == template]


def test_whose_task_nothing_takes_back_hears_that_the_order_has_ended() -> None:
    life = bought().answer("03-02 09:20", "account").take("03-02 09:30", "withdraw", ROSA)
    assert ended(life)[-2:] == [("carry", "dropped", None), ("buy", "kept", "It is number 4711.")]
    assert heard(life, "task_dropped") == ["workplace-2", "procurement"]
    life.answer("03-02 09:40", "account")
    assert life.works() == {"buy": "done", "account": "undone", "carry": "dropped"}
    assert life.happened(OrderEnded) == [OrderEnded(how="withdrawn")]


def test_what_a_machine_has_done_after_the_end_stays_too_where_nothing_takes_it_back() -> None:
    plan = make_item(approvals=(), tasks=(task("code", "service-desk", does="issue"),))
    life = Request(item=plan).take("03-02 09:10", "withdraw", ROSA)
    assert heard(life, "task_dropped") == []
    life.answer("03-02 09:20", "code", note="It is 12.")
    assert ended(life) == [("code", "done", "It is 12."), ("code", "kept", "It is 12.")]
    assert heard(life, "task_dropped") == ["service-desk"]
    assert life.ticket.status is Status.CANCELLED


def test_what_may_have_been_done_after_the_end_is_told_where_nothing_takes_it_back() -> None:
    plan = make_item(approvals=(), tasks=(task("code", "service-desk", does="issue"),))
    life = Request(item=plan).take("03-02 09:10", "withdraw", ROSA)
    life.answer("03-02 09:20", "code", done=False, sure=False, note="No answer.")
    assert ended(life) == [("code", "failed", "No answer."), ("code", "kept", "No answer.")]
    assert work(life, "code").unsure


def test_on_a_given_clock_nobody_is_left_to_look_at_what_was_done() -> None:
    life = Request(item=PLAIN, clock="given", at=at("03-02 09:00"))
    mover = Actor(person=ROSA.person, roles=(Role.IMPORT,), groups=("procurement",))
    life.take("03-02 09:10", "complete", mover, at=at("03-02 09:10"))
    life.take("03-02 09:20", "withdraw", mover, at=at("03-02 09:20"))
    assert [how for _, how, _ in ended(life)] == ["done", "dropped", "dropped"]
    assert life.notices == []


def test_a_task_that_cannot_be_done_says_who_said_so_and_why() -> None:
    life = bought().answer("03-02 09:20", "account", done=False)
    life.take("03-02 09:30", "fail", WERA, task="carry", reason="There is no lift.")
    assert ended(life)[-3:] == [
        ("carry", "failed", "There is no lift."),
        ("account", "dropped", None),
        ("buy", "kept", "It is number 4711."),
    ]
    given_up = work(life, "carry")
    assert (given_up.state, given_up.by, given_up.note) == (
        "impossible", "p-wera", "There is no lift.",
    )  # fmt: skip
    assert (life.order.ended_by, life.order.because) == ("p-wera", "There is no lift.")
    assert life.happened(OrderEnded) == [OrderEnded(how="unfulfilled")]
    assert heard(life, "task_dropped") == ["directory", "procurement"]


def reopened() -> Request:
    life = bought().answer("03-02 09:20", "account", note="It is ada.")
    life.take("03-02 09:30", "complete", WERA, task="carry", result="It stands there.")
    return life.take("03-02 10:00", "reopen", ROSA, reason="It is the wrong one.")


def test_what_is_to_be_done_again_keeps_what_was_done_and_says_why() -> None:
    again = work(reopened(), "carry")
    assert (again.state, again.by, again.note) == ("open", "p-wera", "It stands there.")
    assert again.again == "It is the wrong one."
    assert work(reopened(), "buy").again is None
    life = reopened().take("03-02 10:10", "complete", WERA, task="carry", result="The right one.")
    assert (work(life, "carry").note, work(life, "carry").again) == ("The right one.", None)


def test_what_was_done_and_cannot_be_done_again_stays_or_is_taken_back() -> None:
    life = reopened().take("03-02 10:10", "fail", WERA, task="carry", reason="None left.")
    assert life.works() == {"buy": "done", "account": "undo", "carry": "impossible"}
    assert ended(life)[-4:] == [
        ("carry", "failed", "None left."),
        ("carry", "kept", "It stands there."),
        ("account", "dropped", None),
        ("buy", "kept", "It is number 4711."),
    ]
    undoing = ("directory",)
    dora = Actor(person="p-dora", roles=FINN.roles, groups=undoing)
    life = reopened().take("03-02 10:10", "fail", dora, task="account", reason="Locked.")
    assert life.works()["account"] == "undo"
    assert life.answer("03-02 10:20", "account").works()["account"] == "undone"


def test_who_did_what_is_to_be_done_again_is_told_once_what_becomes_of_it() -> None:
    life = reopened().take("03-02 10:10", "withdraw", ROSA)
    assert life.works()["carry"] == "done"
    assert ended(life)[-3:] == [
        ("account", "dropped", None),
        ("buy", "kept", "It is number 4711."),
        ("carry", "kept", "It stands there."),
    ]
    assert heard(life, "task_dropped") == ["directory", "procurement", "workplace-2"]


def test_what_may_have_been_done_and_is_not_wanted_is_to_be_looked_at_and_not_left() -> None:
    plan = make_item(approvals=(), tasks=(task("code", "service-desk", does="issue"),))
    life = Request(item=plan).answer("03-02 09:10", "code", done=False, sure=False, note="Silence.")
    life.take("03-02 09:20", "withdraw", ROSA)
    assert ended(life) == [("code", "failed", "Silence."), ("code", "kept", "Silence.")]
    assert heard(life, "task_dropped") == ["service-desk"]


def test_what_may_have_been_done_and_cannot_be_done_is_taken_back() -> None:
    life = bought().answer("03-02 09:20", "account", done=False, sure=False)
    dora = Actor(person="p-dora", roles=FINN.roles, groups=("directory",))
    life.take("03-02 09:30", "fail", dora, task="account", reason="Locked.")
    assert life.works()["account"] == "undo"


def for_omar() -> Request:
    """Rosa orders it, and it is for Omar."""
    life = Request(wanted_for=OMAR.person)
    assert owns(OMAR.person, life.ticket)
    return life


@pytest.mark.parametrize(
    ("lives", "template"),
    [
        (lambda: for_omar(), "acknowledged"),
        (lambda: for_omar().take("03-02 10:00", "reject", MAX), "rejected"),
        (
            lambda: (
                for_omar()
                .take("03-02 10:00", "approve", MAX)
                .take("03-02 10:10", "approve", FAY)
                .take("03-02 10:20", "approve", THEO)
            ),
            "approved",
        ),
        (
            lambda: bought(wanted_for=OMAR.person).take("03-02 10:30", "fail", WERA, task="carry"),
            "unfulfilled",
        ),
        (
            lambda: (
                bought(wanted_for=OMAR.person)
                .answer("03-02 10:00", "account")
                .take("03-02 10:30", "complete", WERA, task="carry")
            ),
            "fulfilled",
        ),
    ],
    ids=["ordered", "rejected", "approved", "unfulfilled", "fulfilled"],
)
def test_whom_it_is_for_hears_as_who_ordered_it_does(
    lives: Callable[[], Request], template: str
) -> None:
    life = lives()
    assert heard(life, template) == ["requester", OMAR.person]
    assert life.told()[template, "requester"] == 1


def test_the_other_hears_of_a_withdrawal_at_once_and_who_withdrew_when_all_is_taken_back() -> None:
    life = bought(wanted_for=OMAR.person).answer("03-02 10:00", "account")
    life.take("03-02 10:30", "withdraw", OMAR, reason="I have one.")
    assert heard(life, "withdrawn") == ["requester"]
    assert (life.order.ended_by, life.order.because) == (OMAR.person, "I have one.")
    assert heard(life.answer("03-02 10:40", "account"), "withdrawn") == ["requester", OMAR.person]

    life = bought(wanted_for=OMAR.person).answer("03-02 10:00", "account")
    assert heard(life.take("03-02 10:30", "withdraw", ROSA), "withdrawn") == [OMAR.person]
    assert heard(life.answer("03-02 10:40", "account"), "withdrawn") == [OMAR.person, "requester"]


def test_a_refusal_says_that_what_was_done_is_being_taken_back() -> None:
    life = approved().take("03-02 10:30", "withdraw", ROSA)
    with pytest.raises(StepRefused, match="it has ended, and what was done for it is being taken"):
        life.take("03-02 10:40", "withdraw", ROSA)
