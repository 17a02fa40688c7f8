"""Whose approvals somebody has because they have left: of those alone whom an open order asks."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from desk.catalogue import ByPerson
from desk.order import Phase, Slot
from desk.people import Role
from desk.record import HumanTask, Task
from store import tables
from store.engine import writing
from store.heirs import awaited_on, heirs
from store.import_organisation import import_organisation
from store.organisation import Directory
from store.recording import record
from store.tokens import organisation_changed
from tests.activities.town import make_organisation, make_person
from tests.builders import NOW, make_record, make_task
from tests.store.filling import make_order, numbered

DEMONSTRATION = Path(__file__).parents[2] / "examples" / "organisation.yaml"
MANY = 3000


@pytest.fixture
def directory(engine: Engine) -> Directory:
    """The demonstration organisation, which many have left whom nobody was the manager of."""
    import_organisation(engine, DEMONSTRATION.read_text("utf-8"), DEMONSTRATION.name)
    with writing(engine) as connection:
        left = [
            {
                **dict(make_person(f"p-left-{n}", Role.REQUESTER, active=False)),
                "roles": "requester",
            }
            for n in range(MANY)
        ]
        connection.execute(insert(tables.people), left)
        organisation_changed(connection)
    found = Directory(engine)
    found.refresh()
    return found


def stood_for(directory: Directory, name: str) -> tuple[str, ...]:
    """For whom somebody stands as the database has it now."""
    organisation = directory.refresh()
    person = organisation.person_by_email(f"{name}@example.org")
    assert person is not None
    return organisation.actor(person.id, NOW).stands_for


def ask(engine: Engine, *tasks: HumanTask) -> None:
    """Ticket 1 waits for these, and for nobody else."""
    ticket = numbered(1, order=make_order(Phase.APPROVAL, ByPerson(person="p-left-7")))
    with writing(engine) as connection:
        record(connection, make_record(ticket, tasks=tasks))


def test_of_many_who_have_left_only_those_are_stood_for_whom_an_open_order_asks(
    engine: Engine, directory: Directory
) -> None:
    assert stood_for(directory, "max") == ()
    waits = make_task(task=Task.APPROVE, group=None, person="p-left-7", of="budget")
    ask(engine, waits)
    assert stood_for(directory, "max") == ("p-left-7",)
    assert stood_for(directory, "nora") == ()
    before = directory.current
    assert directory.refresh() is before
    ask(engine)
    assert stood_for(directory, "max") == ()


def test_a_manager_who_wants_it_themselves_gives_way_to_the_next_one_on_that_order_alone(
    engine: Engine, directory: Directory
) -> None:
    nora, rosa = (directory.current.person_by_email(f"{n}@example.org") for n in ("nora", "rosa"))
    assert nora is not None
    assert rosa is not None
    with writing(engine) as connection:
        change = update(tables.people).where(tables.people.c.id == "p-left-7")
        connection.execute(change.values(manager=nora.id))
        organisation_changed(connection)
        order = make_order(Phase.APPROVAL, ByPerson(person="p-left-7"), wanted_for=nora.id)
        waits = make_task(task=Task.APPROVE, group=None, person="p-left-7", of="budget")
        ticket = numbered(1, requester=rosa.id, order=order)
        record(connection, make_record(ticket, tasks=(waits,)))
    assert stood_for(directory, "nora") == ()
    assert stood_for(directory, "max") == ("p-left-7",)


def test_for_each_order_the_next_above_who_may_decide_on_it() -> None:
    town = make_organisation(
        make_person("p-gone", active=False, manager="p-rosa"),
        make_person("p-rosa", manager="p-lena"),
    )
    gone = {"p-gone": (frozenset({"p-omar"}), frozenset({"p-rosa"}))}
    assert heirs(town.people, gone) == {"p-gone": ("p-rosa", "p-lena")}
    barred = {"p-gone": (frozenset({"p-rosa", "p-lena", "p-max"}),)}
    assert heirs(town.people, barred) == {"p-gone": ("p-max", "p-maya")}
    assert heirs(town.people, {"p-rosa": (frozenset(),), "p-nobody": (frozenset(),)}) == {}


def test_an_order_awaits_whom_it_asks_by_name_and_a_ticket_without_one_nobody() -> None:
    order = make_order(Phase.APPROVAL, ByPerson(person="p-gone"))
    slots = (Slot(approver=ByPerson(person="p-gone"), delegate="p-busy"),)
    ticket = numbered(1, requester="p-rosa", order=order.model_copy(update={"slots": slots}))
    barred = (frozenset({"p-rosa", "p-a"}),)
    assert awaited_on(ticket) == {"p-gone": barred, "p-busy": barred}
    assert awaited_on(numbered(2)) == {}
