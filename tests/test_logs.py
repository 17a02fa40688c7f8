"""Logs: one JSON line an event, from our loggers and from libraries', with nothing secret in it."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

import logs

Lines = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    # Only what this module put there may be closed by the next configure().
    root.handlers = []
    yield
    root.handlers, root.level = before, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def written(capsys: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_json_line_with_its_fields_and_context(capsys: Lines) -> None:
    logs.configure("worker")
    structlog.contextvars.bind_contextvars(correlation="c-1", ticket="INC-1")
    structlog.get_logger("activities").info("ticket_recorded", version=3)
    (line,) = written(capsys)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "ticket_recorded",
        "version": 3,
        "correlation": "c-1",
        "ticket": "INC-1",
        "process": "worker",
        "level": "info",
        "logger": "activities",
    }


def test_libraries_write_the_same_lines(capsys: Lines) -> None:
    logs.configure("api")
    logging.getLogger("uvicorn.error").info("started on %s", 8000)
    (line,) = written(capsys)
    assert (line["event"], line["process"], line["logger"]) == (
        "started on 8000",
        "api",
        "uvicorn.error",
    )


def test_what_temporal_says_of_a_workflow_is_kept(capsys: Lines) -> None:
    logs.configure("worker")
    extra = {"temporal_workflow": {"workflow_id": "INC-1"}, "noise": 1}
    logging.getLogger("temporalio.workflow").warning("slow", extra=extra)
    (line,) = written(capsys)
    assert line["temporal_workflow"] == {"workflow_id": "INC-1"}
    assert "noise" not in line


@pytest.mark.parametrize("key", ["token", "Authorization", "smtp_password", "secret"])
def test_what_is_secret_is_taken_out_at_any_depth(capsys: Lines, key: str) -> None:
    logs.configure("api")
    log = structlog.get_logger()
    log.info("asked", **{key: "hunter2", "headers": [{key: "hunter2"}], "token_id": "t-1"})
    text = capsys.readouterr().err
    assert "hunter2" not in text
    assert json.loads(text)["token_id"] == "t-1"


def test_addresses_are_taken_out_of_fields_texts_and_tracebacks(capsys: Lines) -> None:
    logs.configure("worker")
    try:
        raise ValueError("no mailbox rosa@example.org here")
    except ValueError:
        structlog.get_logger().exception("refused <rosa@example.org>", to=("rosa@example.org",))
    logging.getLogger("aiosmtplib").warning("to %s", "rosa@example.org")
    text = capsys.readouterr().err
    assert "rosa" not in text
    first = json.loads(text.splitlines()[0])
    assert "ValueError: no mailbox [address] here" in first["exception"]
    assert first["to"] == ["[address]"]


def test_query_strings_and_callers_are_not_logged(capsys: Lines) -> None:
    logs.configure("api")
    logging.getLogger("uvicorn.access").info('10.0.0.7 - "GET /tickets?q=payroll" 200')
    logging.getLogger("httpx").info("GET /tickets?q=payroll")
    structlog.get_logger().debug("chatter")
    assert written(capsys) == []


def test_a_person_at_a_terminal_reads_text(capsys: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logs.configure("api")
    try:
        raise ValueError("the disk is full")
    except ValueError:
        structlog.get_logger().exception("record_failed", ticket="INC-1")
    text = capsys.readouterr().err
    assert not text.startswith("{")
    for part in ("record_failed", "INC-1", "ValueError: the disk is full"):
        assert part in text


def test_configuring_twice_writes_once(capsys: Lines) -> None:
    logs.configure("api")
    logs.configure("api")
    structlog.get_logger().info("ready")
    assert len(written(capsys)) == 1
