"""The check that a process owner runs after changing a rule."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.calls import POST_TO_WEBHOOK, Calls, check_calls
from activities.check import check_catalogue, check_due_times, check_vendors_told
from desk.calendar import Calendar, Shift
from desk.catalogue import Item
from desk.errors import PolicyError
from desk.ladder import Call
from policies.in_force import CATALOGUE, IN_FORCE, every_ladder
from policies.words import LEAD, VENDOR, at, every_working_day, ladder, tell
from settings import Settings


def test_the_rules_in_force_make_sense() -> None:
    run = subprocess.run([sys.executable, "-m", "activities.check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert IN_FORCE.policy_version in run.stdout


def test_a_call_that_nobody_registered_is_refused_by_name(tmp_path: Path) -> None:
    calls = Calls(Settings(home=tmp_path)).registered()
    paging = ladder("response", at(50, Call(name="page")))
    with pytest.raises(PolicyError, match=r"calls 'page'.*registers post_to_webhook"):
        check_calls({"response": paging}, calls)
    known = ladder("response", at(50, Call(name=POST_TO_WEBHOOK)))
    check_calls({"response": known}, calls)


def test_a_vendor_is_told_of_its_own_clock_alone() -> None:
    check_vendors_told(every_ladder())
    early = ladder("resolution", at(50, tell(VENDOR)))
    with pytest.raises(PolicyError, match=r"'resolution', rung 50%: tells the vendor"):
        check_vendors_told({"resolution": early})
    late = ladder("task", at(100, tell(LEAD), then=[every_working_day(2, tell(VENDOR))]))
    with pytest.raises(PolicyError, match=r"'task', rung 100%"):
        check_vendors_told({"task": late})


def test_a_target_that_its_calendar_does_not_reach_in_a_year_is_refused() -> None:
    minute = Calendar(
        name="office", zone="UTC", shifts=(Shift(day="mon", start="08:00", end="08:01"),)
    )
    calendars = {**IN_FORCE.calendars, "office": minute}
    with pytest.raises(PolicyError, match=r"P2: resolution .* calendar 'office'"):
        check_due_times(IN_FORCE.model_copy(update={"calendars": calendars}))


def item_with(**target: Any) -> dict[str, Item]:
    """The catalogue with one item whose whole target is changed."""
    item = CATALOGUE["new-laptop"]
    changed = item.target.model_copy(update=target)
    return {item.key: item.model_copy(update={"target": changed})}


@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        ({"calendar": "offcie"}, r"new-laptop: resolution: there is no calendar 'offcie'"),
        ({"ladder": "steep"}, r"new-laptop: resolution: there is no ladder 'steep', but .*task"),
        ({"length": timedelta(days=300)}, r"item new-laptop: resolution of .* more than a year"),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be_kept_is_refused_by_name(
    target: dict[str, Any], refusal: str
) -> None:
    check_catalogue(item_with(), IN_FORCE.calendars, every_ladder())
    with pytest.raises(PolicyError, match=refusal):
        check_catalogue(item_with(**target), IN_FORCE.calendars, every_ladder())


def test_a_time_that_is_over_as_it_begins_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"item new-laptop: resolution: its time is over"):
        check_catalogue(item_with(length=timedelta()), IN_FORCE.calendars, every_ladder())
