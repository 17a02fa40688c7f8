"""Refusals come as one sentence, steps are written as words, and 503 is asked again once more."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from embedded.caller import ATTEMPTS, Caller, CommandError, sentence, step_body
from tests.ports import free_port


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["accept"], {"step": "accept"}),
        (
            ["resolve", "code=fixed", "text=a=b, c"],
            {"step": "resolve", "code": "fixed", "text": "a=b, c"},
        ),
        (
            ["comment", "text=true", "internal=true"],
            {"step": "comment", "text": "true", "internal": True},
        ),
        (["confirm", "rating=5"], {"step": "confirm", "rating": 5}),
        (["hand_off", "line=two"], {"step": "hand_off", "line": "two"}),
        (['{"step": "accept"}'], {"step": "accept"}),
        (['{"step":', '"accept"}'], {"step": "accept"}),
    ],
)
def test_a_step_is_a_name_with_fields_or_json(words: list[str], body: dict[str, object]) -> None:
    assert step_body(words) == body


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["resolve", "fixed"], "'fixed' is no field: write name=value"),
        (["resolve", "=fixed"], "write name=value"),
        (["{accept}"], "not JSON"),
        (['{"code": "fixed"}'], 'no JSON object with a "step"'),
    ],
)
def test_what_is_no_step_is_said_before_anything_is_sent(words: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says) as refused:
        step_body(words)
    assert refused.value.code == 2


def test_a_refusal_is_one_sentence_with_the_steps_that_are_possible() -> None:
    problem = {"title": "T", "detail": "A new ticket cannot wait.", "allowed_steps": ["accept"]}
    assert sentence(problem, 409) == "A new ticket cannot wait; possible now: accept"
    assert sentence({"title": "T", "allowed_steps": []}, 409) == "T; possible now: nothing by you"
    assert sentence({}, 418) == "refused with status 418"


@contextmanager
def server(answers: list[tuple[int, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """An HTTP server that gives these answers in turn; its address and the headers it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(dict(self.headers))
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = answers[len(seen) - 1]
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test looks at what it needs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}", seen
        finally:
            serving.shutdown()


def test_a_desk_that_is_away_for_a_moment_is_asked_again_with_the_same_key() -> None:
    answers = [(503, "{}"), (503, "{}"), (200, '{"number": "INC-1"}')]
    with server(answers) as (url, seen), Caller(url, "token") as caller:
        assert caller.post("/tickets/INC-1/steps", {"step": "accept"}) == {"number": "INC-1"}
    assert len({headers["Idempotency-Key"] for headers in seen}) == 1
    assert {headers["Authorization"] for headers in seen} == {"Bearer token"}


def test_a_desk_that_stays_away_is_given_up() -> None:
    away = (503, json.dumps({"detail": "no worker is running"}))
    with server([away] * ATTEMPTS) as (url, seen), Caller(url, "token") as caller:
        refused = refusal(caller)
    assert (str(refused), refused.code) == ("no worker is running", 1)
    assert len(seen) == ATTEMPTS


def test_an_answer_that_is_no_json_is_still_a_sentence() -> None:
    with server([(502, "<html>")]) as (url, _), Caller(url, "token") as caller:
        assert str(refusal(caller)) == "Bad Gateway"


def test_no_desk_at_all_is_said_with_how_to_start_it() -> None:
    with Caller(f"http://127.0.0.1:{free_port()}", "token") as caller:
        refused = refusal(caller)
    assert "start it with `firstline up`" in str(refused)
    assert refused.code == 1


def refusal(caller: Caller) -> CommandError:
    with pytest.raises(CommandError) as refused:
        caller.post("/tickets/INC-1/steps", {"step": "accept"})
    return refused.value
