"""Callers as the documentation wants them: a key for each step, repeated until it is known."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

Json = dict[str, Any]
GONE = (403, 404)
"""Answers to a repeat of a step by which the caller lost sight of the ticket."""
UNSURE = (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS)


@dataclass
class Sent:
    """A request under its correlation id, and what came of it; status None: never known."""

    by: str
    path: str
    body: Json
    key: str
    correlation: str
    status: int | None = None
    attempts: int = 0
    number: str | None = None
    answer: Json = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return self.status in (200, 201)


class Callers:
    """Everybody who uses the desk, over one client."""

    def __init__(self, url: str, tokens: dict[str, str], until: float) -> None:
        self._tokens = tokens
        self._until = until
        limits = httpx.Limits(max_connections=64)
        self._client = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, sent: Sent, version: int | None = None, once: bool = False) -> Sent:
        """Send until the answer is known, or once, or until patience is over."""
        headers = {
            "Authorization": f"Bearer {self._tokens[sent.by]}",
            "Idempotency-Key": sent.key,
            "X-Correlation-ID": sent.correlation,
        }
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        while True:
            sent.attempts += 1
            try:
                answer = await self._client.post(sent.path, json=sent.body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in UNSURE:
                sent.status, sent.answer = answer.status_code, answer.json()
                sent.number = sent.answer.get("number")
                return sent
            if once or time.monotonic() > self._until:
                return sent
            await asyncio.sleep(0.3)


def name_of(number: int) -> str:
    """A key or correlation id out of a random number, so that a seed gives the same ones."""
    return UUID(int=number).hex
