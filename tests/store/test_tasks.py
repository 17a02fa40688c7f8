"""What somebody is waited for."""

from datetime import timedelta

from sqlalchemy import Engine

from desk.access import Sight
from desk.people import Role
from desk.record import HumanTask, Task
from desk.ticket import Priority, Ticket
from store.engine import reading, writing
from store.recording import record
from store.tasks import open_tasks
from tests.builders import NOW, make_record, make_sight, make_task
from tests.store.filling import numbered

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
