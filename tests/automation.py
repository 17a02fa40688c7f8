"""The far end of automatic tasks: a server on loopback that remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request as it came."""

    name: str
    key: str
    body: dict[str, Any]


NONE_LEFT = "NB-0000"
"""A computer for which there is no seat."""


class FarEnd:
    """Answers 200, unless told otherwise: `answers` has, by name or by key, what comes next.

    `plan` says it for a task that is asked for the first time.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, list[int]] = {}
        self.plan: Callable[[Asked], list[int]] | None = None
        self.url = ""

    def answer(self, asked: Asked) -> int:
        """Remember a request, and say with which status it is answered."""
        self.asked.append(asked)
        if self.plan is not None:
            left = self.answers.setdefault(asked.key, self.plan(asked))
            return left.pop(0) if len(left) > 1 else left[0]
        if planned := self.answers.get(asked.name):
            return planned.pop(0)
        return 409 if asked.body["answers"].get("computer") == NONE_LEFT else 200

    @property
    def names(self) -> list[str]:
        """What was asked for, each key once, in the order of the first requests."""
        return list({asked.key: asked.name for asked in self.asked}.values())


@contextmanager
def far_end() -> Iterator[FarEnd]:
    """A far end that listens."""
    end = FarEnd()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = self.path.rsplit("/", 1)[-1]
            status = end.answer(Asked(name, self.headers["Idempotency-Key"], body))
            said = json.dumps({"note": f"{name}: {status}"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    end.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield end
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
