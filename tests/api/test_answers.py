"""The answers to a form: each that does not fit is named, with what would do."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from api.answers import MOST_VALUES, checked_answers, trimmed
from api.errors import MOST_ERRORS, Problem, invalid
from api.errors import Field as Wrong
from desk.order import Answers


class Colour(StrEnum):
    """What there is."""

    RED = "red"
    BLUE = "blue, light"


class Part(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")

    many: int


class Form(BaseModel):
    """One answer of each sort."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=2, max_length=10)]
    day: date | None = None
    at: datetime | None = None
    colour: Colour | None = None
    part: Part | None = None
    parts: list[Part] = []
    days: Annotated[int, Field(ge=1, le=14)] = 1
    sure: bool = False
    mail: Annotated[str | None, Field(json_schema_extra={"format": "email"})] = None
    line: Annotated[str | None, Field(json_schema_extra={"format": "single-line"})] = None
    ahead: Annotated[date | None, Field(json_schema_extra={"notBefore": "today"})] = None


FORM = Form.model_json_schema()
GOOD: Answers = {"name": "Vera"}


def yesterday(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def refused(answers: Answers) -> dict[str, str]:
    """Each wrong field, with what is said of it."""
    with pytest.raises(Problem) as told:
        checked_answers(FORM, {**GOOD, **answers})
    assert told.value.kind == "invalid-fact"
    return dict(told.value.errors)


def test_answers_that_fit_come_back_trimmed() -> None:
    answers: Answers = {
        "name": "  Vera\r\n",
        "day": "2026-03-02",
        "colour": None,
        "parts": [{"many": 2}],
    }
    assert checked_answers(FORM, answers) == {**answers, "name": "Vera"}


def test_a_day_that_has_not_passed_everywhere_on_earth_may_be_answered() -> None:
    for day in (yesterday(0), yesterday(-1), "2999-01-01"):
        assert checked_answers(FORM, {**GOOD, "ahead": day})["ahead"] == day


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"day": "2026-02-30"}, "answers.day", "a date, like"),
        ({"day": "20260302"}, "answers.day", "a date, like"),
        ({"day": 7}, "answers.day", "a date, like"),
        ({"at": "2026-03-02T09:00:00"}, "answers.at", "with its zone"),
        ({"at": 7}, "answers.at", "must be an instant with its zone, like"),
        ({"name": 7}, "answers.name", "must be a text"),
        ({"ahead": "1900-01-01"}, "answers.ahead", "lies in the past: give a day that is still"),
        ({"ahead": yesterday(2)}, "answers.ahead", "lies in the past"),
        ({"ahead": "soon"}, "answers.ahead", "must be a date, like"),
        ({"at": "soon"}, "answers.at", "with its zone"),
        ({"colour": "green"}, "answers.colour", 'one of "red", "blue, light"'),
        ({"days": 15}, "answers.days", "at most 14"),
        ({"days": 0}, "answers.days", "at least 1"),
        ({"days": "1"}, "answers.days", "a whole number"),
        ({"days": True}, "answers.days", "a whole number"),
        ({"days": float("inf")}, "answers.days", "too large"),
        ({"days": 2**60}, "answers.days", "too large"),
        ({"sure": "yes"}, "answers.sure", "true or false"),
        ({"name": "V"}, "answers.name", "at least 2 characters"),
        ({"name": "V" * 11}, "answers.name", "at most 10 characters"),
        ({"name": "V" * 20_001}, "answers.name", "at most 20000 characters"),
        ({"name": "   "}, "answers.name", "must not be empty"),
        ({"name": "a\x00b"}, "answers.name", "control characters"),
        ({"line": "a\nb"}, "answers.line", "a single line"),
        ({"line": "a\tb\x07"}, "answers.line", "control characters"),
        ({"part": {}}, "answers.part.many", "is needed"),
        ({"part": {"many": 1, "few": 2}}, "answers.part.few", "no such field: many"),
        ({"parts": [{"many": 1}, {"many": "x"}]}, "answers.parts.1.many", "a whole number"),
        ({"parts": [[[[[[]]]]]]}, "answers.parts.0.0.0.0", "5 deep"),
        ({"parts": [{"many": 1}] * 101}, "answers.parts", "100 entries"),
        ({"part": {"a\nb": 1}}, "answers.part", "single line"),
        ({"spy\n": 1}, "answers.spy\\n", "no such field"),
        ({"\u202e": 1}, "answers.\\u202e", "control characters"),
    ],
)
def test_each_wrong_answer_is_named_with_what_would_do(
    answers: Answers, field: str, words: str
) -> None:
    told = refused(answers)
    assert words in told[field], told


def test_a_missing_answer_is_named() -> None:
    with pytest.raises(Problem) as told:
        checked_answers(FORM, {})
    assert list(told.value.errors) == [("answers.name", "is needed")]


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = refused({"name": " ", "day": "x", "days": 99, "more": 1})
    assert set(told) == {"answers.name", "answers.day", "answers.days", "answers.more"}


def test_too_many_answers_are_not_looked_at() -> None:
    assert set(refused({f"n{n}": n for n in range(50)})) == {"answers"}


def nested(deep: int, wide: int) -> list[Any]:
    """Lists in lists."""
    return [nested(deep - 1, wide) if deep else 7 for _ in range(wide)]


def test_more_values_than_anybody_answers_are_not_looked_at_however_nested() -> None:
    told = refused({"parts": nested(2, 43)})
    assert set(told) == {"answers"}
    assert str(MOST_VALUES) in told["answers"]


def test_what_the_form_does_not_ask_for_is_refused_without_a_look_into_it() -> None:
    told = refused({"more": [" ", {"a\nb": "\x07"}], "day": "x"})
    assert set(told) == {"answers.more", "answers.day"}
    assert "no such field: name, day" in told["answers.more"]


def test_no_more_wrong_answers_are_named_than_anybody_reads() -> None:
    told = refused({"parts": [{f"n{n}": n for n in range(90)}] * 20})
    assert len(told) == MOST_ERRORS
    with pytest.raises(Problem) as refusal:
        raise invalid([Wrong(f"n{n}", "is wrong") for n in range(80_000)])
    assert len(refusal.value.errors) == MOST_ERRORS


@pytest.mark.parametrize(
    "address",
    ["ada@example.org", "ada.byron+wifi@mail.example.co.uk", "jürgen@bücher.example", "a_b@x-y.de"],
)
def test_an_e_mail_address_fits(address: str) -> None:
    assert checked_answers(FORM, {**GOOD, "mail": f" {address}\n"})["mail"] == address


@pytest.mark.parametrize(
    "address",
    [
        "@", "ada", "ada@", "@example.org", "ada@example", "ada@.org", "ada@example..org",
        "a b@example.org", "ada@example.org\nBcc: eve@example.org", "ada@exa mple.org",
        "ada@example.org, eve@example.org", "Ada <ada@example.org>", ".ada@example.org",
        "ada@-example.org", "ada@eve@example.org", f"{'a' * 250}@example.org", "a-" * 9_000,
    ],
)  # fmt: skip
def test_what_is_no_e_mail_address_is_refused(address: str) -> None:
    assert "an e-mail address" in refused({"mail": address})["answers.mail"]


def test_answers_are_kept_trimmed_whatever_the_form() -> None:
    assert trimmed({"a": " x\r\n", "b": [" y "]}) == {"a": "x", "b": ["y"]}
    many: Answers = {"a": [" "] * (MOST_VALUES + 1)}
    assert trimmed(many) == many


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(list(FORM["properties"])) | st.text(), JSON_VALUES))
def test_no_answer_breaks_the_reading_of_a_form(answers: Answers) -> None:
    refusal = None
    try:
        Form.model_validate(checked_answers(FORM, answers))
    except Problem as told:
        refusal = told
    assert refusal is None or refusal.errors
    assert refusal is None or all(field.startswith("answers") for field, _ in refusal.errors)
