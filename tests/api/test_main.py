"""`python -m api` as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from tests import plain
from tests.api.town import SECRET, found_town, problem, token
from tests.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    found_town(sqlite_engine)
    port = free_port()
    environment = os.environ | {
        "FIRSTLINE_HOME": str(tmp_path),
        "FIRSTLINE_DATABASE_URL": sqlite_engine.url.render_as_string(),
        "FIRSTLINE_SECRET": SECRET,
        "FIRSTLINE_PORT": str(port),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    said = tmp_path / "stderr"
    with said.open("wb") as stderr:
        command = [sys.executable, "-m", "api"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
    try:
        url = f"http://127.0.0.1:{port}"
        _until_it_answers(url, said)
        yield process, url
    finally:
        process.kill()
        process.wait()


def _until_it_answers(url: str, said: Path, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            assert plain.get(f"{url}/health/live").status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.05)


def test_it_serves_refuses_and_ends_when_told_to(
    served: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, url = served
    with plain.client(url) as client:
        problem(client.get("/tickets"), 401, "not-authenticated")
        held = {"Authorization": f"Bearer {token('rosa')}", "Content-Type": "application/json"}
        assert client.get("/tickets", headers=held).json() == {"items": [], "next": None}
        parts = (b"a" * 50_000 for _ in range(20))
        problem(client.post("/incidents", content=parts, headers=held), 413, "too-large")
        large = b"a" * 1_000_000
        problem(client.post("/incidents", content=large, headers=held), 413, "too-large")
        report = b'{"summary": "The shop is down"}'
        problem(client.post("/incidents", content=report, headers=held), 503, "unavailable")
        ready = problem(client.get("/health/ready"), 503, "unavailable")
        assert [error["field"] for error in ready["errors"]] == ["temporal", "worker"]
        assert "server" not in client.get("/health/live").headers
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
