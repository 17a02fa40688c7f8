"""The far end of a vendor: a server on loopback that checks what is proven, and remembers it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from desk.webhook import ID, verify


class Heard(NamedTuple):
    """One call as it came: its id, and the body that was proven."""

    id: str
    body: dict[str, Any]


class FarVendor:
    """Answers 200 unless `answers` has something else next; `wrong` are calls not proven."""

    def __init__(self) -> None:
        self.url = ""
        self.secret = b""
        self.heard: list[Heard] = []
        self.wrong: list[str] = []
        self.answers: list[int] = []

    def answer(self, headers: dict[str, str], raw: bytes) -> int:
        """Remember a call, and say with which status it is answered."""
        if self.secret:
            try:
                verify(self.secret, headers, raw, datetime.now(UTC))
            except ValueError as forged:
                self.wrong.append(str(forged))
                return 401
        self.heard.append(Heard(headers.get(ID, ""), json.loads(raw)))
        return self.answers.pop(0) if self.answers else 200

    @property
    def types(self) -> list[str]:
        """What was told, each call once, in order."""
        return list({one.id: one.body["type"] for one in self.heard}.values())


@contextmanager
def far_vendor(port: int = 0) -> Iterator[FarVendor]:
    """A vendor that listens."""
    end = FarVendor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = end.answer(headers, raw)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{end.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    end.url = f"http://127.0.0.1:{server.server_address[1]}/tickets"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield end
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
