"""When a worker is taken to be living, by its heartbeats."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat

from audit.pollers import is_living

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def make_beat(age: float, between: float, *, running: bool = True) -> WorkerHeartbeat:
    """A heartbeat so many seconds ago, and so many after the one before."""
    beat = WorkerHeartbeat(
        status=WorkerStatus.WORKER_STATUS_RUNNING
        if running
        else WorkerStatus.WORKER_STATUS_SHUTTING_DOWN
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
