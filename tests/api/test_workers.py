"""When a worker is taken to be living, by its heartbeats."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat

from api.errors import Problem
from api.workers import Workers
from audit.pollers import NO_VERSION, Poll, Poller, heard, is_living
from tests.running import Desk

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def make_beat(age: float, between: float, *, running: bool = True) -> WorkerHeartbeat:
    """A heartbeat so many seconds ago, and so many after the one before."""
    beat = WorkerHeartbeat(
        worker_identity="1@desk",
        status=WorkerStatus.WORKER_STATUS_RUNNING
        if running
        else WorkerStatus.WORKER_STATUS_SHUTTING_DOWN,
    )
    beat.heartbeat_time.FromDatetime(NOW - timedelta(seconds=age))
    beat.elapsed_since_last_heartbeat.FromTimedelta(timedelta(seconds=between))
    return beat


@pytest.mark.parametrize(
    ("beat", "living"),
    [
        (make_beat(1, 2), True),
        (make_beat(4.9, 2), True),
        (make_beat(5.1, 2), False),
        (make_beat(100, 60), True),
        (make_beat(130, 60), False),
        (make_beat(4.9, 0), True),
        (make_beat(60, 0), False),
        (make_beat(1, 2, running=False), False),
    ],
)
def test_a_worker_lives_while_its_heart_beats_in_time(beat: WorkerHeartbeat, living: bool) -> None:
    assert is_living(beat, NOW) is living


def make_poll(age: float, of: Poller = NO_VERSION) -> Poll:
    """The worker asked for work so many seconds ago."""
    return Poll("1@desk", of, NOW - timedelta(seconds=age))


@pytest.mark.parametrize(
    ("beats", "polls", "workers"),
    [
        ([make_beat(1, 2)], [make_poll(1)], 1),
        ([make_beat(9, 2)], [make_poll(1)], 1),
        ([make_beat(9, 2)], [make_poll(9)], 0),
        ([make_beat(1, 2, running=False)], [make_poll(1)], 0),
        ([], [make_poll(60)], 1),
        ([], [make_poll(80)], 0),
        ([make_beat(1, 2)], [make_poll(1, Poller("firstline", "2"))], 2),
        ([make_beat(1, 2)], [make_poll(9, Poller("firstline", "2"))], 1),
    ],
)
def test_each_worker_counts_once_however_it_was_heard_of(
    beats: list[WorkerHeartbeat], polls: list[Poll], workers: int
) -> None:
    assert len(heard(beats, polls, NOW)) == workers


async def test_who_has_just_answered_lives_until_something_gets_no_answer(desk: Desk) -> None:
    workers = Workers(desk.client, "a queue that nobody polls")
    workers.answered()
    await workers.look()
    workers.forget()
    with pytest.raises(Problem, match="unavailable"):
        await workers.look()
