"""Complaints in the store: kept from whom they are about in every list, and counted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text

from desk.about import About
from desk.access import sees, sight
from desk.clock import stop
from desk.events import StepTaken
from desk.people import Actor, Role
from desk.record import Task
from desk.steps import Accept, Assign, Step
from desk.ticket import Kind, Resolution, Status, Ticket
from store.accesses import accesses_of, note_access
from store.barred import barred_numbers, barred_people
from store.barred_tables import barred
from store.complaint_counts import Month, complaint_counts
from store.engine import is_sqlite, reading, writing
from store.handlers import handlers
from store.recording import record
from store.replays import Replay, Verdict, add_replay, add_tickets, differing, settle
from store.sights import visible_to
from store.standing import as_stored, restore, stored_ticket
from store.tables import tickets
from store.tasks import open_tasks
from store.tickets import Filters, get_ticket, list_tickets
from tests.builders import (
    NOW,
    make_clock,
    make_event,
    make_record,
    make_sight,
    make_task,
    make_ticket,
)
from tests.store.filling import all_sorts_of_actors, numbered, put, put_all

GROUP = "g1"
MANAGER = make_sight("p-max", Role.MANAGER)
PIA = make_sight("p-pia", Role.PROCESS_OWNER, groups=(GROUP,))


def complaint(n: int, **changes: Any) -> Ticket:
    """The nth complaint: of rosa about finn, with the group g1."""
    number = f"CMP-{n:08d}"
    fields = {
        "number": number,
        "opening_id": number,
        "kind": Kind.COMPLAINT,
        "confidential": True,
        "group": GROUP,
        "about": About(person="p-finn"),
        "barred": ("p-finn",),
        "summary": "A rude answer",
    }
    return make_ticket(**{**fields, **changes})


def listed(engine: Engine, person: Actor, **filters: Any) -> set[str]:
    with reading(engine) as connection:
        page = list_tickets(connection, sight(person), Filters(**filters), limit=200)
    return {view.number for view in page.items}


def all_sorts_of_complaints() -> Iterator[Ticket]:
    """Of p-a or not, about p-a or not, with each group, in nobody's hands or p-a's."""
    n = 0
    for requester in ("p-a", "p-b"):
        for kept_from in ((), ("p-a",), ("p-a", "p-b"), ("p-b",)):
            for group in ("g1", "g3"):
                for assignee in (None, "p-a"):
                    n += 1
                    yield complaint(
                        n,
                        requester=requester,
                        barred=kept_from,
                        group=group,
                        assignee=assignee,
                        about=About(service="mail"),
                    )


def test_lists_show_what_is_shown_by_number_and_nothing_about_whoever_asks(engine: Engine) -> None:
    complaints = [*all_sorts_of_complaints()]
    put_all(engine, [*complaints, numbered(900)])
    for actor in all_sorts_of_actors():
        seen = {ticket.number for ticket in complaints if sees(sight(actor), ticket)}
        assert not any("p-a" in ticket.barred for ticket in complaints if ticket.number in seen)
        for filters in ({"kind": [Kind.COMPLAINT]}, {"q": "RUDE"}, {"group": ["g1", "g3"]}):
            assert listed(engine, actor, **filters) == seen, (actor, filters)


def test_it_is_barred_in_the_transaction_that_brings_it_and_once(engine: Engine) -> None:
    ticket = complaint(1, barred=("p-finn", "p-lena"))
    put(engine, ticket)
    with writing(engine) as connection:
        given = make_record(ticket, make_event(2), length=99)
        record(connection, given)
        record(connection, given)
    with reading(engine) as connection:
        assert barred_people(connection, ticket.number) == ["p-finn", "p-lena"]
        assert barred_numbers(connection, "p-lena") == {ticket.number}
        assert barred_numbers(connection, "p-rosa") == set()


def test_a_bar_that_is_lost_is_found_and_put_right(engine: Engine) -> None:
    ticket = complaint(1)
    whole = make_record(ticket)
    with writing(engine) as connection:
        record(connection, whole)
        assert stored_ticket(connection, ticket.number) == as_stored(whole)
        connection.execute(delete(barred))
        seen = stored_ticket(connection, ticket.number)
        assert seen != as_stored(whole)
        assert restore(connection, whole, seen)
        assert stored_ticket(connection, ticket.number) == as_stored(whole)


def test_its_tasks_are_its_groups_but_not_whom_it_is_about_and_not_the_complainants(
    engine: Engine,
) -> None:
    waits = (make_task(group=GROUP),)
    with writing(engine) as connection:
        record(connection, make_record(complaint(1), tasks=waits))
        record(connection, make_record(complaint(2, barred=("p-pia",)), tasks=waits))
        record(connection, make_record(complaint(3, requester="p-pia"), tasks=waits))
        done = (make_task(task=Task.CONFIRM, group=None, person="p-pia"),)
        record(connection, make_record(complaint(4, requester="p-pia"), tasks=done))
    agent = make_sight("p-pia", Role.LEAD, groups=(GROUP,))
    for who in (PIA, agent):
        with reading(engine) as connection:
            found = [task.ticket for task in open_tasks(connection, who)]
        assert found == ["CMP-00000001", "CMP-00000004"]


def test_whom_it_is_about_is_read_with_it_and_not_with_the_tasks(engine: Engine) -> None:
    group, own = make_task(group=GROUP), make_task(task=Task.CONFIRM, group=None, person="p-rosa")
    with writing(engine) as connection:
        record(connection, make_record(complaint(1, requester="p-rosa"), tasks=(group, own)))
        service = complaint(2, requester="p-rosa", about=About(service="mail"))
        record(connection, make_record(service, tasks=(group,)))
    rosa = make_sight("p-rosa", Role.REQUESTER)
    with reading(engine) as connection:
        about_finn, about_mail = open_tasks(connection, PIA)
        (confirm,) = open_tasks(connection, rosa)
    assert about_finn.about is None
    assert about_mail.about == About(service="mail")
    assert confirm.about == About(person="p-finn")


def test_who_read_it_is_not_told_to_whom_it_is_about(engine: Engine) -> None:
    put(engine, complaint(1, barred=("p-aude",)))
    note_access(engine, "p-max", "read", "CMP-00000001", "c-1", NOW)
    note_access(engine, "p-max", "export", None, "c-2", NOW)
    with reading(engine) as connection:
        assert len(accesses_of(connection, reader="p-max").items) == 2
        [other] = accesses_of(connection, reader="p-aude").items
        assert other.ticket is None
        assert accesses_of(connection, "CMP-00000001", reader="p-aude").items == []


def test_a_replay_says_nothing_of_it_to_whom_it_is_about(engine: Engine) -> None:
    put(engine, complaint(1, barred=("p-aude",)))
    asked = Replay(id="r", asked_at=NOW, asked_by="p-max", since=None, numbers=(), code_version="1")
    with writing(engine) as connection:
        add_replay(connection, asked)
        add_tickets(connection, "r", ["CMP-00000001"])
        settle(connection, "r", [Verdict(number="CMP-00000001", events=1, differs=("all",))])
        assert len(differing(connection, "r", "", 9, "p-max")) == 1
        assert differing(connection, "r", "", 9, "p-aude") == []


def step(version: int, what: Step, actor: str) -> Any:
    return make_event(version, what=StepTaken(step=what), actor=actor)


def test_everybody_who_has_handled_a_ticket_is_known_but_its_requester(engine: Engine) -> None:
    said = make_event(3, what=make_event(2).what, actor="p-rosa")
    put(
        engine,
        numbered(1),
        make_event(2, actor="p-fay"),
        said,
        step(4, Assign(step="assign", assignee="p-lena"), "p-max"),
        make_event(5, actor=None),
    )
    put(
        engine,
        numbered(2, requester="p-finn", assignee="p-theo"),
        step(2, Accept(step="accept"), "p-finn"),
    )
    with reading(engine) as connection:
        for number, people in (
            ("INC-00000001", {"p-fay", "p-max", "p-lena"}),
            ("INC-00000002", {"p-finn", "p-rosa", "p-theo"}),
        ):
            found = get_ticket(connection, number, make_sight("p-x", Role.MANAGER))
            assert found is not None
            assert handlers(connection, found.view) == people


def answered(n: int, code: str, **changes: Any) -> Ticket:
    late = {"clocks": (make_clock(hours=8).model_copy(update={"breached_at": NOW}),)}
    in_time = {"clocks": (stop(make_clock(), NOW + timedelta(hours=1)),)}
    facts = {
        "status": Status.CLOSED,
        "resolution": Resolution(code=code, text="So it was."),
        **(late if changes.pop("late", False) else in_time),
    }
    return complaint(n, **{**facts, **changes})


def test_complaints_are_counted_by_month_without_those_about_whoever_asks(engine: Engine) -> None:
    april = NOW + timedelta(days=35)
    put_all(
        engine,
        [
            complaint(1),
            answered(2, "upheld"),
            answered(3, "upheld", late=True, about=About(ticket="INC-1", group="g2")),
            answered(4, "not_upheld", status=Status.RESOLVED, about=About(service="mail")),
            complaint(5, status=Status.CANCELLED, opened_at=april),
            complaint(6, barred=("p-max",)),
            numbered(7),
            complaint(8, opened_at=NOW - timedelta(days=90)),
        ],
    )
    since, until = NOW - timedelta(days=1), NOW + timedelta(days=90)
    with reading(engine) as connection:
        found = complaint_counts(connection, MANAGER, since, until)
        others = complaint_counts(connection, PIA, since, until)
        stranger = make_sight("p-pete", Role.PROCESS_OWNER)
        assert complaint_counts(connection, stranger, since, until) == others
    march = Month(
        month="2026-03",
        opened=4,
        answered=3,
        within_target=2,
        withdrawn=0,
        by_code={"upheld": 2, "not_upheld": 1},
        about={"person": 2, "ticket": 1, "service": 1},
    )
    assert found[0] == march
    assert (found[1].month, found[1].opened, found[1].withdrawn) == ("2026-04", 1, 1)
    assert len(found) == 2
    assert others[0].opened == 5


@pytest.mark.parametrize("person", ["p-max", "p-finn"])
def test_a_list_still_reads_from_the_index_of_its_order(sqlite_engine: Engine, person: str) -> None:
    put(sqlite_engine, complaint(1))
    query = tickets.select().with_only_columns(tickets.c.number)
    manager = make_sight(person, Role.MANAGER)
    query = query.where(visible_to(manager)).order_by(tickets.c.due, tickets.c.number).limit(50)
    with reading(sqlite_engine) as connection:
        assert is_sqlite(connection)
        sql = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert "USING COVERING INDEX ix_tickets_due_number" in plan[0]
    assert not any("TEMP B-TREE" in line for line in plan)
    assert any("barred" in line and "person=?" in line for line in plan)


def test_the_report_reads_complaints_alone(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT number FROM tickets WHERE kind = 'complaint' "
                "AND opened_at >= '2026' AND opened_at < '2027'"
            )
        )
        assert "ix_tickets_complaints" in " ".join(row.detail for row in plan)
