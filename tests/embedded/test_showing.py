"""Tickets on a terminal: aligned, shortened, in local time."""

import time
from collections.abc import Iterator

import pytest

from embedded.showing import facts, table

TICKET = {
    "number": "INC-7K3M9Q2M",
    "status": "in_progress",
    "priority": "P2",
    "group": "service-desk",
    "assignee": None,
    "summary": "printer  on\nfire",
    "clocks": [
        {"target": "response", "state": "met", "due": "2026-03-02T09:15:00Z"},
        {"target": "resolution", "state": "running", "due": "2026-03-02T17:00:00Z"},
        {"target": "ola", "state": "running", "due": "2026-03-02T12:00:00Z"},
        {"target": "vendor", "state": "paused", "due": None},
    ],
    "reported": {"category": "hardware", "impact": None},
    "links": [],
    "allowed_steps": ["accept", "comment"],
}


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def test_a_list_shows_each_ticket_with_the_first_due_of_its_running_clocks() -> None:
    other = {"number": "INC-1", "priority": "P1", "summary": "x" * 100, "clocks": []}
    assert table({"items": [TICKET, other]}) == [
        "number        priority  status       group         assignee  due               summary",
        "INC-7K3M9Q2M  P2        in_progress  service-desk  -         2026-03-02 13:00  "
        "printer on fire",
        "INC-1         P1        -            -             -         -                 "
        + "x" * 59
        + "…",
    ]


def test_no_tickets_are_no_lines() -> None:
    assert table({"items": []}) == []


def test_a_ticket_is_a_fact_a_line_without_what_is_empty() -> None:
    assert facts(TICKET) == [
        "number          INC-7K3M9Q2M",
        "status          in_progress",
        "priority        P2",
        "group           service-desk",
        "summary         printer on fire",
        "reported        category hardware",
        "clock           response met, due 2026-03-02 10:15",
        "clock           resolution running, due 2026-03-02 18:00",
        "clock           ola running, due 2026-03-02 13:00",
        "clock           vendor paused",
        "possible now    accept, comment",
    ]


def test_nothing_possible_is_said() -> None:
    assert facts({"allowed_steps": []}) == ["possible now    -"]
