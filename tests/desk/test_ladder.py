"""Ladders as data: what fires how often, after how much time spent, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from desk.ladder import WORKING_DAY, Action, Call, HandToNextLine, Ladder, Repeat, Rung, Tell, Whom
from tests.desk.lives import HOUR, MINUTE, climbing, rung

LEAD, MANAGER = Tell(whom=Whom.LEAD), Tell(whom=Whom.MANAGER)
TOP = Rung(
    key="100%",
    percent=100,
    actions=(HandToNextLine(), MANAGER),
    then=(
        Repeat(every=HOUR, times=5, actions=(LEAD,)),
        Repeat(every=WORKING_DAY, times=2, actions=(MANAGER,)),
    ),
)
ACTION: TypeAdapter[Action] = TypeAdapter(Action)


def test_an_action_is_named_once() -> None:
    call = Call(name="post_to_webhook")
    with pytest.raises(ValidationError, match="named twice"):
        Rung(key="50%", percent=50, actions=(call, Tell(whom=Whom.LEAD), call))


def test_a_rung_fires_once_and_as_often_as_its_repeats_say() -> None:
    assert rung(50, Whom.ASSIGNEE).firings() == 1
    assert TOP.firings() == 1 + 5 + 2


@pytest.mark.parametrize(
    ("nth", "hours", "action"),
    [
        (0, 8, MANAGER),
        (1, 9, LEAD),
        (2, 10, LEAD),
        (5, 13, LEAD),
        (6, 23, MANAGER),
        (7, 33, MANAGER),
    ],
)
def test_hourly_five_times_and_then_each_working_day(nth: int, hours: int, action: Tell) -> None:
    """A target of eight hours, in an office that works ten hours a day."""
    assert TOP.threshold(nth, 8 * HOUR, 10 * HOUR) == hours * HOUR
    assert TOP.firing(nth)[-1] == action


@pytest.mark.parametrize(
    ("percent", "length", "spent"),
    [
        (50, 8 * HOUR, 4 * HOUR),
        (0, 8 * HOUR, timedelta()),
        (33, HOUR, timedelta(minutes=19, seconds=48)),
        (200, HOUR, 2 * HOUR),
        (75, timedelta(), timedelta()),
        (1, timedelta(microseconds=150), timedelta(microseconds=2)),
    ],
)
def test_percent_of_a_length(percent: int, length: timedelta, spent: timedelta) -> None:
    assert rung(percent, Whom.LEAD).threshold(0, length, HOUR) == spent


def test_a_rung_that_repeats_in_one_way_only() -> None:
    nagging = Rung(
        key="n", percent=100, actions=(LEAD,),
        then=(Repeat(every=5 * MINUTE, times=50, actions=(MANAGER,)),),
    )  # fmt: skip
    assert nagging.firings() == 51
    assert nagging.firing(50) == (MANAGER,)
    assert nagging.threshold(50, HOUR, HOUR) == HOUR + 250 * MINUTE


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"every": HOUR}, id="without-an-end"),
        pytest.param({"every": HOUR, "times": None}, id="without-an-end-said-so"),
        pytest.param({"every": HOUR, "times": 0}, id="never"),
        pytest.param({"every": HOUR, "times": 51}, id="more-than-fifty-times"),
        pytest.param({"every": timedelta(seconds=59), "times": 1}, id="within-a-minute"),
        pytest.param({"every": timedelta(), "times": 1}, id="at-once"),
        pytest.param({"every": -HOUR, "times": 1}, id="backwards"),
        pytest.param({"every": "full_moon", "times": 1}, id="an-unknown-rhythm"),
        pytest.param({"every": HOUR, "times": 1, "actions": ()}, id="without-an-action"),
        pytest.param({"every": HOUR, "times": 1, "until": "done"}, id="unknown-field"),
    ],
)
def test_a_repeat_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Repeat.model_validate({"actions": (LEAD,), **fields})


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"percent": -1}, id="before-the-start"),
        pytest.param({"percent": 1001}, id="ten-times-the-target"),
        pytest.param({"actions": ()}, id="without-an-action"),
        pytest.param({"key": ""}, id="without-a-key"),
    ],
)
def test_a_rung_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rung.model_validate({"key": "k", "percent": 50, "actions": (LEAD,), **fields})


@pytest.mark.parametrize(
    "action",
    [
        {"do": "tell", "whom": "boss"},
        {"do": "tell"},
        {"do": "shout", "whom": "lead"},
        {"do": "call", "name": ""},
        {"do": "hand_to_next_line", "line": 2},
        {"whom": "lead"},
    ],
)
def test_the_list_of_actions_is_closed(action: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ACTION.validate_python(action)


@pytest.mark.parametrize("action", [LEAD, HandToNextLine(), Call(name="page_duty")])
def test_an_action_travels_as_json(action: Action) -> None:
    assert ACTION.validate_json(ACTION.dump_json(action)) == action


def test_two_rungs_of_one_key_are_refused_by_the_name_of_the_ladder() -> None:
    with pytest.raises(ValidationError, match="ladder response: two rungs have the same key"):
        Ladder(name="response", rungs=(rung(50, Whom.LEAD), rung(50, Whom.MANAGER)))


def test_rungs_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="put the rungs in rising order of percent"):
        Ladder(name="response", rungs=(rung(75, Whom.LEAD), rung(50, Whom.MANAGER)))


def test_a_ladder_travels_as_json() -> None:
    ladder = climbing("response", rung(50, Whom.ASSIGNEE))
    assert Ladder.model_validate_json(ladder.model_dump_json()) == ladder
