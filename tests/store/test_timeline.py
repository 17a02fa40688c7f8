"""What happened to a ticket, in order, and who was told."""

import pytest
from sqlalchemy import Engine

from desk.errors import InvalidFact
from desk.events import Adopted, Became
from desk.ticket import Kind
from store.engine import reading, writing
from store.messages import mark_sent
from store.recording import record
from store.timeline import Entry, events_before, timeline, turns_after
from tests.builders import (
    NOW,
    NUMBER,
    make_comment,
    make_event,
    make_message,
    make_record,
    make_ticket,
)
from tests.store.filling import counted, put

SAID = make_comment("Have you tried another one?", 2)
NOTED = make_comment("It is the third time this week", 3, internal=True)


def entries(engine: Engine, *, internal: bool) -> list[Entry]:
    with reading(engine) as connection:
        return timeline(connection, NUMBER, internal).items


def test_a_timeline_has_the_events_as_they_happened(engine: Engine) -> None:
    put(engine, make_ticket(), SAID, NOTED)
    assert [e.event for e in entries(engine, internal=True)] == [make_event(), SAID, NOTED]


def test_a_requester_reads_no_internal_event(engine: Engine) -> None:
    put(engine, make_ticket(), SAID, NOTED)
    assert [e.event for e in entries(engine, internal=False)] == [make_event(), SAID]


def test_each_event_says_who_was_told_and_whether_it_arrived(engine: Engine) -> None:
    sent = make_message(SAID, key="sent", events=(SAID.id, NOTED.id))
    nobody = make_message(NOTED, key="zzz", person=None, address=None, state="nobody")
    put(engine, make_ticket(), SAID, NOTED, messages=(sent, nobody))
    with writing(engine) as connection:
        mark_sent(connection, "sent", NOW)
    told = [
        [(d.key, d.person, d.state) for d in e.deliveries] for e in entries(engine, internal=True)
    ]
    arrived = ("sent", "p-rosa", "sent")
    assert told == [[], [arrived], [arrived, ("zzz", None, "nobody")]]


def test_a_requester_sees_the_delivery_of_their_own_messages_only(engine: Engine) -> None:
    mine, other = make_message(SAID, key="1"), make_message(SAID, key="2", person="p-lena")
    put(engine, make_ticket(), SAID, messages=(mine, other))
    shown = entries(engine, internal=False)[1].deliveries
    assert [delivery.key for delivery in shown] == ["1"]


def test_a_message_about_what_never_happened_is_not_shown(engine: Engine) -> None:
    put(engine, make_ticket(), SAID, messages=(make_message(SAID, key="1"),))
    with writing(engine) as connection:
        mark_sent(connection, "1", NOW)
        truth = SAID.model_copy(update={"correlation": "another"})
        record(connection, make_record(make_ticket(), truth, length=99))
    assert entries(engine, internal=True)[1] == Entry(truth, ())


def test_pages_of_a_timeline_follow_each_other(engine: Engine) -> None:
    said = [make_comment(f"Comment {version}", version) for version in range(2, 12)]
    put(engine, make_ticket(), *said)
    together, after = [], None
    with reading(engine) as connection:
        for _ in range(4):
            page = timeline(connection, NUMBER, True, 3, after)
            together += [entry.event for entry in page.items]
            after = page.next
    assert after is None
    assert together == [make_event(), *said]


@pytest.mark.parametrize("limit", [3, 10])
def test_a_timeline_takes_two_queries_however_long_it_is(engine: Engine, limit: int) -> None:
    put(engine, make_ticket(), *(make_comment("More", version) for version in range(2, 12)))
    with reading(engine) as connection, counted(connection) as statements:
        timeline(connection, NUMBER, True, limit)
    assert len(statements) == 2


def test_a_cursor_of_another_timeline_is_refused(engine: Engine) -> None:
    put(engine, make_ticket(), SAID, NOTED)
    with reading(engine) as connection:
        page = timeline(connection, NUMBER, True, 1)
        with pytest.raises(InvalidFact, match="another list"):
            timeline(connection, NUMBER, False, 1, page.next)


def test_an_unknown_ticket_has_no_timeline(engine: Engine) -> None:
    assert entries(engine, internal=True) == []


def test_what_was_before_an_event_is_found_with_what_is_internal(engine: Engine) -> None:
    put(engine, make_ticket(), SAID, NOTED, make_comment("More", 4))
    with reading(engine) as connection:
        assert events_before(connection, NUMBER, make_comment("x", 4)) == [
            make_event(),
            SAID,
            NOTED,
        ]
        assert events_before(connection, NUMBER, NOTED) == [make_event(), SAID]
        assert events_before(connection, NUMBER, make_event()) == []


def test_the_turns_after_an_event_are_found_among_all_that_happened(engine: Engine) -> None:
    moved = make_comment("x", 3).model_copy(
        update={"what": Adopted(before="v1", policy_version="v2", terms_before="d" * 64)}
    )
    said = make_comment('{"event":"adopted"}', 4)
    became = make_comment("x", 5).model_copy(
        update={"what": Became(kind=Kind.REQUEST, before=Kind.INCIDENT)}
    )
    put(engine, make_ticket(), SAID, moved, said, became)
    with reading(engine) as connection:
        assert turns_after(connection, NUMBER, SAID) == [moved, became]
        assert turns_after(connection, NUMBER, moved) == [became]
        assert turns_after(connection, NUMBER, became) == []
