"""What is found, in which order, page by page."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import Engine

from desk.access import may_see, sight
from desk.clock import begin, pause, stop
from desk.errors import InvalidFact
from desk.people import Role
from desk.ticket import Priority, Status, Ticket
from store.engine import reading
from store.tickets import Filters, Sort, get_ticket, list_tickets, terms_by_digest, terms_of
from tests.builders import (
    CALENDAR,
    NOW,
    NUMBER,
    make_clock,
    make_comment,
    make_record,
    make_sight,
    make_terms,
    make_ticket,
)
from tests.store.filling import (
    all_sorts_of_actors,
    all_sorts_of_orders,
    all_sorts_of_tickets,
    counted,
    numbered,
    put,
    put_all,
)

EVERYTHING = make_sight("p-max", Role.MANAGER)


def found(engine: Engine, sort: Sort = "due", limit: int = 100, **filters: object) -> list[str]:
    with reading(engine) as connection:
        chosen = Filters.model_validate(filters)
        return [
            view.number for view in list_tickets(connection, EVERYTHING, chosen, sort, limit)[0]
        ]


def numbers(*found_numbers: int) -> list[str]:
    return [f"INC-{number:08d}" for number in found_numbers]


def mixed(n: int) -> Ticket:
    """The nth of tickets that differ in all that lists filter and sort by, with ties."""
    return numbered(
        n,
        status=list(Status)[n % 6],
        group=f"g{n % 4}",
        assignee=None if n % 3 else f"p-{n % 5}",
        requester=f"p-{n % 7}",
        priority=list(Priority)[n % 4],
        line=n % 3 + 1,
        opened_at=NOW - timedelta(minutes=n % 11),
        clocks=() if n % 2 else (make_clock(hours=n % 5),),
    )


def test_a_ticket_comes_back_as_it_was_recorded(engine: Engine) -> None:
    ticket = make_ticket(description="Since this morning", confidential=True)
    put(engine, ticket)
    given = make_record(ticket)
    with reading(engine) as connection:
        stored = get_ticket(connection, NUMBER, EVERYTHING)
        assert stored is not None
        terms = terms_of(connection, stored.terms_digest)
        named = {stored.terms_digest, "no such digest"}
        assert terms_by_digest(connection, named) == {stored.terms_digest: terms}
    assert stored.ticket == given.ticket
    assert stored.view.clocks == given.clocks
    assert stored.view.summary == ticket.summary
    assert terms == make_terms()


def test_what_nobody_opened_is_not_found(engine: Engine) -> None:
    with reading(engine) as connection:
        assert get_ticket(connection, NUMBER, EVERYTHING) is None
        assert terms_of(connection, "no such digest") is None
        assert terms_by_digest(connection, {"no such digest"}) == {}


def test_everybody_finds_what_they_may_see_and_nothing_else(engine: Engine) -> None:
    tickets = all_sorts_of_tickets()
    put_all(engine, tickets)
    with reading(engine) as connection:
        for actor in all_sorts_of_actors():
            page = list_tickets(connection, sight(actor), Filters(), "priority", 200)
            expected = {ticket.number for ticket in tickets if may_see(actor, ticket)}
            assert {view.number for view in page.items} == expected, actor
            for ticket in tickets[::7]:
                one = get_ticket(connection, ticket.number, sight(actor))
                assert (one is not None) == may_see(actor, ticket), actor


def test_who_an_order_waits_for_may_read_it_and_finds_it_in_no_list(engine: Engine) -> None:
    tickets = all_sorts_of_orders()
    put_all(engine, tickets)
    let_in = set()
    with reading(engine) as connection:
        for actor in all_sorts_of_actors():
            page = list_tickets(connection, sight(actor), Filters(), "priority", 200)
            listed = {view.number for view in page.items}
            for ticket in tickets:
                plain = ticket.model_copy(update={"order": None})
                for_them = ticket.order is not None and ticket.order.wanted_for == actor.person
                assert (ticket.number in listed) == (for_them or may_see(actor, plain)), actor
                one = get_ticket(connection, ticket.number, sight(actor))
                assert (one is not None) == may_see(actor, ticket), actor
                if one is not None and ticket.number not in listed:
                    let_in.add(ticket.number)
    ours = [n for n, ticket in enumerate(tickets) if ticket.number in let_in]
    # By their own name, by group and by role, and who has a task of it; one's own is in the list.
    assert {n // 4 for n in ours} == {1, 4, 5, 6}


def test_by_due_the_nearest_running_target_comes_first_and_none_last(engine: Engine) -> None:
    late, soon = make_clock(hours=8.5), make_clock("response", hours=1)
    paused = pause(begin("resolution", NOW, timedelta(minutes=5), CALENDAR), NOW)
    met = stop(make_clock("response", hours=0.5), NOW + timedelta(minutes=1))
    put_all(
        engine,
        [
            numbered(1, clocks=()),
            numbered(2, clocks=(met, late)),
            numbered(3, clocks=(late, soon)),
            numbered(4, clocks=(paused,)),
            numbered(5, clocks=(paused, make_clock(hours=3))),
        ],
    )
    assert found(engine) == numbers(3, 5, 2, 1, 4)


def test_a_breached_target_that_still_runs_stays_on_top(engine: Engine) -> None:
    missed = make_clock(hours=1).model_copy(update={"breached_at": NOW + timedelta(hours=1)})
    put_all(engine, [numbered(1), numbered(2, clocks=(missed,))])
    assert found(engine) == numbers(2, 1)


def test_the_newest_come_first_when_sorted_by_opening(engine: Engine) -> None:
    put_all(engine, [numbered(n, opened_at=NOW + timedelta(hours=n % 3)) for n in range(6)])
    assert found(engine, "-opened") == numbers(5, 2, 4, 1, 3, 0)


def test_the_most_pressing_come_first_and_of_them_the_oldest(engine: Engine) -> None:
    put_all(
        engine,
        [
            numbered(1, priority=Priority.P2),
            numbered(2, priority=Priority.P1),
            numbered(3, priority=Priority.P1, opened_at=NOW - timedelta(days=1)),
            numbered(4, priority=Priority.P4, opened_at=NOW - timedelta(days=2)),
        ],
    )
    assert found(engine, "priority") == numbers(3, 2, 1, 4)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"status": ["new"]},
        {"status": ["new", "waiting", "closed"]},
        {"group": ["g1"], "priority": ["P2", "P4"]},
        {"group": ["g1", "g2"], "status": ["new", "in_progress"]},
        {"assignee": ["p-0", "p-3"], "line": [1, 2]},
        {"requester": ["p-1", "p-2", "p-1"]},
        {"kind": ["incident"], "line": [3]},
        {"group": ["nowhere"]},
    ],
)
def test_pages_put_together_are_the_filtered_list(
    engine: Engine, filters: dict[str, list[object]]
) -> None:
    tickets = [mixed(n) for n in range(60)]
    put_all(engine, tickets)
    fits = {t.number for t in tickets if all(getattr(t, k) in v for k, v in filters.items())}
    chosen = Filters.model_validate(filters)
    for sort in get_args(Sort):
        together: list[str] = []
        after = None
        with reading(engine) as connection:
            whole = list_tickets(connection, EVERYTHING, chosen, sort, 100)
            assert whole.next is None
            while True:
                page = list_tickets(connection, EVERYTHING, chosen, sort, 7, after)
                together += [view.number for view in page.items]
                if (after := page.next) is None:
                    break
        assert together == [view.number for view in whole.items]
        assert (len(together), set(together)) == (len(fits), fits)


def test_a_page_takes_one_query_however_long_it_is(engine: Engine) -> None:
    put_all(engine, [mixed(n) for n in range(60)])
    for filters in (Filters(), Filters(status=(Status.NEW, Status.WAITING), q="printer")):
        for limit in (10, 50):
            with reading(engine) as connection, counted(connection) as statements:
                list_tickets(connection, EVERYTHING, filters, "due", limit)
            assert len(statements) == 1


@pytest.mark.parametrize(
    "after", ["", "x", "ä", "bnVsbA", "W10", "WzEsMl0", "W1tbW1tb", "e" * 5_000, "\x00", "[]"]
)
def test_what_is_no_cursor_is_refused(engine: Engine, after: str) -> None:
    with reading(engine) as connection, pytest.raises(InvalidFact, match="next") as refused:
        list_tickets(connection, EVERYTHING, Filters(), "due", 5, after)
    assert refused.value.field == "after"


@pytest.mark.parametrize(
    ("filters", "sort"),
    [(Filters(), "priority"), (Filters(line=(1,)), "due"), (Filters(), "-opened")],
)
def test_a_cursor_of_another_list_is_refused(engine: Engine, filters: Filters, sort: Sort) -> None:
    put_all(engine, [numbered(n) for n in range(3)])
    with reading(engine) as connection:
        page = list_tickets(connection, EVERYTHING, Filters(), "due", 1)
        with pytest.raises(InvalidFact, match="another list"):
            list_tickets(connection, EVERYTHING, filters, sort, 1, page.next)


def test_a_search_looks_at_number_summary_description_and_what_was_said_to_all(
    engine: Engine,
) -> None:
    put(engine, numbered(1, summary="Der DRUCKER in Straße 5"), make_comment("Toner is EMPTY", 2))
    put(engine, numbered(2, description="A café with 100% wifi_here"))
    assert found(engine, q="drucker") == found(engine, q="STRASSE") == numbers(1)
    assert found(engine, q="toner is empty") == numbers(1)
    assert found(engine, q="toner%empty") == found(engine, q="toner_is") == []
    assert (
        found(engine, q="CAFÉ") == found(engine, q="100%") == found(engine, q="fi_h") == numbers(2)
    )
    assert found(engine, q="00000002") == numbers(2)
    assert found(engine, q="0%w") == found(engine, q="fi%here") == found(engine, q="w.fi") == []


def test_a_search_never_finds_an_internal_note(engine: Engine) -> None:
    put(engine, numbered(1), make_comment("He did it himself", 2, internal=True))
    assert found(engine, q="himself") == []


def test_a_search_finds_no_word_that_was_never_said(engine: Engine) -> None:
    put(engine, numbered(1), make_comment("Phantom", 2))
    put(engine, numbered(1), make_comment("Truth", 2))
    assert found(engine, q="phantom") == []
    assert found(engine, q="truth") == numbers(1)


@pytest.mark.parametrize("field", ["group", "assignee", "requester", "q"])
def test_a_filter_with_a_control_character_is_refused(field: str) -> None:
    value: object = "a\x00b" if field == "q" else ["a\x00b"]
    with pytest.raises(ValueError, match="control characters"):
        Filters.model_validate({field: value})
