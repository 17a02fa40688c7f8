"""The running desk as the command on this machine reaches it: over its API, as one person."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Self
from uuid import uuid4

import httpx

REFUSED, WRONG = 1, 2
ATTEMPTS = 4
# The only fields of a step that are no text.
VALUES = frozenset({"internal", "line", "rating"})

Json = Mapping[str, object]


class CommandError(Exception):
    """What was asked for was not done; the message is for whoever asked."""

    def __init__(self, message: str, code: int = WRONG) -> None:
        super().__init__(message)
        self.code = code


class Caller:
    """The API as one person uses it; a context that closes its connections."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {token}", "X-Correlation-ID": uuid4().hex}
        # No proxy of the environment stands between this machine and itself.
        self._client = httpx.Client(base_url=url, headers=headers, timeout=40, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, query: Mapping[str, str]) -> Json:
        """What the desk answers to a question."""
        return self._answer(self._client.build_request("GET", path, params=dict(query)))

    def post(self, path: str, body: Json) -> Json:
        """What the desk answers to a step, which it takes once however often it is sent."""
        headers = {"Idempotency-Key": uuid4().hex}
        return self._answer(self._client.build_request("POST", path, json=body, headers=headers))

    def _answer(self, request: httpx.Request) -> Json:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._client.send(request)
            except httpx.TransportError as error:
                raise CommandError(
                    f"the desk does not answer at {self._url} ({error}): start it with "
                    "`firstline up`",
                    REFUSED,
                ) from error
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == ATTEMPTS:
                break
            time.sleep(min(int(answer.headers.get("Retry-After", "1")), 5))
        body = _json(answer)
        if answer.is_success:
            return body
        raise CommandError(sentence(body, answer.status_code), REFUSED)


def _json(answer: httpx.Response) -> Json:
    try:
        body = answer.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"title": answer.reason_phrase}


def sentence(problem: Json, status: int) -> str:
    """A problem (RFC 9457) as one sentence, with what is possible instead."""
    text = str(problem.get("detail") or problem.get("title") or f"refused with status {status}")
    allowed = problem.get("allowed_steps")
    if isinstance(allowed, list):
        possible = ", ".join(map(str, allowed)) or "nothing by you"
        text = f"{text.rstrip('.')}; possible now: {possible}"
    return text


def step_body(words: Sequence[str]) -> Json:
    """The step that the words of the command say: one JSON object, or a name and `field=value`.

    Raises:
        CommandError: when they say no step.
    """
    if words[0].lstrip().startswith("{"):
        return _step_as_json(" ".join(words))
    body: dict[str, object] = {"step": words[0]}
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise CommandError(f"{word!r} is no field: write name=value")
        body[name] = _value(value) if name in VALUES else value
    return body


def _step_as_json(text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise CommandError(f"the step is not JSON ({error})") from error
    if not isinstance(body, dict) or "step" not in body:
        raise CommandError('the step is no JSON object with a "step" in it')
    return body


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
