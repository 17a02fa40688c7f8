"""Texts and instants at the edge: what is trimmed, what is refused, what is kept as it came."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from desk.model import Frozen, Instant, Line, Name, Reason, Text
from desk.steps import Taken
from desk.terms import Terms
from desk.ticket import Priority
from tests.desk.lives import BODIES, FINN, RULES, make_rules, make_taken

NAME: TypeAdapter[str] = TypeAdapter(Name)
LINE: TypeAdapter[str] = TypeAdapter(Line)
TEXT: TypeAdapter[str] = TypeAdapter(Text)
REASON: TypeAdapter[str] = TypeAdapter(Reason)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
LIMITS = [(NAME, 120), (LINE, 200), (TEXT, 20_000), (REASON, 2_000)]


def refused(kind: TypeAdapter[Any], value: object) -> str:
    with pytest.raises(ValidationError) as error:
        kind.validate_python(value)
    return str(error.value.errors()[0]["msg"])


@pytest.mark.parametrize(("kind", "limit"), LIMITS)
def test_every_text_has_a_limit_and_is_trimmed(kind: TypeAdapter[str], limit: int) -> None:
    assert kind.validate_python("  word ") == "word"
    assert kind.validate_python("x" * limit) == "x" * limit
    assert "at most" in refused(kind, "x" * (limit + 1))
    assert "at least 1" in refused(kind, "")
    assert "at least 1" in refused(kind, " \t ")


@pytest.mark.parametrize("kind", [kind for kind, _ in LIMITS])
@pytest.mark.parametrize(
    "character",
    [
        pytest.param(character, id=f"U+{ord(character):04X}")
        for character in "\x00\x07\x1b\x7f\x85\x9b\u2028\u2029\u202e\u2066\ufeff"
    ],
)
def test_control_characters_are_refused(kind: TypeAdapter[str], character: str) -> None:
    assert "must not hold control characters" in refused(kind, f"a{character}b")


@pytest.mark.parametrize("kind", [kind for kind, _ in LIMITS])
def test_half_a_character_is_refused(kind: TypeAdapter[str]) -> None:
    refused(kind, "a\ud800b")


@pytest.mark.parametrize("kind", [NAME, LINE])
@pytest.mark.parametrize("gap", ["\n", "\t"])
def test_a_name_is_one_line(kind: TypeAdapter[str], gap: str) -> None:
    assert "must be a single line" in refused(kind, f"a{gap}b")


@pytest.mark.parametrize("kind", [TEXT, REASON])
def test_a_text_keeps_its_lines_in_one_notation(kind: TypeAdapter[str]) -> None:
    assert kind.validate_python("a\r\n\tb\n\nc\r\n") == "a\n\tb\n\nc"
    assert "control characters" in refused(kind, "a\rb")


@pytest.mark.parametrize("text", ["Größe 😀", "Ελλάδα", "日本語", "العربية", "e\u0301"])
def test_every_language_is_kept_as_it_was_written(text: str) -> None:
    assert TEXT.validate_python(text) == text
    assert NAME.validate_python(text) == text


@given(st.text(min_size=1, max_size=30) | st.text(" \t\r\na", min_size=1, max_size=8))
def test_what_is_accepted_once_is_accepted_again_unchanged(text: str) -> None:
    for kind, _ in LIMITS:
        try:
            accepted = kind.validate_python(text)
        except ValidationError:
            continue
        assert kind.validate_python(accepted) == accepted
        assert kind.validate_json(kind.dump_json(accepted)) == accepted


def test_an_instant_is_aware_and_kept_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    instant = INSTANT.validate_python(datetime(2026, 6, 1, 12, 0, tzinfo=berlin))
    assert (instant, instant.tzinfo) == (datetime(2026, 6, 1, 10, 0, tzinfo=UTC), UTC)
    assert "timezone" in refused(INSTANT, "2026-06-01T12:00:00")


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_does_not_exist_in_utc_is_refused(instant: str) -> None:
    assert "outside of the years" in refused(INSTANT, instant)


def test_a_value_cannot_be_changed_and_knows_its_fields() -> None:
    class Point(Frozen):
        x: int

    point = Point(x=1)
    with pytest.raises(ValidationError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Point.model_validate({"x": 1, "y": 2})


@pytest.mark.parametrize("step", BODIES)
def test_each_step_travels_as_json(step: str) -> None:
    taken = make_taken(step, FINN, **BODIES[step])
    assert Taken.model_validate_json(taken.model_dump_json(by_alias=True)) == taken


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        pytest.param("assign", {}, id="assign-to-nobody"),
        pytest.param("hand_off", {"reason": "x"}, id="hand-off-to-nobody"),
        pytest.param("hand_off", {"reason": "x", "group": "g", "line": 2}, id="hand-off-to-two"),
        pytest.param("hand_off", {"reason": "x", "line": 0}, id="line-0"),
        pytest.param("hand_off", {"reason": "x", "line": 4}, id="line-4"),
        pytest.param("hand_off", {"line": 2}, id="hand-off-without-a-reason"),
        pytest.param("wait", {"wait_for": "godot", "reason": "x"}, id="wait-for-godot"),
        pytest.param("wait", {"reason": "x"}, id="wait-for-nobody"),
        pytest.param("confirm", {"rating": 0}, id="rating-0"),
        pytest.param("confirm", {"rating": 6}, id="rating-6"),
        pytest.param("confirm", {"rating": "5"}, id="rating-as-text"),
        pytest.param("confirm", {"rating": 4.5}, id="rating-between"),
        pytest.param("confirm", {"rating": True}, id="rating-yes"),
        pytest.param("classify", {"category": "hardware", "impact": "huge", "urgency": "low"},
                     id="impact-huge"),
        pytest.param("link", {"kind": "sibling", "ticket": "INC-00000012"}, id="link-sibling"),
        pytest.param("comment", {"text": "x" * 20_001}, id="comment-too-long"),
        pytest.param("comment", {"text": "x", "color": "red"}, id="unknown-field"),
        pytest.param("accept", {"text": "x"}, id="accept-with-text"),
        pytest.param("explode", {}, id="unknown-step"),
    ],
)  # fmt: skip
def test_a_step_that_makes_no_sense_is_refused(step: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_taken(step, **fields)


def without(priority: Priority, target: str) -> dict[Priority, Any]:
    own = {name: value for name, value in RULES.targets[priority].items() if name != target}
    return {**RULES.targets, priority: own}


def changed(priority: Priority, target: str, **facts: object) -> dict[Priority, Any]:
    other = RULES.targets[priority][target].model_copy(update=facts)
    return {**RULES.targets, priority: {**RULES.targets[priority], target: other}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"targets": changed(Priority.P2, "response", calendar="moon")},
            "target response of P2: there is no calendar 'moon'",
            id="calendar",
        ),
        pytest.param(
            {"targets": changed(Priority.P4, "resolution", ladder="rope")},
            "target resolution of P4: there is no ladder 'rope'",
            id="ladder",
        ),
        pytest.param(
            {"targets": without(Priority.P1, "response")}, "P1 needs a target 'response'", id="none"
        ),
        pytest.param(
            {"targets": {p: t for p, t in RULES.targets.items() if p is not Priority.P4}},
            "P4 needs a target 'response'",
            id="priority",
        ),
        pytest.param(
            {"closure": RULES.closure.model_copy(update={"calendar": "moon"})},
            "closure: there is no calendar 'moon'",
            id="closure",
        ),
        pytest.param(
            {"matrix": {k: v for k, v in RULES.matrix.items() if k != "low"}},
            "the matrix lacks impact low with urgency high",
            id="matrix",
        ),
        pytest.param(
            {"routing": RULES.routing.model_copy(update={"default": RULES.routing.default[1:]})},
            "routing: the default needs a group of line 1",
            id="routing",
        ),
    ],
)
def test_terms_that_do_not_hang_together_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_rules(**changes)


def test_a_target_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        Terms.model_validate_json(RULES.model_dump_json().replace('"PT15M"', '"-PT15M"'))


def test_terms_travel_as_json() -> None:
    assert Terms.model_validate_json(RULES.model_dump_json()) == RULES
