"""A guide whose blocks are executed: edits as diffs, and commands with what they answer."""

import doctest
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "build", "dist", "__pycache__", "*_cache", ".coverage*", ".hypothesis"
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {"python": [sys.executable], "firstline": [sys.executable, "-m", "firstline"]}


class Block(NamedTuple):
    """An edit (`diff`) or commands (`console`)."""

    language: str
    text: str


class Answer(NamedTuple):
    """What a command of the guide came to; `wanted` is what the guide says it prints."""

    command: str
    wanted: str
    code: int
    printed: str


Run = Callable[[list[str]], "subprocess.CompletedProcess[str]"]


def blocks(guide: Path) -> list[Block]:
    """The blocks of a guide, in order."""
    return [Block(*found) for found in BLOCK.findall(guide.read_text())]


def copy_of_checkout(folder: Path) -> Path:
    """The whole checkout, to be edited."""
    return Path(shutil.copytree(ROOT, folder / "checkout", ignore=LEFT_OUT))


def edit(root: Path, diff: str) -> None:
    """Apply a diff; its context must be found exactly once in the file."""
    head, *lines = diff.splitlines()
    name = head.removeprefix("--- a/")
    body = [line for line in lines if not line.startswith(("+++", "@@"))]
    before = "\n".join(line[1:] for line in body if line[0] in " -")
    after = "\n".join(line[1:] for line in body if line[0] in " +")
    text = (root / name).read_text()
    assert text.count(f"{before}\n") == 1, f"{name} has not exactly one\n{before}"
    (root / name).write_text(text.replace(f"{before}\n", f"{after}\n"))


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, and what it is to print; empty when the guide does not say."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, wanted = part.partition("\n")
        yield command, wanted


def answer(command: str, wanted: str, run: Run) -> Answer:
    """Run a command, and check that it prints what the guide says."""
    program, *words = shlex.split(command)
    done = run([*PROGRAMS[program], *words])
    printed = done.stdout if done.returncode == 0 else done.stdout + done.stderr
    same = doctest.OutputChecker().check_output(
        wanted, printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    assert same or not wanted, f"$ {command}\nprinted\n{printed}\nand is to print\n{wanted}"
    return Answer(command, wanted, done.returncode, printed)
