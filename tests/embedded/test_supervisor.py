"""Whatever ends the supervisor, its programs end; asked in peace, they end one after the other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.embedded import fake_desk
from tests.patience import until

ROOT = Path(__file__).parents[2]


class Desk:
    """A fake desk that runs, seen from outside."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]") -> None:
        self.folder = folder
        self.process = process

    def journal(self, word: str) -> list[tuple[str, int]]:
        """Who noted `word`, in order, with their process ids."""
        path = self.folder / "journal"
        rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(name, int(pid)) for name, said, pid in rows if said == word]

    def said(self) -> str:
        return (self.folder / "stderr").read_text()


@contextmanager
def desk(folder: Path, temper: str = "willing") -> Iterator[Desk]:
    """A fake desk whose three programs have started."""
    command = [sys.executable, fake_desk.__file__, str(folder), temper]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    with (
        (folder / "stderr").open("w") as stderr,
        subprocess.Popen(command, env=environment, stderr=stderr, text=True) as process,
    ):
        running = Desk(folder, process)
        try:
            until(lambda: len(running.journal("started")) >= 3)
            yield running
        finally:
            process.kill()


def gone(pids: list[int]) -> bool:
    return not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_everything_ends_in_order_and_the_exit_code_is_0(
    tmp_path: Path, number: signal.Signals
) -> None:
    with desk(tmp_path) as running:
        running.process.send_signal(number)
        assert running.process.wait(20) == 0
        assert [name for name, _ in running.journal("ended")] == ["api", "worker", "temporal"]
        assert gone([pid for _, pid in running.journal("started")])
        assert "stopping" in running.said()


def test_asked_twice_everything_is_killed_at_once(tmp_path: Path) -> None:
    with desk(tmp_path, "stubborn") as running:
        running.process.send_signal(signal.SIGINT)
        until(lambda: running.journal("asked"))

        def asked_again() -> bool:
            running.process.send_signal(signal.SIGINT)
            return running.process.poll() is not None

        until(asked_again)
        assert running.process.returncode == 1
        assert [name for name, _ in running.journal("asked")] == ["api"]
        assert gone([pid for _, pid in running.journal("started")])


def test_what_was_started_ends_when_the_rest_cannot_be_started(tmp_path: Path) -> None:
    with desk(tmp_path, "hopeless") as running:
        assert running.process.wait(20) == 1
        assert [name for name, _ in running.journal("ended")] == ["api", "worker", "temporal"]
        assert "the fourth is missing" in running.said()


def test_the_same_signal_passed_on_by_make_does_not_kill(tmp_path: Path) -> None:
    with desk(tmp_path) as running:
        running.process.send_signal(signal.SIGTERM)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 0
        assert len(running.journal("ended")) == 3


@pytest.mark.parametrize("temper", ["willing", "stubborn"])
def test_a_killed_supervisor_leaves_no_process_behind(tmp_path: Path, temper: str) -> None:
    with desk(tmp_path, temper) as running:
        children = [child.pid for child in psutil.Process(running.process.pid).children(True)]
        assert sorted(children) == sorted(pid for _, pid in running.journal("started"))
        running.process.kill()
        running.process.wait(5)
        until(lambda: gone(children), 5)


def test_a_supervisor_killed_while_it_starts_leaves_no_process_behind(tmp_path: Path) -> None:
    command = [sys.executable, fake_desk.__file__, str(tmp_path)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    with subprocess.Popen(command, env=environment) as process:
        supervisor = psutil.Process(process.pid)
        children = until(lambda: [child.pid for child in supervisor.children()])
        process.kill()
        process.wait(5)
        until(lambda: gone(children), 5)


def test_a_program_that_is_killed_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    with desk(tmp_path) as running:
        first = dict(running.journal("started"))
        psutil.Process(first["worker"]).kill()
        again = until(lambda: running.journal("started")[3:])
        assert [name for name, _ in again] == ["worker"]
        assert not gone([first["temporal"]])
        assert not gone([first["api"]])
        assert "worker was ended by SIGKILL" in running.said()
        assert "started again in 0.5 s" in running.said()


def test_a_ctrl_c_at_the_terminal_reaches_the_supervisor_alone(tmp_path: Path) -> None:
    with desk(tmp_path) as running:
        groups = {pid for _, pid in running.journal("started")}
        assert {os.getpgid(pid) for pid in groups} == groups
