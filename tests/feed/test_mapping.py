"""What each row becomes: the table of docs/feeding-a-log.md, line by line."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from api.bodies import report_in, step_in
from desk.steps import Step
from feed.log import Row, read_log
from feed.mapping import Plan, plan
from feed.organisation import groups_of
from tests.feed.rows import EXAMPLES, make_case, make_row

FRONT: dict[str, str] = {}
SECOND = {"team": "Workplace 2nd", "line": "2"}
THIRD = {"team": "Net 3rd", "line": "3"}
Told = str | tuple[str, dict[str, str]]
QUEUED, WORKING = "Queued / Awaiting Assignment", "Accepted / In Progress"
RESOLVED, CLOSED, IN_CALL = "Completed / Resolved", "Completed / Closed", "Completed / In Call"
USER = "Accepted / Wait - User"


def planned(*rows: Row, categories: tuple[str, ...] = ()) -> Plan:
    return plan(make_case(*rows), groups_of(rows), categories)


def rows_of(*told: Told) -> list[Row]:
    """A row a minute: its status, and its team when it is not the front desk."""
    pairs = [(one, FRONT) if isinstance(one, str) else one for one in told]
    return [make_row(status, n, **team) for n, (status, team) in enumerate(pairs)]


def steps(*told: Told) -> list[list[str]]:
    """The steps of each row, in short."""
    return [[_short(step) for step in row.steps] for row in planned(*rows_of(*told)).rows]


def _short(step: Any) -> str:
    detail = step.get("for") or step.get("group", "").removeprefix("log-")
    return f"{step['step']} {detail}".strip()


TAKEN = ["assign front-desk-1", "accept"]
LIVES: dict[str, tuple[list[Told], list[list[str]]]] = {
    "taken on and solved on the call": (
        [WORKING, IN_CALL],
        [TAKEN, ["resolve", "confirm"]],
    ),
    "queued, queued again, taken on, and said again": (
        [QUEUED, QUEUED, WORKING, WORKING, "Accepted / Assigned"],
        [["assign front-desk-1"], ["assign front-desk-1"], ["accept"]]
        + [["assign front-desk-1"]] * 2,
    ),
    "handed off and back, and taken on each time": (
        [WORKING, (QUEUED, SECOND), (WORKING, SECOND), (WORKING, FRONT)],
        [TAKEN, ["hand_off workplace-2nd-2"], ["accept"], ["hand_off front-desk-1", "accept"]],
    ),
    "assigned to a person of another team": (
        [WORKING, ("Accepted / Assigned", THIRD)],
        [TAKEN, ["hand_off net-3rd-3"]],
    ),
    "waits of each kind, and what ends them": (
        [
            WORKING,
            USER,
            WORKING,
            "Accepted / Wait - Vendor",
            "Accepted / Assigned",
            "Accepted / Wait - Implementation",
            "Accepted / Wait - Customer",
            "Accepted / Wait",
            (QUEUED, SECOND),
            (WORKING, SECOND),
        ],
        [
            TAKEN,
            ["wait requester"],
            ["resume"],
            ["wait vendor"],
            ["resume"],
            ["wait change"],
            ["wait requester"],
            ["wait change"],
            ["hand_off workplace-2nd-2"],
            ["accept"],
        ],
    ),
    "a wait from the beginning": (
        [USER, WORKING],
        [["assign front-desk-1", "wait requester"], ["resume", "accept"]],
    ),
    "resolved and then closed, by whom it may": (
        [WORKING, RESOLVED, (CLOSED, SECOND)],
        [TAKEN, ["resolve"], ["confirm"]],
    ),
    "closed without a word, by another team": (
        [WORKING, (CLOSED, SECOND)],
        [
            TAKEN,
            ["hand_off workplace-2nd-2", "resolve", "confirm"],
        ],
    ),
    "reopened by the same team": (
        [WORKING, RESOLVED, WORKING, RESOLVED],
        [TAKEN, ["resolve"], ["reopen"], ["resolve"]],
    ),
    "reopened and queued": (
        [WORKING, CLOSED, QUEUED],
        [TAKEN, ["resolve", "confirm"], ["reopen"]],
    ),
    "reopened with another team": (
        [WORKING, IN_CALL, (WORKING, SECOND)],
        [TAKEN, ["resolve", "confirm"], ["reopen", "hand_off workplace-2nd-2", "accept"]],
    ),
    "completed again and again, which is for the desk to refuse": (
        [WORKING, CLOSED, CLOSED, RESOLVED],
        [TAKEN, ["resolve", "confirm"], ["confirm"], ["resolve"]],
    ),
    "cancelled": (
        [WORKING, "Completed / Cancelled"],
        [TAKEN, ["cancel"]],
    ),
    "words that nobody knows": (
        ["Unmatched / Unmatched", WORKING, "Moved / Elsewhere"],
        [["comment"], TAKEN, ["comment"]],
    ),
}


@pytest.mark.parametrize("life", LIVES)
def test_a_life_becomes_its_steps(life: str) -> None:
    rows, expected = LIVES[life]
    assert steps(*rows) == expected


def test_upper_and_lower_case_do_not_matter() -> None:
    assert steps("ACCEPTED / in progress") == steps(WORKING)


@pytest.mark.parametrize(
    ("impact", "expected"),
    [
        ("High", ("high", "medium")),
        ("Medium", ("medium", "medium")),
        ("Low", ("low", "medium")),
        ("Major", ("high", "high")),
        ("Huge", (None, None)),
    ],
)
def test_an_impact_becomes_impact_and_urgency(
    impact: str, expected: tuple[str | None, str | None]
) -> None:
    opening = planned(make_row(impact=impact)).opening
    assert (opening.get("impact"), opening.get("urgency")) == expected


def test_a_product_that_is_a_category_of_the_desk_is_its_category() -> None:
    known = ("hardware", "network")
    assert planned(make_row(product="Network"), categories=known).opening["category"] == "network"
    assert "category" not in planned(make_row(product="PROD582"), categories=known).opening


def test_a_ticket_is_opened_at_the_instant_of_the_first_row_and_tells_whence_it_comes() -> None:
    opening = planned(make_row(), make_row(minutes=9)).opening
    assert (opening["clock"], opening["at"]) == ("given", "2025-03-03T09:00:00Z")
    assert "case C-1" in str(opening["summary"])
    assert "country: Norway" in str(opening["description"])


def test_each_step_has_the_instant_of_its_row() -> None:
    moved = planned(make_row(), make_row(WORKING, 90, **SECOND))
    assert [step["at"] for step in moved.rows[1].steps] == ["2025-03-03T10:30:00Z"] * 2
    assert moved.steps == 4


def test_everything_in_the_examples_is_a_body_that_the_api_takes() -> None:
    log = read_log(EXAMPLES)
    groups = groups_of(log.rows)
    taken: TypeAdapter[Step] = TypeAdapter(Step)
    names = set()
    for case in log.cases:
        made = plan(case, groups, ("network",))
        assert report_in(made.opening).clock == "given"
        for step in (step for row in made.rows for step in row.steps):
            body, at = step_in(step)
            assert at is not None
            names.add(taken.validate_python(body).step)
    expected = {"assign", "accept", "hand_off", "wait", "resume", "resolve", "confirm", "reopen"}
    assert names == expected | {"comment", "cancel"}
