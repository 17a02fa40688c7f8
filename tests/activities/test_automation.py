"""Automatic tasks: told once more when it may help, noted in one line, and nobody reads where."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio import activity

from activities.automation import (
    AUTOMATIONS,
    LONGEST_ANSWER,
    Automation,
    AutomationDelayed,
    check_automation,
)
from activities.outside import activities
from activities.shapes import CallAnswer, WorkOf
from desk.errors import PolicyError
from policies.in_force import CATALOGUE
from settings import Settings
from store.import_organisation import import_organisation
from store.organisation import Directory
from tests.ports import free_port

DEMONSTRATION = Path("examples/organisation.yaml")
DO = "reserve_licence"


class FarEnd(ThreadingHTTPServer):
    """Answers as it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.body = 200, b"{}"
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        """Its address, part of which is a secret."""
        return f"http://127.0.0.1:{self.server_port}/s3cret/"


class _Answer(BaseHTTPRequestHandler):
    server: FarEnd

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Idempotency-Key"], body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    with FarEnd() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def directory(sqlite_engine: Engine) -> Directory:
    import_organisation(sqlite_engine, DEMONSTRATION.read_text("utf-8"), DEMONSTRATION.name)
    known = Directory(sqlite_engine)
    known.refresh()
    return known


def work(directory: Directory, wanted_for: str = "p-nobody") -> WorkOf:
    rosa = directory.current.person_by_email("rosa@example.org")
    assert rosa is not None
    return WorkOf(
        ticket="REQ-7K3M9Q2M",
        task="seat",
        key="REQ-7K3M9Q2M/seat/reserve_licence",
        item="software-licence",
        answers={"program": "Visio"},
        requester=rosa.id,
        wanted_for=wanted_for,
    )


async def carried_out(directory: Directory, url: str | None, home: Path) -> CallAnswer:
    settings = Settings.model_validate({"home": home, "automation_url": url})
    return await Automation(settings, directory).carry_out(DO, work(directory))


async def answered(
    directory: Directory, far_end: FarEnd, home: Path, status: int, body: object
) -> CallAnswer:
    far_end.status = status
    far_end.body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await carried_out(directory, far_end.url, home)


async def test_the_far_end_is_told_what_was_ordered_by_whom_under_the_tasks_own_key(
    directory: Directory, far_end: FarEnd, tmp_path: Path
) -> None:
    answer = await answered(directory, far_end, tmp_path, 201, {"note": "seat 12 of 40"})
    assert (answer.done, answer.note) == (True, "seat 12 of 40")
    assert far_end.asked == [
        (
            "/s3cret/reserve_licence",
            "REQ-7K3M9Q2M/seat/reserve_licence",
            {
                "ticket": "REQ-7K3M9Q2M",
                "task": "seat",
                "item": "software-licence",
                "answers": {"program": "Visio"},
                "requester": "rosa@example.org",
                "wanted_for": None,
            },
        )
    ]


@pytest.mark.parametrize("status", [400, 404, 409, 302])
async def test_a_refusal_is_the_final_word_and_says_why(
    directory: Directory, far_end: FarEnd, tmp_path: Path, status: int
) -> None:
    answer = await answered(directory, far_end, tmp_path, status, {"note": "no seat is left"})
    assert (answer.done, answer.note) == (False, f"answered {status}: no seat is left")
    assert len(far_end.asked) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[1]", b'{"note": 7}', b'{"note": ""}', b"\xff", b"[" * LONGEST_ANSWER],
)
async def test_an_answer_without_a_note_says_its_status(
    directory: Directory, far_end: FarEnd, tmp_path: Path, body: bytes
) -> None:
    answer = await answered(directory, far_end, tmp_path, 200, body)
    assert (answer.done, answer.note) == (True, "answered 200")


async def test_a_note_is_one_line_that_can_be_printed_and_not_a_long_one(
    directory: Directory, far_end: FarEnd, tmp_path: Path
) -> None:
    note = "seat\n12\u202e\x1b[2J " + "x" * 500
    answer = await answered(directory, far_end, tmp_path, 200, {"note": note})
    assert answer.note.startswith("seat 12 [2J xxx")
    assert len(answer.note) == 200
    assert answer.note.isprintable()


async def test_nobody_reads_an_endless_answer(
    directory: Directory, far_end: FarEnd, tmp_path: Path
) -> None:
    endless = b'{"note": "' + b"x" * 50 * LONGEST_ANSWER + b'"}'
    answer = await answered(directory, far_end, tmp_path, 200, endless)
    assert (answer.done, answer.note) == (True, "answered 200")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_what_may_pass_is_raised_without_the_address(
    directory: Directory, far_end: FarEnd, tmp_path: Path, status: int
) -> None:
    far_end.status = status
    with pytest.raises(AutomationDelayed, match=f"the far end answered {status}") as delayed:
        await carried_out(directory, far_end.url, tmp_path)
    assert "s3cret" not in repr(delayed.getrepr(chain=True))


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/s3cret", "gopher://s3cret", "http://[s3"])
async def test_an_end_that_is_not_there_is_not_named(
    directory: Directory, tmp_path: Path, url: str
) -> None:
    with pytest.raises(AutomationDelayed, match="did not answer") as delayed:
        await carried_out(directory, url.format(port=free_port()), tmp_path)
    assert "s3" not in str(delayed.value)
    assert delayed.value.__cause__ is None


async def test_without_an_address_a_person_is_told_what_to_do(
    directory: Directory, tmp_path: Path
) -> None:
    answer = await carried_out(directory, None, tmp_path)
    assert not answer.done
    assert answer.note == "FIRSTLINE_AUTOMATION_URL is not set: do it by hand"


def test_nobody_reads_the_address_in_the_settings(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path, "automation_url": "http://h/s3cret"})
    assert "s3cret" not in repr(settings)


def test_each_automatic_task_is_an_activity_of_the_worker_under_its_name(
    sqlite_engine: Engine, directory: Directory, tmp_path: Path
) -> None:
    known = activities(Settings(home=tmp_path), sqlite_engine, directory)
    names = [definition.name for one in known if (definition := _definition(one))]
    assert set(AUTOMATIONS) <= set(names)
    assert len(names) == len(set(names)) == len(known)


def _definition(one: Any) -> Any:
    return activity._Definition.from_callable(one)


def test_a_task_that_names_what_nobody_registered_is_refused() -> None:
    check_automation(CATALOGUE, AUTOMATIONS)
    left = [name for name in AUTOMATIONS if name != "release_licence"]
    with pytest.raises(PolicyError, match=r"task licence names 'release_licence'.*revoke_access"):
        check_automation(CATALOGUE, left)
    with pytest.raises(PolicyError, match="item password-reset: task reset names 'reset_password'"):
        check_automation({"x": CATALOGUE["password-reset"]}, ["grant_access"])
