"""`python -m bench.soon_worker`: the desk's worker under rules whose first rung is soon reached.

Time counts from the minute that BENCH_BEGINS names (UTC), so that tickets opened before it are
due together: those of each priority a quarter of a minute after the next more pressing ones.
"""

import os
from datetime import UTC, datetime, timedelta

from desk.calendar import Calendar, Shift
from desk.ladder import Ladder, Rung, Tell, Whom
from desk.terms import Target
from desk.ticket import Priority
from policies import in_force

BEGINS = "BENCH_BEGINS"
SOON = "soon"
OPEN_FOR = timedelta(hours=2)


def use_soon_rules(begins: datetime) -> None:
    """Replace the rules in force before any part of the desk has looked at them."""
    rung = Rung(key=SOON, percent=50, actions=(Tell(whom=Whom.LEAD),))
    usual = in_force.IN_FORCE
    targets = {
        priority: {
            **usual.targets[priority],
            "response": Target(length=length_of(priority) * 2, calendar=SOON, ladder=SOON),
            "resolution": Target(length=timedelta(hours=100), calendar=SOON),
        }
        for priority in Priority
    }
    in_force.IN_FORCE = usual.model_copy(
        update={
            "policy_version": SOON,
            "targets": targets,
            "calendars": {**usual.calendars, SOON: _calendar(begins)},
            "ladders": {**usual.ladders, SOON: Ladder(name=SOON, rungs=(rung,))},
        }
    )


def length_of(priority: Priority) -> timedelta:
    """How long after the beginning the rung of a priority is due."""
    return timedelta(seconds=15 * int(priority.value[1]))


def _calendar(begins: datetime) -> Calendar:
    shift = Shift(
        day=f"{begins:%a}".lower(), start=f"{begins:%H:%M}", end=f"{begins + OPEN_FOR:%H:%M}"
    )
    return Calendar(name=SOON, zone="UTC", shifts=(shift,), holidays=())


if __name__ == "__main__":
    use_soon_rules(datetime.fromtimestamp(int(os.environ[BEGINS]), UTC))
    from worker import main

    main()
