"""What somebody is waited for."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from desk.access import Sight
from desk.catalogue import Approver, ByGroup, ByPerson, ByRole
from desk.order import Decided, Phase, Slot
from desk.people import Role
from desk.question import Question
from desk.record import HumanTask, Task, terms_digest
from desk.ticket import Priority, Ticket
from store.engine import reading, writing
from store.recording import record
from store.tasks import open_tasks
from tests.builders import NOW, make_record, make_sight, make_task, make_terms
from tests.desk.orders import make_item, task
from tests.store.filling import counted, make_order, numbered

FINN = make_sight("p-finn", Role.AGENT, groups=("service-desk",))


def wait_for(engine: Engine, ticket: Ticket, *tasks: HumanTask) -> None:
    with writing(engine) as connection:
        record(connection, make_record(ticket, tasks=tasks))


def waited(engine: Engine, sight: Sight) -> list[tuple[str, Task]]:
    with reading(engine) as connection:
        return [(task.ticket[-1], task.task) for task in open_tasks(connection, sight)]


def test_a_person_has_their_own_tasks_and_those_that_anybody_of_their_groups_may_do(
    engine: Engine,
) -> None:
    wait_for(engine, numbered(1), make_task())
    wait_for(engine, numbered(2), make_task(task=Task.WORK, person="p-finn"))
    wait_for(engine, numbered(3), make_task(task=Task.WORK, person="p-lena"))
    wait_for(engine, numbered(4), make_task(group="network-2"))
    assert waited(engine, FINN) == [("1", Task.ACCEPT), ("2", Task.WORK)]


def test_anybody_of_a_group_may_take_on_what_waits_for_whoever_is_on_duty(engine: Engine) -> None:
    wait_for(engine, numbered(1), make_task(person="p-lena"))
    wait_for(engine, numbered(2), make_task(group="network-2", person="p-sena"))
    assert waited(engine, FINN) == [("1", Task.ACCEPT)]


def test_a_requester_has_what_they_are_asked_for_but_no_task_of_a_group(engine: Engine) -> None:
    wait_for(engine, numbered(1), make_task(task=Task.CONFIRM, group=None, person="p-rosa"))
    wait_for(engine, numbered(2), make_task())
    rosa = make_sight("p-rosa", Role.REQUESTER, groups=("service-desk",))
    assert waited(engine, rosa) == [("1", Task.CONFIRM)]


def test_a_task_on_a_ticket_that_may_not_be_seen_is_not_shown(engine: Engine) -> None:
    hidden = numbered(1, confidential=True, group="security-2")
    wait_for(engine, hidden, make_task(person="p-finn"))
    assert waited(engine, FINN) == []


def test_the_nearest_due_comes_first_and_none_last(engine: Engine) -> None:
    wait_for(engine, numbered(1), make_task())
    wait_for(engine, numbered(2), make_task(due=NOW + timedelta(hours=2)))
    wait_for(engine, numbered(3), make_task(due=NOW + timedelta(hours=1)))
    assert [number for number, _ in waited(engine, FINN)] == ["3", "2", "1"]


def test_a_task_tells_what_is_needed_to_choose(engine: Engine) -> None:
    due = NOW + timedelta(hours=1)
    wait_for(engine, numbered(1, priority=Priority.P1, summary="Fire"), make_task(due=due))
    with reading(engine) as connection:
        (task,) = open_tasks(connection, FINN)
    assert (task.summary, task.priority, task.due) == ("Fire", Priority.P1, due)


BOTH = (Role.REQUESTER, Role.MANAGER)


def decide(**changes: object) -> HumanTask:
    """Somebody is to approve the stage of the order."""
    return make_task(**{"task": Task.APPROVE, "group": None, "of": "budget", **changes})


def ask(engine: Engine, *approvers: Approver, **changes: Any) -> None:
    """Ticket 1, of rosa for p-a, waits for these to approve it."""
    facts = {"requester": "p-rosa", "group": "g3", "confidential": True}
    order = make_order(Phase.APPROVAL, *approvers, **changes)
    tasks = [
        decide(
            person=getattr(approver, "person", None),
            group=getattr(approver, "group", None),
            role=getattr(approver, "role", None),
        )
        for approver in approvers
    ]
    wait_for(engine, numbered(1, **facts, order=order), *tasks)


@pytest.mark.parametrize(
    ("approver", "asked", "others"),
    [
        (ByPerson(person="p-mona"), make_sight("p-mona", Role.REQUESTER), FINN),
        (
            ByGroup(group="finance"),
            make_sight("p-fred", Role.REQUESTER, groups=("finance",)),
            make_sight("p-omar", Role.REQUESTER, groups=("service-desk",)),
        ),
        (ByRole(role=Role.ADMIN), make_sight("p-adam", Role.ADMIN), make_sight("p-max", *BOTH)),
    ],
)
def test_a_decision_waits_for_a_person_a_group_or_a_role_whatever_else_they_may_see(
    engine: Engine, approver: Approver, asked: Sight, others: Sight
) -> None:
    ask(engine, approver)
    assert waited(engine, asked) == [("1", Task.APPROVE)]
    assert waited(engine, others) == []


@pytest.mark.parametrize("person", ["p-rosa", "p-a"])
def test_nobody_is_asked_to_decide_on_what_they_want_themselves(
    engine: Engine, person: str
) -> None:
    ask(engine, ByPerson(person=person), ByRole(role=Role.MANAGER))
    assert waited(engine, make_sight(person, *BOTH)) == []
    assert waited(engine, make_sight("p-max", *BOTH)) == [("1", Task.APPROVE)]


def test_whoever_has_decided_is_not_asked_again(engine: Engine) -> None:
    said = Decided(person="p-max", at=NOW, verdict="approved")
    slots = (Slot(approver=ByRole(role=Role.MANAGER), decided=said),)
    ask(engine, ByRole(role=Role.MANAGER), slots=(*slots, Slot(approver=ByRole(role=Role.MANAGER))))
    assert waited(engine, make_sight("p-max", *BOTH)) == []
    assert waited(engine, make_sight("p-mia", *BOTH)) == [("1", Task.APPROVE)]


def test_a_decision_is_asked_for_once_in_however_many_ways_it_is_ones_own(engine: Engine) -> None:
    ask(engine, ByPerson(person="p-max"), ByRole(role=Role.MANAGER), ByGroup(group="finance"))
    max_ = make_sight("p-max", *BOTH, groups=("finance",))
    assert waited(engine, max_) == [("1", Task.APPROVE)]


def test_a_task_of_an_order_waits_for_anybody_of_its_group_whatever_their_role(
    engine: Engine,
) -> None:
    order = make_order(Phase.FULFILMENT)
    fulfil = make_task(task=Task.FULFIL, group="g1", of="set-up", due=NOW)
    wait_for(engine, numbered(1, confidential=True, group="g3", order=order), fulfil)
    wait_for(engine, numbered(2), make_task(due=NOW + timedelta(hours=1)))
    member = make_sight("p-fred", Role.REQUESTER, groups=("g1",))
    agent = make_sight("p-finn", Role.AGENT, groups=("g1", "service-desk"))
    assert waited(engine, member) == [("1", Task.FULFIL)]
    assert waited(engine, agent) == [("1", Task.FULFIL), ("2", Task.ACCEPT)]
    assert waited(engine, make_sight("p-omar", Role.AGENT, groups=("g2",))) == []


def test_what_waits_for_a_decision_tells_what_is_ordered(engine: Engine) -> None:
    order = make_order(Phase.APPROVAL, ByRole(role=Role.MANAGER))
    wait_for(engine, numbered(1, requester="p-rosa", order=order), decide(role=Role.MANAGER))
    with reading(engine) as connection:
        (task,) = open_tasks(connection, make_sight("p-max", *BOTH))
    assert (task.of, task.role, task.requester) == ("budget", Role.MANAGER, "p-rosa")
    assert (task.order, task.title) == (order, order.title)


@pytest.mark.parametrize(
    ("approver", "sight"),
    [
        (ByRole(role=Role.MANAGER), make_sight("p-max", *BOTH)),
        (ByGroup(group="finance"), make_sight("p-fred", Role.REQUESTER, groups=("finance",))),
        (ByPerson(person="p-mona"), make_sight("p-mona", Role.REQUESTER)),
    ],
)
def test_of_a_confidential_order_only_what_it_is_is_told_to_who_is_asked(
    engine: Engine, approver: Approver, sight: Sight
) -> None:
    ask(engine, approver)
    with reading(engine) as connection:
        (task,) = open_tasks(connection, sight)
    assert task.title == make_order(Phase.APPROVAL, approver).title
    assert (task.order, task.summary, task.requester) == (None, None, None)


def test_who_decides_reads_the_questions_that_the_order_keeps(engine: Engine) -> None:
    asked = Question(by="p-fred", at=NOW, text="Which?", answer="The light one.")
    ask(engine, ByPerson(person="p-mona"), questions=(asked,))
    order = make_order(Phase.APPROVAL, ByPerson(person="p-mona"), questions=(asked,))
    wait_for(engine, numbered(2, requester="p-rosa", order=order), decide(person="p-mona"))
    with reading(engine) as connection:
        found = open_tasks(connection, make_sight("p-mona", Role.REQUESTER))
    # Ticket 1 is confidential: its questions are read with it.
    assert [task.questions for task in found] == [(), (asked,)]


def test_what_the_tasks_of_orders_are_called_is_read_at_once(engine: Engine) -> None:
    fulfil = make_task(task=Task.FULFIL, group="g1", of="set-up")
    for n, title in enumerate(("Set it up", "Unpack it", "Plug it in")):
        item = make_item(tasks=(task("set-up", "g1", title=title),))
        terms = make_terms().model_copy(update={"item": item})
        facts = {"tasks": (fulfil,), "terms": terms, "terms_digest": terms_digest(terms)}
        with writing(engine) as connection:
            ticket = numbered(n, order=make_order(Phase.FULFILMENT))
            record(connection, make_record(ticket, **facts))
    member = make_sight("p-fred", Role.REQUESTER, groups=("g1",))
    with reading(engine) as connection, counted(connection) as statements:
        found = open_tasks(connection, member)
    assert [task.titles["set-up"] for task in found] == ["Set it up", "Unpack it", "Plug it in"]
    assert sum("FROM terms" in statement for statement in statements) == 1


def test_no_more_than_the_nearest_are_told(engine: Engine) -> None:
    for n in range(3):
        wait_for(engine, numbered(n), make_task(due=NOW + timedelta(hours=n)))
    with reading(engine) as connection:
        assert [task.ticket[-1] for task in open_tasks(connection, FINN, 2)] == ["0", "1"]
