"""The running desk as the feed reaches it: over its API, patiently, each thing once by its key."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

PATIENCE = 300
"""Seconds for which a desk that has answered before is waited for."""
FIRST_PATIENCE = 10
"""Seconds for one that has not answered yet."""
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
LONGEST_PAUSE = 30.0
BUSY = frozenset({429, 502, 503, 504})
FAULTS = 3
"""So often a fault inside the desk is tried again before it counts as a refusal."""

JsonObject = Mapping[str, object]


class Stopped(Exception):
    """The feed was told to end."""


class DeskAway(Exception):
    """The desk did not answer for longer than there is patience; the message says for how long."""


class NotAdmitted(Exception):
    """The desk does not take the token."""


@dataclass(frozen=True)
class Answer:
    """What the desk said."""

    status: int
    body: JsonObject

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    @property
    def problem(self) -> str:
        """The type of the refusal, such as `step-refused`."""
        return str(self.body.get("type") or self.status).removeprefix("/errors/")

    def text(self, name: str) -> str:
        """A field of the answer."""
        return str(self.body.get(name) or "")


class Sender:
    """One connection pool to the desk; `stop` ends every wait."""

    def __init__(
        self, url: str, token: str, jobs: int, stop: asyncio.Event, patience: float = PATIENCE
    ) -> None:
        self._stop = stop
        self._patience = patience
        self._heard = False
        self.sent = 0
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=40,
            # No proxy of the environment stands between the feed and the desk.
            trust_env=False,
            limits=httpx.Limits(max_connections=jobs, max_keepalive_connections=jobs),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, path: str, **query: str) -> Answer:
        """What the desk answers to a question."""
        return await self._ask(lambda: self._client.build_request("GET", path, params=query))

    async def post(self, path: str, body: JsonObject, key: str, correlation: str) -> Answer:
        """What the desk answers to a step or an opening, which it does once for a key."""
        headers = {"Idempotency-Key": key, "X-Correlation-ID": correlation}
        answer = await self._ask(
            lambda: self._client.build_request("POST", path, json=dict(body), headers=headers)
        )
        self.sent += 1
        return answer

    async def _ask(self, build: Callable[[], httpx.Request]) -> Answer:
        """The desk's answer, asked for again while it is busy or away.

        Raises:
            Stopped, DeskAway, NotAdmitted
        """
        begun = time.monotonic()
        attempt = faults = 0
        while True:
            wait = PAUSES[min(attempt, len(PAUSES) - 1)]
            why = "does not answer"
            try:
                response = await self._client.send(build())
            except httpx.TransportError as error:
                why = f"does not answer ({type(error).__name__})"
            else:
                status = response.status_code
                if status == httpx.codes.UNAUTHORIZED:
                    raise NotAdmitted(_json(response).get("detail", "the token is refused"))
                self._heard = True
                faults += status == httpx.codes.INTERNAL_SERVER_ERROR
                if status not in BUSY and not 0 < faults < FAULTS:
                    return Answer(status, _json(response))
                why = f"answers {status}"
                wait = max(wait, _retry_after(response))
            patience = self._patience if self._heard else min(FIRST_PATIENCE, self._patience)
            if time.monotonic() + wait > begun + patience:
                raise DeskAway(f"the desk {why}, and did not for {patience:g} s")
            attempt += 1
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped


def _retry_after(response: httpx.Response) -> float:
    try:
        seconds = float(response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    return min(seconds, LONGEST_PAUSE) if math.isfinite(seconds) else 0.0


def _json(response: httpx.Response) -> dict[str, object]:
    try:
        body = response.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}
