"""Bad input: each gets an error a person can act on, and nothing is sent to any process."""

from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bodies import JsonObject, report_in, step_in, wish_in
from api.errors import Problem
from api.leaves import leave_in
from desk.steps import STEP_NAMES
from tests.api.town import Api, fields_of, problem, token

JSON = {"Authorization": f"Bearer {token('rosa')}", "Content-Type": "application/json"}
HEADERS = [(name.encode(), value.encode()) for name, value in JSON.items()]
STEPS = "/tickets/INC-00000000/steps"


async def _post(api: Api, content: bytes | str, path: str = "/incidents", **headers: str):  # type: ignore[no-untyped-def]
    sent = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.client.post(path, content=content, headers=sent)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"summary": "a"} {}',
        b'{"summary": "a", "summary": "b"}',
        b'{"summary": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"{'summary': 'a'}",
        b'{"summary": NaN}',
        b'{"summary": ' + b"9" * 5000 + b"}",
    ],
)
async def test_what_is_no_json_is_malformed(alone: Api, content: bytes) -> None:
    problem(await _post(alone, content), 400, "malformed")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("[]", "body"),
        ("null", "body"),
        ("[" * 100_000, "body"),
        ('{"summary": ' + "[" * 50_000 + "]" * 50_000 + "}", "body"),
        ("{}", "summary"),
        ('{"summary": null}', "summary"),
        ('{"summary": 7}', "summary"),
        ('{"summary": "  "}', "summary"),
        ('{"summary": "a\\u0000b"}', "summary"),
        ('{"summary": "a\\ud800b"}', "summary"),
        ('{"summary": "two\\nlines"}', "summary"),
        ('{"summary": "a\\u202eb"}', "summary"),
        ('{"summary": "' + "a" * 201 + '"}', "summary"),
        ('{"summary": "a", "description": "' + "a" * 20_001 + '"}', "description"),
        ('{"summary": "a", "prio": 1}', "prio"),
        ('{"summary": "a", "\\ud800": 1}', "\\ud800"),
        ('{"summary": "a", "impact": "HIGH"}', "impact"),
        ('{"summary": "a", "urgency": 1}', "urgency"),
        ('{"summary": "a", "channel": "Fax!"}', "channel"),
        ('{"summary": "a", "confidential": "yes"}', "confidential"),
        ('{"summary": "a", "confidential": 1}', "confidential"),
        ('{"summary": "a", "clock": "mine"}', "clock"),
        ('{"summary": "a", "at": 1700000000}', "at"),
    ],
)
async def test_each_wrong_field_of_a_report_is_named(alone: Api, content: str, field: str) -> None:
    assert fields_of(problem(await _post(alone, content), 422, "invalid-fact")) == [field]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{}", "step"),
        ('{"step": "dance"}', "step"),
        ('{"step": ["accept"]}', "step"),
        ('{"step": "accept", "text": "x"}', "text"),
        ('{"step": "comment"}', "text"),
        ('{"step": "comment", "text": "x", "internal": "no"}', "internal"),
        ('{"step": "wait", "for": "godot", "reason": "x"}', "for"),
        ('{"step": "wait", "for": "vendor", "reason": "x", "until": "soon"}', "until"),
        (
            '{"step": "wait", "waiting_for": "vendor", "for": "vendor", "reason": "x"}',
            "waiting_for",
        ),
        ('{"step": "hand_off", "line": 4, "reason": "x"}', "line"),
        ('{"step": "hand_off", "line": true, "reason": "x"}', "line"),
        ('{"step": "hand_off", "reason": "x"}', "group line"),
        ('{"step": "hand_off", "group": "a", "line": 2, "reason": "x"}', "group line"),
        ('{"step": "assign"}', "group assignee"),
        ('{"step": "confirm", "rating": 6}', "rating"),
        ('{"step": "confirm", "rating": 4.5}', "rating"),
        ('{"step": "link", "kind": "cousin", "ticket": "INC-00000000"}', "kind"),
        ('{"step": "accept", "at": "today"}', "at"),
        ('{"step": "resolve", "code": "' + "a" * 121 + '", "text": "x"}', "code"),
    ],
)
async def test_each_wrong_field_of_a_step_is_named(alone: Api, content: str, field: str) -> None:
    found = fields_of(problem(await _post(alone, content, STEPS), 422, "invalid-fact"))
    assert found == field.split()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(("step", "at", "summary", "text", "for", "until", "line", "ticket"))


@given(st.dictionaries(NAMES | st.text(max_size=8), JSON_VALUES | st.sampled_from(STEP_NAMES)))
def test_no_object_breaks_the_reading_of_bodies(fields: dict[str, object]) -> None:
    for read in (report_in, step_in):
        refused = None
        try:
            read(fields)
        except Problem as raised:
            refused = raised
        assert refused is None or (refused.kind == "invalid-fact" and refused.errors)


async def test_all_wrong_fields_are_named_at_once(alone: Api) -> None:
    answer = await _post(alone, '{"summary": 1, "impact": 2, "colour": "red"}')
    body = problem(answer, 422, "invalid-fact")
    assert sorted(fields_of(body)) == ["colour", "impact", "summary"]


async def test_a_large_body_is_refused_with_and_without_its_length(alone: Api) -> None:
    large = b'{"summary": "' + b"a" * 1_000_000 + b'"}'

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    problem(await _post(alone, large), 413, "too-large")
    answer = await alone.client.post("/incidents", content=in_parts(), headers=JSON)
    assert "content-length" not in answer.request.headers
    problem(answer, 413, "too-large")
    lied = await _post(alone, b"{}", content_length="9" * 30)
    problem(lied, 413, "too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/problem+json"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_read(alone: Api, headers: dict[str, str]) -> None:
    answer = await alone.client.post("/incidents", content=b"{}", headers=JSON | headers)
    problem(answer, 415, "unsupported-media-type")


async def test_json_may_say_its_charset(alone: Api) -> None:
    answer = await _post(alone, "{}", Content_Type='application/json; charset="UTF-8"')
    problem(answer, 422, "invalid-fact")


@pytest.mark.parametrize("key", ["", " ", "a" * 201, "caf\xe9"])
async def test_a_key_that_cannot_be_is_malformed(alone: Api, key: str) -> None:
    answer = await alone.client.post(
        "/incidents", content=b"{}", headers=[*HEADERS, (b"Idempotency-Key", key.encode())]
    )
    problem(answer, 400, "malformed")


@pytest.mark.parametrize(
    ("read", "body", "field", "words"),
    [
        (wish_in, {"item": "x", "answers": []}, "answers", "must be an object: {...}"),
        (wish_in, {"item": 7}, "item", "must be a text"),
        (wish_in, {"item": "x", "confidential": "yes"}, "confidential", "must be true or false"),
        (wish_in, {"item": "x", "channel": "A B"}, "channel", "must be like ^[a-z]"),
        (leave_in, {"until": "tomorrow", "deputy": "x"}, "until", "must be an instant with"),
        (leave_in, {"until": "2030-03-02", "deputy": "x"}, "until", "like 2026-03-02T09:30"),
        (leave_in, {"until": 7, "deputy": "x"}, "until", "must be an instant with its zone"),
        (step_in, {"step": "become", "kind": "x", "reason": "x"}, "kind", "must be incident or s"),
        (step_in, {"step": "confirm", "rating": 9}, "rating", "must be at most 5"),
        (step_in, {"step": "confirm", "rating": 0}, "rating", "must be at least 1"),
        (step_in, {"step": "confirm", "rating": "5"}, "rating", "must be a whole number"),
        (report_in, {"summary": "x", "impact": "huge"}, "impact", "must be high, medium or low"),
        (step_in, {"step": "comment", "text": "a\u0000"}, "text", "must not hold control"),
    ],
)
def test_what_is_wrong_is_said_in_words_for_people(
    read: Callable[[JsonObject], object], body: JsonObject, field: str, words: str
) -> None:
    with pytest.raises(Problem) as refused:
        read(body)
    (found,) = refused.value.errors
    assert found.field == field
    assert words in found.message
