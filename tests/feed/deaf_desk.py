"""A desk at the far end of the wire that answers as it is told to, and remembers what it heard."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Scripted = tuple[int, dict[str, str]]


@dataclass
class DeafDesk:
    """Answers with the scripted statuses and headers in turn, and with 200 after them."""

    script: list[Scripted] = field(default_factory=list)
    heard: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                await reader.readexactly(int(headers.get("content-length", "0")))
                self.heard.append(headers | {"request": head[0]})
                writer.write(self._answer())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionResetError):
            writer.close()

    def _answer(self) -> bytes:
        status, headers = self.script.pop(0) if self.script else (200, {})
        body = json.dumps({"type": f"/errors/of-{status}", "detail": "as told"}).encode()
        told = {"Content-Length": str(len(body)), "Content-Type": "application/json", **headers}
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in told.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def deaf_desk(*script: Scripted) -> AsyncIterator[DeafDesk]:
    """A desk with this script on a port of its own."""
    desk = DeafDesk(list(script))
    server = await asyncio.start_server(desk._talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    desk.url = f"http://{host}:{port}"
    try:
        yield desk
    finally:
        server.close()
