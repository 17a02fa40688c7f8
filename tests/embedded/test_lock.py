"""One desk a data folder; the lock is never stale; a folder that cannot be used is said so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.lock import hold
from embedded.refusals import AlreadyRunning, CannotStart

HOLDER = """
import sys
from pathlib import Path
from embedded.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_desk_on_the_same_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    refused = pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}\)")
    with hold(tmp_path), refused, hold(tmp_path):
        pass


def test_a_refused_desk_does_not_disturb_the_one_that_runs(tmp_path: Path) -> None:
    with hold(tmp_path):
        for _ in range(2):
            with pytest.raises(AlreadyRunning), hold(tmp_path):
                pass
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_the_folder_is_free_again_when_the_desk_has_ended(tmp_path: Path) -> None:
    with hold(tmp_path):
        pass
    with hold(tmp_path):
        pass


def test_a_killed_desk_leaves_no_lock_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning, match=rf"process {holder.pid}\)"), hold(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with hold(tmp_path):
            pass


def test_the_data_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    with hold(tmp_path / "new" / "var"):
        assert (tmp_path / "new" / "var").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_said_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(CannotStart, match=r"cannot be written to .*FIRSTLINE_HOME"),
        hold(tmp_path / "file" / "var"),
    ):
        pass


def test_a_full_disk_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="is full"), hold(tmp_path, least_free=2**62):
        pass
