"""The whole desk, run from a copy of the checkout that a guide edits on the way."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded import child
from tests.embedded.whole_desk import ROOT, Desk
from tests.patience import until

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "build", "dist", ".*_cache", ".coverage*", ".hypothesis"
)
PROGRAMS = {"python": "", "firstline": " -m firstline"}
KEPT = re.compile(r"([A-Z]+)=(\$\(.*\))")
"""A command whose output is kept in a variable."""


def copy_of_checkout(folder: Path) -> Path:
    """The whole checkout, to be edited."""
    return Path(shutil.copytree(ROOT, folder / "checkout", ignore=LEFT_OUT))


class EditedDesk(Desk):
    """A desk with its checkout, and a shell in it that knows `firstline` and `python`."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.root = copy_of_checkout(home)
        self.variables: dict[str, str] = {}
        self._programs = home / "bin"
        self._programs.mkdir()
        for name, words in PROGRAMS.items():
            program = self._programs / name
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)}{words} "$@"\n')
            program.chmod(0o700)

    @property
    def environment(self) -> dict[str, str]:
        told = super().environment
        mine = {n: v for n, v in told.items() if not n.startswith(("COV", "PYTEST"))}
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        return mine | {"PATH": path, "NO_PROXY": "127.0.0.1"} | self.variables

    def start(self) -> None:
        """Start it, to end when this process does."""
        shim = [sys.executable, "-I", "-S", child.__file__, str(os.getpid())]
        with (self.home / "stdout").open("ab") as out, (self.home / "stderr").open("ab") as err:
            self.process = subprocess.Popen(
                [*shim, sys.executable, "-m", "firstline", "up"],
                cwd=self.root,
                env=self.environment,
                stdout=out,
                stderr=err,
            )
        seen = self.printed().count("is ready")
        until(lambda: self.printed().count("is ready") > seen or self._ended(), 100)

    def restart(self) -> None:
        """End it if it runs, and start it with the code as it is now."""
        if self.process is not None:
            self.stop()
        self.start()

    def do(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the copy; a variable that it sets is there for the next ones."""
        kept = KEPT.fullmatch(command)
        done = subprocess.run(
            ["sh", "-c", f'printf %s "{kept[2]}"' if kept else command],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        if kept:
            self.variables[kept[1]] = done.stdout
        return done


@contextmanager
def edited_desk(home: Path) -> Iterator[EditedDesk]:
    """A desk that does not run yet; killed at the end if it does then."""
    desk = EditedDesk(home)
    try:
        yield desk
    finally:
        if desk.process is not None and desk.process.poll() is None:
            desk.kill()
