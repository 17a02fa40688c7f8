"""A kept program is started again, slower each time, and ends when it is told to."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from embedded.processes import LARGEST_LOG, Backoff, Kept, Program, last_words

SECOND = timedelta(seconds=1)


def program(
    folder: Path, code: str, *, grace: timedelta = 20 * SECOND, command: tuple[str, ...] = ()
) -> Program:
    return Program(
        name="fake",
        command=command or (sys.executable, "-c", code),
        environment=os.environ,
        folder=folder,
        log=folder / "logs" / "fake.log",
        grace=grace,
    )


async def until(what: Callable[[], object], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.02)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_the_delay_doubles_up_to_half_a_minute() -> None:
    backoff = Backoff()
    delays = [backoff.after(SECOND).total_seconds() for _ in range(9)]
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_the_delay_is_short_again_after_a_minute_of_life() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(59 * SECOND)
    delays = [backoff.after(lived * SECOND).total_seconds() for lived in (60, 1, 1)]
    assert delays == [0.5, 1, 2]


async def test_a_program_that_dies_is_started_again_and_the_reason_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    code = "open('starts', 'a').write('x\\n'); import sys; sys.exit('no such table')"
    kept = Kept(program(tmp_path, code), said.append)
    await until(lambda: len(lines(tmp_path / "starts")) == 3)
    await kept.end()
    assert said[0].startswith("fake failed with exit code 1: no such table (its log: ")
    assert said[0].endswith("it is started again in 0.5 s")
    assert said[1].endswith("it is started again in 1 s")


async def test_a_killed_program_is_started_again_as_another_process(tmp_path: Path) -> None:
    said: list[str] = []
    code = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    kept = Kept(program(tmp_path, code), said.append)
    log = kept.program.log
    await until(lambda: len(lines(log)) == 1)
    psutil.Process(int(lines(log)[0])).kill()
    await until(lambda: len(lines(log)) == 2)
    await kept.end()
    assert len(said) == 1
    assert "was ended by SIGKILL" in said[0]
    assert not any(psutil.pid_exists(int(pid)) for pid in lines(log))


async def test_a_program_that_will_not_end_is_killed_after_its_grace(tmp_path: Path) -> None:
    said: list[str] = []
    code = (
        "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\n"
        "while True: signal.pause()"
    )
    kept = Kept(program(tmp_path, code, grace=0.3 * SECOND), said.append)
    await until(lambda: lines(kept.program.log))
    await kept.end()
    assert said == ["fake did not end within 0.3 s and is killed"]
    assert not psutil.pid_exists(int(lines(kept.program.log)[0]))


async def test_the_end_does_not_wait_for_the_next_start(tmp_path: Path) -> None:
    said: list[str] = []
    kept = Kept(program(tmp_path, "raise SystemExit(3)"), said.append)
    await until(lambda: len(said) == 4)
    async with asyncio.timeout(1):
        await kept.end()
    assert "started again in 4 s" in said[-1]


async def test_a_folder_that_went_away_is_said_and_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "logs").touch()
    kept = Kept(program(tmp_path, "print('started', flush=True)"), said.append)
    await until(lambda: said)
    (tmp_path / "logs").unlink()
    await until(lambda: lines(tmp_path / "logs" / "fake.log"))
    await kept.end()
    assert said[0].startswith("fake could not be started (")


@pytest.mark.parametrize(("size", "rotated"), [(LARGEST_LOG, False), (LARGEST_LOG + 1, True)])
async def test_a_large_log_is_put_aside_at_the_start(
    tmp_path: Path, size: int, rotated: bool
) -> None:
    log = tmp_path / "logs" / "fake.log"
    log.parent.mkdir()
    log.write_bytes(b"\n" * size)
    code = "import signal; print('started', flush=True); signal.pause()"
    said: list[str] = []
    kept = Kept(program(tmp_path, code), said.append)
    await until(lambda: last_words(log) == "started")
    await kept.end()
    assert (tmp_path / "logs" / "fake.log.1").exists() is rotated


def test_the_last_words_of_a_log_are_its_last_line_that_says_something(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 9000 + b"\nValueError: \xff no\n\n")
    assert last_words(log) == "ValueError: � no"
    log.write_bytes(b"")
    assert last_words(log) == "it said nothing"
    assert last_words(tmp_path / "none").startswith("its log cannot be read")
