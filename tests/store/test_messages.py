"""A message from queued to sent."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from store.engine import reading, writing
from store.messages import (
    LONGEST_ERROR,
    get_message,
    mark_failed,
    mark_sent,
    messages_of,
    undelivered,
)
from tests.builders import NOW, NUMBER, make_event, make_message, make_ticket
from tests.store.filling import put

KEY = "m1"


@pytest.fixture
def told(engine: Engine) -> Engine:
    """A database with one ticket and one queued message."""
    put(engine, make_ticket(), messages=(make_message(make_event(), key=KEY, correlation="c-7"),))
    return engine


def test_a_message_is_kept_as_it_was_rendered(told: Engine) -> None:
    given = make_message(make_event(), key=KEY, correlation="c-7")
    with reading(told) as connection:
        kept = get_message(connection, KEY)
    assert kept is not None
    assert kept.ticket == NUMBER
    assert (kept.state, kept.attempts, kept.orphaned, kept.sent_at) == ("queued", 0, False, None)
    for field, value in given:
        assert getattr(kept, field) == value


def test_there_is_no_message_of_an_unknown_key(told: Engine) -> None:
    with writing(told) as connection:
        assert get_message(connection, "unknown") is None
        assert not mark_sent(connection, "unknown", NOW)
        assert not mark_failed(connection, "unknown", "why", NOW)


def test_a_message_that_failed_can_still_be_sent(told: Engine) -> None:
    with writing(told) as connection:
        assert mark_failed(connection, KEY, "x" * 999, NOW)
        assert mark_failed(connection, KEY, "x" * 999, NOW + timedelta(hours=1))
        failed = get_message(connection, KEY)
        assert mark_sent(connection, KEY, NOW)
        sent = get_message(connection, KEY)
    assert failed is not None
    assert (failed.state, failed.attempts, failed.last_error) == ("failed", 2, "x" * LONGEST_ERROR)
    assert failed.failing_since == NOW
    assert sent is not None
    assert (sent.state, sent.attempts, sent.last_error, sent.sent_at) == ("sent", 3, None, NOW)


def test_a_sent_message_stays_sent(told: Engine) -> None:
    with writing(told) as connection:
        assert mark_sent(connection, KEY, NOW)
        assert not mark_sent(connection, KEY, NOW + timedelta(hours=1))
        assert not mark_failed(connection, KEY, "late", NOW)
        sent = get_message(connection, KEY)
    assert sent is not None
    assert (sent.state, sent.sent_at, sent.attempts) == ("sent", NOW, 1)


def test_undelivered_are_those_that_wait_or_failed_and_the_oldest_comes_first(
    engine: Engine,
) -> None:
    opened = make_event()
    messages = [
        make_message(opened, key=key, created_at=NOW - timedelta(minutes=age), **more)
        for key, age, more in (
            ("young", 1, {}),
            ("old", 9, {}),
            ("nobody", 5, {"state": "nobody", "person": None, "address": None}),
            ("sent", 4, {}),
        )
    ]
    put(engine, make_ticket(), messages=messages)
    with writing(engine) as connection:
        mark_failed(connection, "old", "no route", NOW)
        mark_sent(connection, "sent", NOW)
        assert [message.key for message in undelivered(connection)] == ["old", "young"]
        assert len(messages_of(connection, NUMBER)) == 4
