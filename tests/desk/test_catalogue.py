"""The catalogue refuses what could never be approved or fulfilled, and says why."""

from typing import Any

import pytest
from pydantic import ValidationError

from desk.catalogue import Approval, ByGroup, ByManager, ByPerson, ByRole, Item, Task
from desk.people import Role
from desk.terms import Terms
from tests.desk.lives import RULES
from tests.desk.orders import LAPTOP, make_item, rules_of, stage, task


def refused(build: Any, **fields: Any) -> str:
    """The words with which it is refused."""
    with pytest.raises(ValidationError) as error:
        build(**fields)
    return str(error.value)


def ordered(*tasks: tuple[str, ...]) -> tuple[Task, ...]:
    """Tasks by key, each with those that it comes after."""
    return tuple(task(key, "workplace-2", *after) for key, *after in tasks)


@pytest.mark.parametrize(
    ("tasks", "ring"),
    [
        ([("a", "a")], "a after a"),
        ([("a", "b"), ("b", "a")], "a after b after a"),
        ([("start",), ("a", "start", "c"), ("b", "a"), ("c", "b")], "a after c after b after a"),
        ([("end", "b"), ("a", "b"), ("b", "a")], "b after a after b"),
    ],
)
def test_tasks_that_wait_for_each_other_are_named_in_their_order(
    tasks: list[tuple[str, ...]], ring: str
) -> None:
    words = refused(make_item, tasks=ordered(*tasks))
    assert f"tasks wait for each other: {ring} " in words


def test_a_task_may_come_after_several_that_come_after_the_same() -> None:
    item = make_item(tasks=ordered(("a",), ("b", "a"), ("c", "a"), ("d", "b", "c", "a")))
    assert item.task("d").after == ("b", "c", "a")


def test_a_task_after_one_that_there_is_not_is_named_with_it() -> None:
    words = refused(make_item, tasks=ordered(("a",), ("b", "a", "x", "w")))
    assert "task b comes after w, x, which there is not" in words


def test_a_task_is_there_once() -> None:
    assert "item laptop: task a is there twice" in refused(
        make_item, tasks=ordered(("a",), ("b",), ("a",))
    )


def test_a_stage_is_there_once() -> None:
    one = stage("it", 1, ByRole(role=Role.MANAGER))
    assert "item laptop: approval it is there twice" in refused(make_item, approvals=(one, one))


def test_an_item_without_any_task_is_refused() -> None:
    assert "tasks" in refused(make_item, tasks=())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"needs": 3}, "approval it: needs more than its approvers"),
        ({"needs": 0}, "greater than or equal to 1"),
        ({"approvers": (), "needs": 1}, "at least 1 item"),
        ({"on_time_out": "forget"}, "'escalate' or 'reject'"),
        ({"approvers": ({"by": "cat"},), "needs": 1}, "'person', 'role', 'group', 'manager'"),
    ],
)
def test_a_stage_that_could_never_be_decided_is_refused(fields: dict[str, Any], why: str) -> None:
    two = (ByManager(), ByGroup(group="finance"))
    assert why in refused(Approval, **{**dict(stage("it", 2, *two)), "approvers": two, **fields})


def test_a_stage_escalates_to_managers_and_forbids_own_decisions_unless_said() -> None:
    plain = stage("it", 1, ByPerson(person="p-max"))
    assert (plain.on_time_out, plain.escalate_to, plain.own) == (
        "escalate", ByRole(role=Role.MANAGER), False,
    )  # fmt: skip


def test_a_part_is_found_by_its_key() -> None:
    assert LAPTOP.approval("finance").needs == 2
    assert LAPTOP.task("licence").undoes == "undo_licence"


def test_the_clocks_of_a_request_are_named_after_its_stages_and_tasks() -> None:
    assert set(LAPTOP.targets()) == {
        "resolution", "approval_manager", "approval_finance", "task_buy", "task_account",
        "task_licence", "task_install", "task_hand_over",
    }  # fmt: skip


def test_an_item_survives_json_in_the_terms_of_a_ticket() -> None:
    terms = rules_of(LAPTOP)
    again = Terms.model_validate_json(terms.model_dump_json(by_alias=True))
    assert again == terms
    assert again.item == LAPTOP
    assert Item.model_validate(LAPTOP.model_dump(mode="json")) == LAPTOP


def test_terms_without_an_item_are_written_as_they_were_before_there_were_items() -> None:
    assert "item" not in RULES.model_dump()


def test_terms_of_a_request_need_no_response_but_a_resolution() -> None:
    targets = {name: {"resolution": LAPTOP.target} for name in RULES.targets}
    assert Terms.model_validate({**dict(rules_of(LAPTOP)), "targets": targets}).item == LAPTOP
    assert "needs a target 'response'" in refused(Terms, **{**dict(RULES), "targets": targets})
    none: dict[str, Any] = {name: {} for name in RULES.targets}
    assert "needs a target 'resolution'" in refused(
        Terms, **{**dict(rules_of(LAPTOP)), "targets": none}
    )
