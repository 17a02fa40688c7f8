"""A caller of the desk over HTTP, lean enough to measure the desk and not itself."""

import asyncio
import json
from typing import Any, Self
from uuid import uuid4

Json = dict[str, Any]


class Refused(Exception):
    """The desk answered with a problem."""


class Web:
    """One person's connection, kept open (HTTP/1.1, answers with a length)."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"Host: desk\r\nAuthorization: Bearer {token}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def report(self, **fields: object) -> str:
        """Report an incident; its number."""
        body = {"summary": "No connection since nine", **fields}
        return str((await self.post("/incidents", body))["number"])

    async def step(self, number: str, step: str, **fields: object) -> Json:
        """Take a step; the ticket."""
        return await self.post(f"/tickets/{number}/steps", {"step": step, **fields})

    async def post(self, path: str, body: Json) -> Json:
        """Send a body under a key of its own, as a careful client does."""
        status, answer = await self.send("POST", path, json.dumps(body).encode())
        if status not in (200, 201):
            raise Refused(f"{path}: {status} {answer.decode()}")
        found: Json = json.loads(answer)
        return found

    async def get(self, path: str) -> bytes:
        """What the desk answers to a question, as it came."""
        status, answer = await self.send("GET", path)
        if status != 200:
            raise Refused(f"{path}: {status} {answer.decode()}")
        return answer

    async def send(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """One request and its answer; the server closes a connection that was idle for long."""
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nIdempotency-Key: {uuid4().hex}\r\n"
        whole = head.encode() + b"\r\n" + body
        try:
            return await self._sent(whole)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.__aenter__()
            return await self._sent(whole)

    async def _sent(self, request: bytes) -> tuple[int, bytes]:
        assert self._streams is not None, "use it as a context"
        reader, writer = self._streams
        writer.write(request)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
        return int(lines[0].split(" ")[1]), await reader.readexactly(length)
