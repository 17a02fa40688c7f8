"""A process ends with the exit code it means, with everything printed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import atexit, sys, threading
from embedded.finish import finish
atexit.register(lambda: print("handled"))
threading.Thread(target=threading.Event().wait).start()
print("said")
print("warned", file=sys.stderr)
finish({code})
"""


def run(code: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", CODE.format(code=code)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )


@pytest.mark.parametrize("code", [0, 2])
def test_the_exit_code_is_the_one_given_whatever_still_runs(code: int) -> None:
    ended = run(code)
    assert ended.returncode == code
    assert ended.stderr == "warned\n"


def test_exit_handlers_run_and_what_was_printed_arrives() -> None:
    assert run(0).stdout == "said\nhandled\n"


def test_a_reader_that_has_gone_does_not_change_the_exit_code() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = "from embedded.finish import finish; print('said'); finish(0)"
    buffered = {"PATH": os.environ["PATH"]}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=buffered, stdout=writer, timeout=20, check=False
    )
    os.close(writer)
    assert ended.returncode == 0
