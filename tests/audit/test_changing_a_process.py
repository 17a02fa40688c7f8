"""docs/changing-a-process.md does what it says: every edit and every command of it, in order."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import child
from tests.audit.guide import ROOT, Answer, answer, blocks, commands, copy_of_checkout, edit
from tests.embedded.whole_desk import Desk
from tests.patience import until

GUIDE = ROOT / "docs" / "changing-a-process.md"
NUMBER = "INC-7K3M9Q2M"
"""Which ticket the guide talks about."""
UP = "firstline up"
MAKE, SHORT = "python -m tests.replay.make", " cancelled archive several_runs"
"""All lives take a minute; the test lives three of them."""


class EditedDesk(Desk):
    """The whole desk, run from a copy of the checkout that is edited on the way."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.root = copy_of_checkout(home)

    @property
    def environment(self) -> dict[str, str]:
        told = super().environment
        return {name: value for name, value in told.items() if not name.startswith("COV")}

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
        """End it, and start it with the code as it is now."""
        self.stop()
        self.start()

    def do(self, words: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command in the copy."""
        return subprocess.run(
            words,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[EditedDesk]:
    """The desk before the first edit."""
    desk = EditedDesk(tmp_path)
    try:
        desk.start()
        yield desk
    finally:
        if desk.process is not None and desk.process.poll() is None:
            desk.kill()


def followed(desk: EditedDesk, number: str) -> Iterator[Answer]:
    """Each answer of the guide's commands, its edits made on the way."""
    for block in blocks(GUIDE):
        if block.language == "diff":
            edit(desk.root, block.text)
            continue
        for command, wanted in commands(block.text.replace(NUMBER, number)):
            if command == UP:
                desk.restart()
            else:
                told = command + SHORT if command == MAKE else command
                yield answer(told, wanted, desk.do)


@pytest.mark.e2e
@pytest.mark.timeout(500)
def test_the_guide_does_what_it_says(desk: EditedDesk) -> None:
    number = desk.report("The printer on the second floor is silent")
    answers = list(followed(desk, number))
    told = {one.command: one for one in answers}
    gate = [one.code for one in answers if one.command.startswith("python -m audit.gate")]
    # The rung, the order unpatched and patched, the new release without lives and with them.
    assert gate == [0, 1, 0, 1, 0]
    assert {one.command for one in answers if one.code} == {"python -m audit.gate"}
    assert "workflow.patched(" in answers[gate.index(1) + 3].printed
    assert f"firstline step {number} adopt --as pia@example.org" in told
