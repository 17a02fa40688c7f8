"""The store held against the histories: whatever differs is named, and can be put right."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, update

from audit.evidence import Sources, fetch
from audit.reconcile import Reconciler, whole_record
from audit.replay import replay
from audit.targets import Bodies
from desk.errors import TicketNotFound
from desk.record import terms_digest
from store.engine import reading, writing
from store.standing import restore, stored_ticket
from store.tables import events, human_tasks, snapshots, terms, tickets
from store.tickets import terms_by_digest
from tests.replay.becoming import A_FAULT, goes_on_as
from tests.replay.orders import LICENCE
from tests.running import Desk

Change = Callable[[Connection, str], object]


def _closes(connection: Connection, number: str) -> object:
    return connection.execute(
        update(tickets).where(tickets.c.number == number).values(status="closed")
    )


def _drops_an_event(connection: Connection, number: str) -> object:
    these = (events.c.ticket == number, events.c.version == 1, events.c.index == 1)
    return connection.execute(delete(events).where(*these))


def _rewrites_an_event(connection: Connection, number: str) -> object:
    these = (events.c.ticket == number, events.c.version == 2)
    return connection.execute(update(events).where(*these).values(body="{}"))


def _makes_an_event_up(connection: Connection, number: str) -> object:
    row = connection.execute(events.select().where(events.c.ticket == number)).mappings().first()
    assert row is not None
    return connection.execute(insert(events).values({**row, "version": 9, "index": 0, "id": "x"}))


def _drops_a_task(connection: Connection, number: str) -> object:
    return connection.execute(delete(human_tasks).where(human_tasks.c.ticket == number))


def _rewrites_the_terms(connection: Connection, number: str) -> object:
    return connection.execute(update(terms).values(body="{}"))


def _rewrites_the_snapshot(connection: Connection, number: str) -> object:
    these = snapshots.c.number == number
    return connection.execute(update(snapshots).where(these).values(inner="{}"))


@pytest.fixture(autouse=True)
def _looks_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.reconcile.BETWEEN", 0.05)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_closes, "status is 'closed', and was recorded as 'in_progress'"),
        (_drops_an_event, "event 1.1 is missing"),
        (_rewrites_an_event, "event 2.0 is another one"),
        (_makes_an_event_up, "event 9.0 never happened"),
        (_drops_a_task, "0 human tasks are open, and 1 should be"),
        (_rewrites_the_terms, "its terms are others"),
        (_rewrites_the_snapshot, "the ticket's snapshot is another one"),
    ],
)
async def test_what_differs_is_named_and_put_right(desk: Desk, change: Change, says: str) -> None:
    handle = await desk.open()
    await desk.take(handle, "finn", "accept")
    truth = desk.stored(handle.id)
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    reconciler = Reconciler(sources, desk.engine)
    assert (await reconciler.check(handle.id)).words == []
    with writing(desk.engine) as connection:
        change(connection, handle.id)
    assert await reconciler.check(handle.id) == ([says], False)
    assert await reconciler.check(handle.id, repair=True) == ([says], True)
    assert (await reconciler.check(handle.id)).words == []
    assert desk.stored(handle.id) == truth
    await desk.take(handle, "finn", "comment", text="It goes on.")
    assert (await reconciler.check(handle.id)).words == []


async def test_a_ticket_that_the_store_has_lost_comes_back(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "finn", "accept")
    truth = desk.stored(handle.id)
    with writing(desk.engine) as connection:
        for table in (human_tasks, events):
            connection.execute(delete(table).where(table.c.ticket == handle.id))
        connection.exec_driver_sql("DELETE FROM messages")
        connection.execute(delete(snapshots).where(snapshots.c.number == handle.id))
        connection.execute(delete(tickets).where(tickets.c.number == handle.id))
    reconciler = Reconciler(
        Sources(desk.client, desk.engine, Bodies(desk.engine, None)), desk.engine
    )
    lost = await reconciler.check(handle.id, repair=True)
    assert lost == (["the store does not know the ticket"], True)
    assert (await reconciler.check(handle.id)).words == []
    assert desk.stored(handle.id) == truth


async def test_the_terms_that_a_ticket_had_before_come_back_with_it(desk: Desk) -> None:
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "finn", "become", **A_FAULT)
    await goes_on_as(handle, "incident")
    lived = await replay(await fetch(desk.client, handle.id))
    before, _ = (terms_digest(had) for had in lived.terms)
    with writing(desk.engine) as connection:
        _drops_an_event(connection, handle.id)
        connection.execute(delete(terms).where(terms.c.digest == before))
    reconciler = Reconciler(
        Sources(desk.client, desk.engine, Bodies(desk.engine, None)), desk.engine
    )
    assert (await reconciler.check(handle.id, repair=True)).repaired
    with reading(desk.engine) as connection:
        assert terms_by_digest(connection, {before}) == {before: lived.terms[0]}


async def test_a_ticket_that_moves_on_meanwhile_is_left_alone(desk: Desk) -> None:
    handle = await desk.open()
    lived = await replay(await fetch(desk.client, handle.id))
    with reading(desk.engine) as connection:
        seen = stored_ticket(connection, handle.id)
    await desk.take(handle, "finn", "accept")
    truth = desk.stored(handle.id)
    record = whole_record(lived)
    assert record is not None
    with writing(desk.engine) as connection:
        assert not restore(connection, record, seen)
    assert desk.stored(handle.id) == truth


async def test_a_ticket_that_only_the_store_knows_has_no_evidence(desk: Desk) -> None:
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    with pytest.raises(TicketNotFound, match="neither the engine nor the archive"):
        await Reconciler(sources, desk.engine).check("INC-00000000")
