"""The rules of the house that no other tool checks, and proof that each ban of ruff bites."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_MODULE, LONGEST_TEST_MODULE, LONGEST_FUNCTION = 300, 400, 40
# A migration that has been run anywhere is never edited again, so not split either.
FROZEN = "store/migrations/versions/"
MADE = {".git", ".venv", "var", "build", "dist", "__pycache__"}
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".html", ".j2", ".txt", ".js", ".css", ".ini", ""}
# The brackets keep this file from breaking its own rule.
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|NotImplementedErro[r])\b")
HOSTS = re.compile(r"pyp[i]\.|pythonhoste[d]\.|npmj[s]\.|proxy\.golan[g]")
LEFTOVERS = (".orig", ".rej", "~")
MACHINE = re.compile(r"/wor[k]/|/roo[t]/|/opt/wheel[s]|/tmp/de[v]/")


def _made(path: Path) -> bool:
    return any(
        part in MADE or part.endswith((".egg-info", "_cache")) or part.startswith(".coverage")
        for part in path.parts
    )


@cache
def project_files() -> tuple[Path, ...]:
    """What git tracks or would; where there is no git, all but what is made."""
    listed = ""
    if shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        ).stdout
    found = [ROOT / name for name in listed.split("\0") if name]
    if not found:
        found = [path for path in ROOT.rglob("*") if not _made(path.relative_to(ROOT))]
    return tuple(path for path in found if path.is_file())


def modules() -> Iterator[tuple[str, str]]:
    for path in project_files():
        if path.suffix == ".py":
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def too_long(name: str, source: str) -> Iterator[str]:
    """What of a module is longer than the house allows, in words."""
    if name.startswith(FROZEN):
        return
    limit = LONGEST_TEST_MODULE if name.startswith("tests/") else LONGEST_MODULE
    lines = len(source.splitlines())
    if lines > limit:
        yield f"{name} has {lines} lines, {limit} are allowed: split it"
    if name.startswith("bench/"):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno} {node.name} has {length} lines: split it"


def unwelcome(path: Path, text: str) -> Iterator[str]:
    """What of a file does not belong in the project, in words."""
    name = path.relative_to(ROOT).as_posix()
    for number, line in enumerate(text.splitlines(), start=1):
        if HOSTS.search(line):
            yield f"{name}:{number} names a package index: leave it to the machine's settings"
        if MACHINE.search(line):
            yield f"{name}:{number} names a path of one machine"
        if path.suffix in TEXT and UNFINISHED.search(line):
            yield f"{name}:{number} is unfinished: finish it, or file an issue"


def test_no_module_and_no_function_is_too_long() -> None:
    assert [words for name, source in modules() for words in too_long(name, source)] == []


def test_a_long_module_and_a_long_function_are_found() -> None:
    long_function = "def f():\n" + "    a = 1\n" * LONGEST_FUNCTION
    assert len(list(too_long("desk/x.py", long_function))) == 1
    assert len(list(too_long("desk/x.py", "a = 1\n" * (LONGEST_MODULE + 1)))) == 1
    assert list(too_long("tests/x.py", "a = 1\n" * LONGEST_TEST_MODULE)) == []
    assert list(too_long("bench/x.py", long_function)) == []
    assert list(too_long(FROZEN + "x.py", "a = 1\n" * (LONGEST_MODULE + 1))) == []


def test_no_file_names_an_index_or_a_machine_or_is_unfinished() -> None:
    found = []
    for path in project_files():
        text = path.read_bytes().decode(errors="ignore")
        found += list(unwelcome(path, text))
    assert found == []


@pytest.mark.parametrize(
    "line", ["# T_ODO later", "raise NotImpleme_ntedError", "https://py_pi.org/x", "/wo_rk/main"]
)
def test_what_does_not_belong_is_found(line: str) -> None:
    assert len(list(unwelcome(ROOT / "desk" / "x.py", line.replace("_", "")))) == 1


def leftovers(paths: Iterable[Path]) -> list[str]:
    """What merges, patches and editors have left behind."""
    return [path.name for path in paths if path.name.endswith(LEFTOVERS)]


def test_no_merge_no_patch_and_no_editor_has_left_anything() -> None:
    assert leftovers(project_files()) == []


def test_what_was_left_is_found() -> None:
    names = ["rules.py.orig", "rules.py.rej", "rules.py~"]
    paths = [ROOT / "desk" / name for name in [*names, "rules.py"]]
    assert leftovers(paths) == names


def test_every_folder_of_the_product_is_under_the_import_contracts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    guarded = set(project["tool"]["importlinter"]["root_packages"])
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert folders - guarded == set()


NO_CLOCK = (
    "from datetime import datetime\ndatetime.now()",
    "import datetime\ndatetime.datetime.utcnow()",
    "from datetime import date\ndate.today()",
    "import time\ntime.time()",
    "from time import monotonic\nmonotonic()",
)
NO_CHANCE = (
    "import random\nrandom.random()",
    "from uuid import uuid4\nuuid4()",
    "import uuid\nuuid.uuid1()",
    "import secrets\nsecrets.token_hex()",
    "import os\nos.urandom(4)",
)
NO_IO = (
    'open("x")',
    "import os\nos.getcwd()",
    "from pathlib import Path\nPath()",
    "import socket\nsocket.socket()",
    "import subprocess\nsubprocess.run",
    "import httpx\nhttpx.get",
)
NO_SQL = ("from sqlalchemy import select\nselect()", "import sqlite3\nsqlite3.connect")
NO_HTTP = ("from fastapi import FastAPI\nFastAPI()",)
NO_SETTINGS = ("from settings import load\nload()", "import structlog\nstructlog.get_logger()")
NO_ENGINE = ("from temporalio import workflow\nworkflow.now()", "import asyncio\nasyncio.run")
REPLAYED = (*NO_CLOCK, *NO_CHANCE, *NO_IO, NO_SQL[0], *NO_HTTP, *NO_SETTINGS)
PURE = (*REPLAYED, *NO_ENGINE)
BANNED = {
    "desk": (*PURE, "from importlib.resources import files\nfiles()"),
    "policies": (*PURE, "from importlib import resources\nresources.files"),
    "workflows": (*REPLAYED, "import asyncio\nasyncio.wait([])"),
    "activities": (*NO_SQL, *NO_HTTP, "import smtplib\nsmtplib.SMTP()"),
    "api": (*NO_SQL, "from policies import targets\ntargets", "import activities\nactivities"),
    "tests": ("from unittest.mock import Mock\nMock()",),
}
ALLOWED = {
    "desk": "from datetime import datetime, time\ndatetime(2026, 1, 1)\ntime(9)",
    "policies": "from desk import ladder\nladder",
    "workflows": "import asyncio\nfrom temporalio import workflow\nworkflow.now()\nasyncio.Event",
    "activities": "import time\nimport structlog\ntime.time()\nstructlog.get_logger()",
    "api": "import time\nfrom fastapi import FastAPI\nFastAPI()\ntime.time()",
}


def bans(folder: str, source: str) -> list[str]:
    """The bans that ruff, as set up for this folder, finds broken in this source."""
    probe = f"--stdin-filename={folder}/probe.py"
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", probe],
        cwd=ROOT,
        input=source + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return re.findall(r"TID251|PTH123", done.stdout)


@pytest.mark.parametrize(
    ("folder", "source"), [(folder, source) for folder in BANNED for source in BANNED[folder]]
)
def test_a_ban_bites(folder: str, source: str) -> None:
    assert bans(folder, source) != []


@pytest.mark.parametrize("folder", list(ALLOWED))
def test_what_a_folder_is_for_is_not_banned(folder: str) -> None:
    assert bans(folder, ALLOWED[folder]) == []
