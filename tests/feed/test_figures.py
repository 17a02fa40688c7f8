"""The log's own figures, against what is known of the real log and what can be counted by hand."""

import pytest

from feed.figures import Figures, figures_of
from feed.log import read_log
from tests.feed.rows import EXAMPLES, make_case, make_row, volvo

SECOND = {"team": "Workplace 2nd", "line": "2"}


Told = tuple[str, float, dict[str, str]]


def figures(*rows: Told) -> Figures:
    return figures_of([make_case(*(make_row(status, at, **team) for status, at, team in rows))])


@pytest.mark.volvo
def test_the_real_log_has_its_known_figures() -> None:
    found = figures_of(read_log(volvo()).cases)
    assert (found.cases, found.events) == (7_554, 65_533)
    assert (found.events_mean, found.events_median, found.events_max) == (8.68, 6, 123)
    assert found.highest_line == {"1": 4_546, "2": 2_464, "2/L3": 4, "3": 540}
    assert (found.hand_off_cases, found.ping_pong_cases) == (3_820, 1_177)
    assert (found.waited_cases, found.reopened_cases) == (2_495, 514)


def test_the_examples_have_about_three_hundred_rows_of_every_kind() -> None:
    found = figures_of(read_log(EXAMPLES).cases)
    assert (found.cases, found.events) == (50, 295)
    assert (found.hand_off_cases, found.ping_pong_cases, found.reopened_cases) == (24, 6, 5)
    assert found.highest_line == {"1": 25, "2": 12, "2/L3": 5, "3": 8}


def test_a_there_and_back_is_a_ping_pong_and_a_way_on_is_none() -> None:
    there: list[Told] = [
        ("Queued / x", 0, {}),
        ("Queued / x", 1, SECOND),
        ("Queued / x", 2, SECOND),
    ]
    assert figures(*there, ("Queued / x", 3, {})).ping_pong_cases == 1
    assert figures(*there, ("Queued / x", 3, {"team": "C"})).ping_pong_cases == 0
    assert figures(*there).hand_off_cases == 1


def test_the_share_of_waiting_is_of_all_time_until_the_last_row() -> None:
    found = figures(
        ("Accepted / In Progress", 0, {}),
        ("Accepted / Wait - User", 30, {}),
        ("Accepted / In Progress", 60, {}),
        ("Completed / Closed", 120, {}),
    )
    assert (found.waited_cases, found.waiting_share) == (1, 0.25)


def test_only_work_after_a_completion_is_a_reopening() -> None:
    done: list[Told] = [("Accepted / In Progress", 0, {}), ("Completed / Resolved", 1, {})]
    assert figures(*done, ("Completed / Closed", 2, {})).reopened_cases == 0
    assert figures(*done, ("Unmatched / Unmatched", 2, {})).reopened_cases == 0
    assert figures(*done, ("Queued / Awaiting Assignment", 2, {})).reopened_cases == 1


def test_of_no_cases_there_are_figures_too() -> None:
    assert figures_of([]).waiting_share == 0
