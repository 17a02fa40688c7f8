"""Packages as somebody types for them: what is printed, written and noted, and what is refused."""

import argparse
import asyncio
import re
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit import command_archive, command_package
from audit.keys import public_text, signing_key
from settings import Settings
from store.accesses import accesses_of
from store.engine import reading
from tests.audit.packages import archived
from tests.running import Desk

Run = Callable[..., Awaitable[int]]


@pytest.fixture
def settings(desk: Desk, sqlite_engine: Engine) -> Settings:
    """Those of the running desk."""
    url = sqlite_engine.url.render_as_string(hide_password=False)
    return Settings(home=desk.home, database_url=url)


@pytest.fixture
def run(desk: Desk, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of this desk in an empty folder."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def command(words: tuple[str, ...]) -> int:
        top = argparse.ArgumentParser()
        audits = top.add_subparsers()
        command_archive.add(audits)
        command_package.add(audits)
        options = top.parse_args(words)
        code: int = options.command(settings, options)
        return code

    async def in_a_thread(*words: str) -> int:
        return await asyncio.to_thread(command, words)

    return in_a_thread


def written(name: str) -> bytes:
    """What the file in this folder holds, which nobody else may read."""
    path = Path(name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_bytes()


def write(name: str, data: bytes) -> None:
    """A file of nobody else."""
    Path(name).touch(0o600)
    Path(name).write_bytes(data)


def listed() -> list[str]:
    """What is in this folder."""
    return [path.name for path in Path().iterdir()]


async def cancelled(desk: Desk) -> str:
    """The number of a ticket that is archived."""
    handle = await desk.open()
    await desk.take(handle, "rosa", "cancel", reason="It works again.")
    await archived(desk, handle.id, 1)
    return handle.id


async def test_a_ticket_is_exported_noted_and_proved(
    desk: Desk, run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await cancelled(desk)
    assert await run("export", number.lower()) == 0
    assert f"{number}.zip: {number}, 1 run, " in capsys.readouterr().out
    assert written(f"{number}.zip").startswith(b"PK")
    with reading(desk.engine) as connection:
        [noted] = accesses_of(connection, ticket=number).items
    assert (noted.kind, noted.ticket) == ("export", number)
    assert re.fullmatch(r"operator:\S+", noted.person)
    key = public_text(signing_key(settings).public_key())
    assert await run("verify", f"{number}.zip", "--key", key, "--replay") == 0
    proved = capsys.readouterr().out.splitlines()
    assert proved[-1] == "the package is whole"
    assert noted.person in proved[0]


async def test_no_file_is_written_over(
    desk: Desk, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await cancelled(desk)
    write("mine.zip", b"mine")
    assert await run("export", number, "--to", "mine.zip") == 2
    assert "mine.zip is there already: name another file with --to" in capsys.readouterr().err
    assert written("mine.zip") == b"mine"
    assert await run("export", number, "--to", "nowhere/it.zip") == 2
    assert "nowhere is no folder" in capsys.readouterr().err
    with reading(desk.engine) as connection:
        assert accesses_of(connection).items == []


async def test_an_open_ticket_is_exported_with_a_word_about_it(
    desk: Desk, run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = await desk.open()
    assert await run("export", handle.id, "--to", "open.zip") == 0
    assert "1 run, 1 of them not archived yet" in capsys.readouterr().out
    key = public_text(signing_key(settings).public_key())
    assert await run("verify", "open.zip", "--key", key) == 0
    assert "not archived when it was sealed" in capsys.readouterr().out


async def test_what_cannot_be_exported_is_said(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await run("export", "INC-00000000") == 1
    assert "neither the engine nor the archive has a history" in capsys.readouterr().err
    assert await run("export", "../../etc/passwd") == 2
    assert "../../etc/passwd: not a ticket number" in capsys.readouterr().err
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert await run("export", "INC-00000000") == 2
    assert "Temporal does not answer at 127.0.0.1:1" in capsys.readouterr().err
    assert listed() == []


async def test_what_cannot_be_verified_is_said(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    key = public_text(signing_key(settings).public_key())
    assert await run("verify", "nothing.zip", "--key", key) == 2
    said = capsys.readouterr()
    assert "nothing.zip cannot be read: No such file" in said.err
    assert "PROVES NOTHING" not in said.out
    assert await run("verify", ".", "--key", key) == 2
    assert ". cannot be read: Is a directory" in capsys.readouterr().err
    write("other.zip", b"PK and then nothing of the kind")
    assert await run("verify", "other.zip", "--key", key) == 1
    assert "THE PACKAGE PROVES NOTHING: it is no package" in capsys.readouterr().out
    assert await run("verify", "other.zip") == 2
    assert "give the desk's public key: --key PUBLICKEY" in capsys.readouterr().err
    assert await run("verify", "other.zip", "--key", "secret") == 2
    assert "no public key" in capsys.readouterr().err
    write("binary.pub", b"\xff\xfe" * 16)
    assert await run("verify", "other.zip", "--key", "binary.pub") == 2
    assert "binary.pub is no file with a public key" in capsys.readouterr().err
    assert await run("verify", "other.zip", "--key", key, "--checkpoint", "head.json") == 2
    assert "--checkpoint is for the chain" in capsys.readouterr().err
    assert await run("verify", "--replay") == 2
    assert "--replay is for a package" in capsys.readouterr().err
