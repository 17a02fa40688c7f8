"""Replay, show and diff as somebody types them: what they print, and how they end."""

import argparse
import asyncio
import base64
import re
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Engine
from temporalio.client import WorkflowHistory

from audit import command
from audit.evidence import Evidence, Sources
from settings import Settings
from tests.running import Desk

Run = Callable[..., Awaitable[int]]


@pytest.fixture
def run(desk: Desk, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of this desk."""
    url = sqlite_engine.url.render_as_string(hide_password=False)
    settings = Settings(home=desk.home, database_url=url)
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)

    def asked(words: tuple[str, ...]) -> int:
        top = argparse.ArgumentParser()
        command.add(top.add_subparsers())
        options = top.parse_args(words)
        code: int = options.command(settings, options)
        return code

    async def in_a_thread(*words: str) -> int:
        return await asyncio.to_thread(asked, words)

    return in_a_thread


async def resolved(desk: Desk) -> str:
    handle = await desk.open()
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "resolve", code="fixed", text="A new part")
    return handle.id


async def test_what_changed_is_said_in_words_and_people_by_name(
    desk: Desk, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await resolved(desk)
    capsys.readouterr()
    assert await run("diff", number, "--from", "1") == 0
    said = capsys.readouterr().out
    assert 'resolution: nothing -> fixed, "A new part"' in said
    assert re.search(r"assignee: nothing -> Finn \w+", said)
    assert re.search(r"resolved_at: nothing -> \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n", said)
    assert "next due: 50 % of response is spent: ladder response acts, at " in said
    assert not re.search(r"p-[0-9a-f]{16}|\+00:00|T\d\d:", said)
    assert await run("show", number) == 0
    said = capsys.readouterr().out
    assert 'resolution: fixed, "A new part"' in said
    assert re.search("requester: Rosa", said)
    assert not re.search(r"p-[0-9a-f]{16}", said)
    assert await run("diff", number, "--from", "3", "--to", "3") == 0
    assert capsys.readouterr().out.startswith("nothing changed between ")


async def test_what_makes_no_sense_ends_with_2_and_says_why(
    desk: Desk, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await resolved(desk)
    capsys.readouterr()
    for words, says in (
        (("show", "foo"), "foo: not a ticket number"),
        (("show", "INC-00000001"), "INC-00000001: the check symbol does not fit"),
        (("show", number, "--at", "nonsense"), "'nonsense' is no instant"),
        (("show", number, "--at", "99"), f"{number} has no event 99: it has events 1.0 to 3."),
        (("show", number, "--at", "2999-01-01"), "2999-01-01 must not lie in the future"),
        (("diff", number, "--from", "3", "--to", "1"), "is later than --to ("),
        (("replay", "--since", "nonsense"), "'nonsense' is no instant"),
        (("replay", "--since", "2999-01-01"), "--since 2999-01-01: must not lie in the future"),
        (("replay", "--number", "foo"), "foo: not a ticket number"),
    ):
        assert await run(*words) == 2, words
        assert says in capsys.readouterr().err
    assert await run("show", "INC-00000000") == 1
    assert "neither the engine nor the archive" in capsys.readouterr().err
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert await run("show", number) == 2


async def test_a_ticket_that_is_named_twice_is_replayed_once(
    desk: Desk, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await resolved(desk)
    capsys.readouterr()
    assert await run("reconcile", "--number", number, number.lower()) == 0
    assert "1 ticket reconciled, 0 differ\n" in capsys.readouterr().out
    assert await run("replay", "--number", number, number, "--jobs", "1") == 0
    assert re.search(r"^1 ticket, \d+ events: identical$", capsys.readouterr().out, re.MULTILINE)


def unasked(history: WorkflowHistory) -> WorkflowHistory:
    """The history with an answer in it that no code asked for."""
    text = history.to_json()
    markers = [e for e in history.events if e.HasField("marker_recorded_event_attributes")]
    data = markers[-1].marker_recorded_event_attributes.details["data"].payloads[0].data
    other = re.sub(rb'"seq":\s*\d+', b'"seq":237', data)
    assert other != data
    before, after = (base64.b64encode(one).decode() for one in (data, other))
    return WorkflowHistory.from_json(history.workflow_id, text.replace(before, after))


async def test_a_history_that_does_not_replay_is_told_in_words_alone(
    desk: Desk, run: Run, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await resolved(desk)
    whole = Sources.of

    async def of(self: Sources, number: str) -> Evidence:
        found = await whole(self, number)
        return Evidence(number, tuple(unasked(history) for history in found.histories))

    monkeypatch.setattr(Sources, "of", of)
    monkeypatch.setattr("audit.reconcile.BETWEEN", 0.01)
    capfd.readouterr()
    words = "other commands: this code never asked for LocalActivity(237), which the history has"
    for name, more in (("replay", ("--jobs", "1")), ("reconcile", ())):
        assert await run(name, "--number", number, *more) == 1
        said = capfd.readouterr()
        assert f"{number}: {words}\n" in said.out
        assert "sdk_core" not in said.err
        assert "Failing workflow task" not in said.out + said.err
    assert await run("show", number) == 1
    assert "what followed event " in capfd.readouterr().err
    assert await run("export", number, "--to", str(desk.home / "it.zip")) == 0
