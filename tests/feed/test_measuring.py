"""What is read from a timeline: by hand, in the form in which the API answers."""

from datetime import timedelta
from typing import Any

from feed.measuring import measure
from tests.feed.rows import NINE

Json = dict[str, Any]


def entry(minutes: float, event: str, **fields: Any) -> Json:
    """One entry, so many minutes after nine."""
    at = (NINE + timedelta(minutes=minutes)).isoformat()
    return {"id": "e", "at": at, "event": event, "messages": [], **fields}


def step(minutes: float, name: str, **fields: Any) -> Json:
    return entry(minutes, "step", step={"step": name, **fields})


def routed(
    minutes: float, group: str, line: int, by: str = "person", bounced: bool = False
) -> Json:
    return entry(
        minutes, "routed", group={"id": group, "line": line}, by=by, bounced=bounced, before=None
    )


OPENED = [entry(0, "opened", summary="s"), routed(0, "service-desk", 1, "routing")]


def test_people_hand_off_and_rungs_are_counted_apart() -> None:
    found = measure(
        [
            *OPENED,
            step(0, "assign", group="a"),
            routed(0, "a", 1),
            routed(60, "engineering-3", 3, "rung"),
            step(70, "assign", group="a"),
            routed(70, "a", 1, bounced=True),
            step(80, "hand_off", group="b", reason="r"),
            routed(80, "b", 2),
            step(90, "hand_off", group="a", reason="r"),
            routed(90, "a", 1, bounced=True),
        ]
    )
    assert (found.hand_offs, found.rung_hand_offs, found.bounces) == (2, 1, 2)
    assert (found.highest_line, found.highest_line_with_rungs) == (2, 3)
    assert found.ping_pong
    assert (found.events, found.steps) == (11, 4)


def test_what_only_a_rung_moved_to_and_fro_is_no_ping_pong() -> None:
    away_and_back = [routed(1, "a", 1), routed(2, "b", 2, "rung"), routed(3, "a", 1)]
    assert not measure([*OPENED, *away_and_back]).ping_pong


def test_a_wait_lasts_until_something_is_done_about_it() -> None:
    found = measure(
        [
            *OPENED,
            step(10, "wait", **{"for": "requester"}, reason="r"),
            step(20, "comment", text="t", internal=True),
            step(40, "wait", **{"for": "requester"}, reason="r"),
            step(60, "wait", **{"for": "vendor"}, reason="r"),
            step(70, "resume"),
            step(80, "wait", **{"for": "requester"}, reason="r"),
            step(90, "hand_off", group="b", reason="r"),
            entry(90, "wait_over", because="hand_off"),
            step(100, "resolve", code="fixed", text="t"),
        ]
    )
    assert found.waited
    assert found.waiting == timedelta(minutes=60)
    assert found.lasted == timedelta(minutes=100)


def test_rungs_and_breaches_are_counted_by_name() -> None:
    found = measure(
        [
            *OPENED,
            entry(5, "rung_fired", target="response", percent=50, nth=0),
            entry(9, "breached", target="response"),
            entry(9, "rung_fired", target="response", percent=100, nth=0),
            entry(10, "rung_fired", target="response", percent=100, nth=1),
            entry(11, "rung_fired", target="response", percent=100, nth=2),
            step(12, "reopen", reason="r"),
            entry(99, "closed_by_silence", working_days=5),
        ]
    )
    assert found.rungs == {"response 50%": 1, "response 100%": 1, "response 100% again": 2}
    assert found.breaches == {"response": 1}
    assert (found.reopened, found.closed_by_silence) == (True, 1)


def test_a_ticket_that_was_only_opened_has_figures_too() -> None:
    found = measure(OPENED)
    assert (found.steps, found.lasted, found.highest_line) == (0, timedelta(), 1)
