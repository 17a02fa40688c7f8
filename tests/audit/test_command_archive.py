"""The archive's commands as somebody types them: what they print, and how they end."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, update

from audit import command_archive
from audit.keys import public_key, public_text, signing_key
from settings import Settings
from store.archive_tables import archive
from store.engine import make_engine, writing
from store.migrate import migrate
from tests.audit.records import archive_some
from tests.ports import free_port

Run = Callable[..., int]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A desk in a folder of its own, of which no engine runs."""
    return Settings(home=tmp_path / "var", temporal_port=free_port())


@pytest.fixture
def store(settings: Settings) -> Engine:
    """The desk's database, with nothing archived."""
    settings.home.mkdir()
    engine = make_engine(settings.database)
    migrate(engine)
    return engine


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of this desk."""
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)

    def command(*words: str) -> int:
        top = argparse.ArgumentParser()
        command_archive.add(top.add_subparsers())
        options = top.parse_args(words)
        code: int = options.command(settings, options)
        return code

    return command


def some(store: Engine, settings: Settings, runs: range) -> None:
    archive_some(store, runs, signing_key(settings))


def test_a_chain_that_is_whole_is_said_to_be(
    run: Run, store: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify") == 0
    assert "nothing is archived yet" in capsys.readouterr().out
    some(store, settings, range(1, 5))
    assert run("verify") == 0
    assert capsys.readouterr().out.startswith("4 records, 3 tickets: the chain is whole; head ")


def test_a_broken_chain_ends_with_1_and_names_the_record(
    run: Run, store: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    some(store, settings, range(1, 5))
    with writing(store) as connection:
        connection.execute(update(archive).where(archive.c.seq == 2).values(status="failed"))
    assert run("verify") == 1
    assert "record 2 (INC-00000002, run 1) was altered" in capsys.readouterr().out


def test_what_was_published_is_compared(
    run: Run,
    store: Engine,
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("checkpoint") == 1
    some(store, settings, range(1, 3))
    capsys.readouterr()
    assert run("checkpoint") == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 1
    (tmp_path / "published").write_text(printed)
    some(store, settings, range(3, 5))
    assert run("verify", "--checkpoint", str(tmp_path / "published")) == 0
    forged = {**json.loads(printed), "hash": "0" * 64}
    (tmp_path / "published").write_text(json.dumps(forged))
    capsys.readouterr()
    assert run("verify", "--checkpoint", str(tmp_path / "published")) == 1
    whole, but = capsys.readouterr().out.splitlines()
    assert "4 records, 3 tickets: the chain is whole" in whole
    assert but.startswith("BUT THE CHECKPOINT FILE DOES NOT FIT: what was published proves nothing")


def test_an_earlier_key_has_to_be_given(
    run: Run, store: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = Ed25519PrivateKey.generate()
    archive_some(store, range(1, 3), earlier)
    assert run("verify") == 1
    assert "--key" in capsys.readouterr().out
    text = public_text(earlier.public_key())
    (tmp_path / "earlier.pub").write_text(text + "\n")
    assert run("verify", "--key", text) == 0
    assert run("verify", "--key", str(tmp_path / "earlier.pub")) == 0


def test_the_public_key_is_printed(
    run: Run, store: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("key") == 0
    printed = capsys.readouterr().out
    assert public_key(printed) == signing_key(settings).public_key()


@pytest.mark.parametrize("text", ["", "{}", "no json"])
def test_a_file_that_is_no_checkpoint_is_refused(
    run: Run, store: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "published").write_text(text)
    assert run("verify", "--checkpoint", str(tmp_path / "published")) == 2
    assert "firstline audit checkpoint" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(
    run: Run, store: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", "--checkpoint", str(tmp_path / "nothing")) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert run("verify", "--key", "no key") == 2


def test_where_no_desk_is_nothing_is_made(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("checkpoint", "verify", "key", "archive"):
        assert run(command) == 2
    assert "firstline up" in capsys.readouterr().err
    assert not settings.home.exists()


def test_a_database_of_another_version_is_not_read(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.home.mkdir()
    assert run("verify") == 2
    assert "firstline migrate" in capsys.readouterr().err


def test_archiving_needs_the_engine(
    run: Run, store: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("archive") == 2
    assert "Temporal does not answer at 127.0.0.1" in capsys.readouterr().err
