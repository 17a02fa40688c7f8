"""What a record leaves in the store, whatever was recorded before it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from desk.errors import NumberTaken
from desk.events import Event
from desk.record import Record, Recorded, Task, canonical, digest
from desk.ticket import Status
from store.engine import reading, writing
from store.messages import NewMessage, get_message, mark_sent, messages_of
from store.recording import record
from store.tables import events, human_tasks, metadata, snapshots, tickets
from tests.builders import (
    NOW,
    NUMBER,
    make_comment,
    make_event,
    make_message,
    make_record,
    make_task,
    make_ticket,
)

Rows = dict[str, list[tuple[object, ...]]]


def recorded(engine: Engine, given: Record, *messages: NewMessage) -> Recorded:
    with writing(engine) as connection:
        return record(connection, given, messages)


def everything(engine: Engine) -> Rows:
    """All rows of all tables, but for when the store was told."""
    with reading(engine) as connection:
        return {
            table.name: sorted(
                (
                    tuple(row)
                    for row in connection.execute(
                        select(*(c for c in table.c if c.name != "recorded_at"))
                    )
                ),
                key=repr,
            )
            for table in metadata.sorted_tables
        }


def bodies(engine: Engine) -> list[str]:
    place = (events.c.version, events.c.index)
    with reading(engine) as connection:
        return list(connection.execute(select(events.c.body).order_by(*place)).scalars())


def texts(*expected: Event) -> list[str]:
    return [canonical(event).decode() for event in expected]


def test_a_record_keeps_ticket_events_tasks_and_messages(engine: Engine) -> None:
    opened = make_event()
    given = make_record(make_ticket(), opened)
    message = make_message(opened)
    result = recorded(engine, given, message)
    assert result.digest == digest(given.ticket, given.events)
    assert result.messages == (message.key,)
    assert bodies(engine) == texts(opened)
    with reading(engine) as connection:
        assert [m.key for m in messages_of(connection, NUMBER)] == [message.key]
        assert connection.execute(select(human_tasks.c.task)).scalars().all() == ["accept"]
        row = connection.execute(select(tickets)).one()
        inner = connection.execute(select(snapshots.c.inner)).scalar_one()
    assert (row.version, row.run, row.length) == (1, given.run, given.length)
    assert inner.encode() == canonical(given.ticket)


def test_the_same_record_twice_changes_nothing_and_returns_the_same(engine: Engine) -> None:
    opened, comment = make_event(), make_comment("Any news?", 2)
    given = make_record(make_ticket(), opened, comment)
    messages = (make_message(comment), make_message(opened))
    first = recorded(engine, given, *messages)
    before = everything(engine)
    assert recorded(engine, given, *messages) == first
    assert everything(engine) == before


def test_a_message_resolved_to_somebody_else_the_second_time_is_not_made_again(
    engine: Engine,
) -> None:
    opened = make_event()
    given = make_record(make_ticket(), opened)
    first = recorded(engine, given, make_message(opened))
    again = recorded(engine, given, make_message(opened, key="another person"))
    assert again == first


def test_a_record_goes_on_from_the_one_before(engine: Engine) -> None:
    opened, comment = make_event(), make_comment("Any news?", 2)
    recorded(engine, make_record(make_ticket(), opened))
    following = make_record(
        make_ticket(status=Status.WAITING), comment, tasks=(make_task(task=Task.ANSWER),)
    )
    recorded(engine, following, make_message(comment))
    assert bodies(engine) == texts(opened, comment)
    with reading(engine) as connection:
        assert connection.execute(select(tickets.c.status)).scalar_one() == "waiting"
        assert connection.execute(select(human_tasks.c.task)).scalars().all() == ["answer"]


def test_events_that_were_recorded_but_never_confirmed_come_again_once(engine: Engine) -> None:
    opened, comment = make_event(), make_comment("Any news?", 2)
    first = make_message(opened)
    recorded(engine, make_record(make_ticket(), opened), first)
    result = recorded(
        engine, make_record(make_ticket(), opened, comment), first, make_message(comment)
    )
    assert bodies(engine) == texts(opened, comment)
    assert result.messages == tuple(sorted([first.key, make_message(comment).key]))


@pytest.mark.parametrize(("run", "length"), [(1, 99), (2, 4)])
def test_an_older_record_that_comes_late_changes_nothing(
    engine: Engine, run: int, length: int
) -> None:
    opened, comment = make_event(), make_comment("Any news?", 2)
    recorded(engine, make_record(make_ticket(), opened, comment, run=2, length=5))
    before = everything(engine)
    late = make_record(make_ticket(status=Status.CANCELLED), opened, run=run, length=length)
    recorded(engine, late, make_message(opened))
    assert everything(engine) == before


def test_what_never_happened_is_replaced_by_what_happened_at_its_version(engine: Engine) -> None:
    opened, phantom = make_event(), make_comment("Never said", 2)
    truth = make_comment("Said", 2, id="u-other:0")
    recorded(engine, make_record(make_ticket(), opened))
    untrue = make_message(phantom)
    wrong = make_record(make_ticket(summary="Wrong"), phantom, tasks=(make_task(person="p-sena"),))
    recorded(engine, wrong, untrue)
    told = make_message(truth)
    result = recorded(engine, make_record(make_ticket(), truth), told)
    assert result.messages == (told.key,)
    assert bodies(engine) == texts(opened, truth)
    with reading(engine) as connection:
        assert get_message(connection, untrue.key) is None
        assert connection.execute(select(human_tasks.c.person)).scalars().all() == [None]
        assert connection.execute(select(tickets.c.summary)).scalar_one() != "Wrong"


def test_what_never_happened_beyond_the_truth_is_taken_out(engine: Engine) -> None:
    opened, true, phantom = make_event(), make_comment("Said", 2), make_comment("Never said", 3)
    recorded(engine, make_record(make_ticket(), opened))
    recorded(engine, make_record(make_ticket(), true, phantom, length=20), make_message(phantom))
    recorded(engine, make_record(make_ticket(), true, length=20))
    assert bodies(engine) == texts(opened, true)
    with reading(engine) as connection:
        assert messages_of(connection, NUMBER) == []
        assert connection.execute(select(tickets.c.version)).scalar_one() == 2


def test_a_record_without_events_takes_out_what_lies_beyond_its_ticket(engine: Engine) -> None:
    opened, phantom = make_event(), make_comment("Never said", 2)
    recorded(engine, make_record(make_ticket(), opened, length=8))
    recorded(engine, make_record(make_ticket(), phantom, length=9))
    nothing_new = {"events": (), "since": (1, 1)}
    recorded(engine, make_record(make_ticket(), opened, length=9).model_copy(update=nothing_new))
    assert bodies(engine) == texts(opened)


def test_news_that_never_was_is_taken_out_though_the_truth_begins_at_a_later_version(
    engine: Engine,
) -> None:
    opened, truth = make_event(), make_comment("Said", 2)
    news = make_event(index=1, id="u-1-handed-off:0")
    recorded(engine, make_record(make_ticket(), opened))
    recorded(engine, make_record(make_ticket(), news), make_message(news))
    again = make_event(version=2, index=1, id="u-1-handed-off:0")
    result = recorded(engine, make_record(make_ticket(), truth, again, since=(1, 1)))
    assert bodies(engine) == texts(opened, truth, again)
    assert result.messages == ()


def test_a_sent_message_about_what_never_happened_stays_and_is_flagged(engine: Engine) -> None:
    phantom, truth = make_comment("Never said", 2), make_comment("Said", 2)
    recorded(engine, make_record(make_ticket(), make_event()))
    sent = make_message(phantom)
    recorded(engine, make_record(make_ticket(), phantom), sent)
    with writing(engine) as connection:
        assert mark_sent(connection, sent.key, NOW)
    recorded(engine, make_record(make_ticket(), truth))
    with reading(engine) as connection:
        kept = get_message(connection, sent.key)
    assert kept is not None
    assert (kept.state, kept.orphaned) == ("sent", True)


def test_a_sent_message_that_turns_out_true_is_not_made_again(engine: Engine) -> None:
    phantom, truth = make_comment("Never said", 2), make_comment("Said", 2)
    recorded(engine, make_record(make_ticket(), make_event()))
    sent = make_message(phantom)
    recorded(engine, make_record(make_ticket(), phantom), sent)
    with writing(engine) as connection:
        mark_sent(connection, sent.key, NOW)
    recorded(engine, make_record(make_ticket(), truth), make_message(truth, body="Anew"))
    with reading(engine) as connection:
        kept = get_message(connection, sent.key)
    assert kept is not None
    assert (kept.state, kept.orphaned, kept.body) == ("sent", False, sent.body)


def test_a_message_about_more_takes_the_place_of_one_that_was_never_confirmed(
    engine: Engine,
) -> None:
    opened, first, second = make_event(), make_comment("One", 2), make_comment("Two", 3)
    recorded(engine, make_record(make_ticket(), opened))
    alone, other = make_message(first), make_message(first, key="other", person="p-finn")
    recorded(engine, make_record(make_ticket(), first), alone, other)
    both = make_message(second, events=(first.id, second.id))
    result = recorded(engine, make_record(make_ticket(), first, second), both, other)
    assert result.messages == tuple(sorted([both.key, other.key]))
    with reading(engine) as connection:
        assert get_message(connection, alone.key) is None


def test_a_new_run_goes_on_where_the_one_before_ended(engine: Engine) -> None:
    comments = [make_comment(f"Number {version}", version) for version in range(2, 6)]
    recorded(engine, make_record(make_ticket(), make_event(), length=900))
    for run, comment in enumerate(comments, start=2):
        recorded(engine, make_record(make_ticket(), comment, run=run, length=4))
    assert bodies(engine) == texts(make_event(), *comments)
    with reading(engine) as connection:
        assert connection.execute(select(tickets.c.run, tickets.c.length)).one() == (5, 4)


def test_a_number_that_belongs_to_another_opening_is_taken(engine: Engine) -> None:
    recorded(engine, make_record(make_ticket()))
    before = everything(engine)
    with pytest.raises(NumberTaken, match=NUMBER):
        recorded(engine, make_record(make_ticket(opening_id="opening-2"), length=1_000))
    assert everything(engine) == before


def test_whom_nobody_could_tell_is_kept_but_not_to_be_delivered(engine: Engine) -> None:
    opened = make_event()
    message = make_message(opened, person=None, address=None, state="nobody")
    assert recorded(engine, make_record(make_ticket(), opened), message).messages == ()
    with reading(engine) as connection:
        assert [m.state for m in messages_of(connection, NUMBER)] == ["nobody"]


def at_once(*calls: Callable[[], Recorded]) -> list[Recorded]:
    ready = Barrier(len(calls))

    def call(one: Callable[[], Recorded]) -> Recorded:
        ready.wait(10)
        return one()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call, calls))


@pytest.mark.parametrize("version", [1, 2])
def test_the_same_record_from_many_threads_at_once_is_kept_once(
    engine: Engine, version: int
) -> None:
    recorded(engine, make_record(make_ticket(number="INC-00000000", opening_id="other")))
    last = make_event(version)
    given = make_record(make_ticket(), *{1: make_event(), version: last}.values())
    if version > 1:
        recorded(engine, make_record(make_ticket()))
    results = at_once(*[lambda: recorded(engine, given, make_message(last))] * 6)
    assert len({result.digest for result in results}) == 1
    assert {result.messages for result in results} == {(make_message(last).key,)}
    with reading(engine) as connection:
        mine = select(events.c.body).where(events.c.ticket == NUMBER).order_by(events.c.version)
        assert list(connection.execute(mine).scalars()) == texts(*given.events)
