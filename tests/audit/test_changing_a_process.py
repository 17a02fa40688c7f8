"""docs/changing-a-process.md does what it says: every edit and every command of it, in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edited_desk import EditedDesk, edited_desk
from tests.embedded.whole_desk import ROOT
from tests.guide import Answer, answer, blocks, check, commands, edit

GUIDE = ROOT / "docs" / "changing-a-process.md"
NUMBER = "INC-7K3M9Q2M"
"""Which ticket the guide talks about."""
UP = "firstline up"
MAKE, SHORT = "python -m tests.replay.make", " cancelled archive several_runs"
"""All lives take a minute; the test lives three of them."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[EditedDesk]:
    """The desk before the first edit."""
    with edited_desk(tmp_path) as desk:
        desk.start()
        yield desk


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
                yield check(answer(told, wanted, desk.do))


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
