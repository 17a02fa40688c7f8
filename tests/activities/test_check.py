"""The check that a process owner runs after changing a rule."""

import subprocess
import sys
from pathlib import Path

import pytest

from activities.calls import POST_TO_WEBHOOK, Calls, check_calls
from activities.check import check_due_times
from desk.calendar import Calendar, Shift
from desk.errors import PolicyError
from desk.ladder import Call
from policies.in_force import IN_FORCE
from policies.words import at, ladder
from settings import Settings


def test_the_rules_in_force_make_sense() -> None:
    run = subprocess.run([sys.executable, "-m", "activities.check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert IN_FORCE.policy_version in run.stdout


def test_a_call_that_nobody_registered_is_refused_by_name(tmp_path: Path) -> None:
    calls = Calls(Settings(home=tmp_path)).registered()
    paging = ladder("response", at(50, Call(name="page")))
    with pytest.raises(PolicyError, match=r"calls 'page'.*registers post_to_webhook"):
        check_calls(IN_FORCE.model_copy(update={"ladders": {"response": paging}}), calls)
    known = ladder("response", at(50, Call(name=POST_TO_WEBHOOK)))
    check_calls(IN_FORCE.model_copy(update={"ladders": {"response": known}}), calls)


def test_a_target_that_its_calendar_does_not_reach_in_a_year_is_refused() -> None:
    minute = Calendar(
        name="office", zone="UTC", shifts=(Shift(day="mon", start="08:00", end="08:01"),)
    )
    calendars = {**IN_FORCE.calendars, "office": minute}
    with pytest.raises(PolicyError, match=r"P2: resolution .* calendar 'office'"):
        check_due_times(IN_FORCE.model_copy(update={"calendars": calendars}))
