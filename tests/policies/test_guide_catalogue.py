"""docs/catalogue.md does what it says: every edit, command and error of it, on a whole desk."""

import inspect
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies import words
from policies.in_force import CATALOGUE
from tests.automation import FarEnd, far_end
from tests.edited_desk import EditedDesk, edited_desk
from tests.embedded.whole_desk import ROOT
from tests.guide import Answer, answer, blocks, check, commands, edit, in_words_of, learn
from tests.patience import until

GUIDE = ROOT / "docs" / "catalogue.md"
UP = "firstline up"
DESK, FAR_END = "http://127.0.0.1:8000", "http://127.0.0.1:8100"
MISTAKE = re.compile(r"^\| `(.+?)` +\| `(.+?)` +\| `(.+?)` \|$", re.MULTILINE)
WORD = re.compile(r"`(\w+)[^`]*`")
ITEMS = Path("policies/catalogue.py")
WHERE_IT_BEGINS = "STANDING_DESK = item("
CHECKS = """
import contextlib, io, json, pathlib, runpy, sys

sys.dont_write_bytecode = True
answers = []
for text in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    pathlib.Path("policies/catalogue.py").write_text(text)
    for name in [name for name in sys.modules if name.startswith(("policies", "activities"))]:
        del sys.modules[name]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            runpy.run_module("activities.check", run_name="__main__")
        except SystemExit as ended:
            answers.append((ended.code, said.getvalue()))
print(json.dumps(answers))
"""
"""What `python -m activities.check` answers to each of several catalogues, in one process."""

# Whoever keeps the item of the guide has done what it says.
unkept = pytest.mark.skipif("standing-desk" in CATALOGUE, reason="the item is in the catalogue")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[EditedDesk]:
    """The desk before the first edit, which does not run yet."""
    with edited_desk(tmp_path) as desk:
        yield desk


def start_again(desk: EditedDesk, command: str) -> None:
    """End the desk and start it, with the settings that the command names."""
    settings = shlex.split(command.removesuffix(UP))
    desk.variables |= dict(setting.split("=", 1) for setting in settings)
    desk.restart()


def followed(desk: EditedDesk, end: FarEnd, known: dict[str, str]) -> Iterator[Answer]:
    """Each answer of the guide's commands, its edits made on the way."""
    for block in blocks(GUIDE):
        if block.language == "diff":
            edit(desk.root, block.text)
        if block.language != "console":
            continue
        for command, wanted in commands(block.text):
            told = command.replace(DESK, desk.url).replace(FAR_END, end.url)
            if told.endswith(UP):
                start_again(desk, told)
            else:
                one = answer(in_words_of(known, told), wanted, desk.do)
                yield check(learn(known, one))


@unkept
@pytest.mark.e2e
@pytest.mark.temporal
@pytest.mark.timeout(300)
def test_the_guide_does_what_it_says(desk: EditedDesk) -> None:
    known: dict[str, str] = {}
    with far_end() as end:
        answers = list(followed(desk, end, known))
        assert [one.command for one in answers if one.code] == []
        assert len(known) == 3
        until(lambda: "cancel_fitter" in end.names)
    assert end.names == ["book_fitter", "cancel_fitter"]
    body = next(block.text for block in blocks(GUIDE) if block.language == "json")
    assert end.asked[0].body == json.loads(in_words_of(known, body))
    assert in_words_of(known, GUIDE.read_text()).count(end.asked[0].key) == 1


@unkept
@pytest.mark.timeout(120)
def test_the_check_says_what_the_guide_says_of_each_mistake(desk: EditedDesk) -> None:
    for block in [block for block in blocks(GUIDE) if block.language == "diff"][:2]:
        edit(desk.root, block.text)
    rows = MISTAKE.findall(GUIDE.read_text())
    assert len(rows) == 8
    texts = [mistaken((desk.root / ITEMS).read_text(), right, wrong) for right, wrong, _ in rows]
    (desk.home / "checks.py").write_text(CHECKS)
    (desk.home / "texts.json").write_text(json.dumps(texts))
    done = desk.do("PYTHONPATH=. python ../checks.py ../texts.json")
    assert done.returncode == 0, done.stderr
    for (_, wrong, says), (code, printed) in zip(rows, json.loads(done.stdout), strict=True):
        assert check(Answer(wrong, f"policies/: {says}\n", code, printed)).code == 1


def mistaken(text: str, right: str, wrong: str) -> str:
    """The catalogue with one mistake in the item of the guide."""
    before, begin, item = text.partition(WHERE_IT_BEGINS)
    assert item.count(right) == 1, right
    return before + begin + item.replace(right, wrong)


def test_each_word_of_the_guide_is_one_that_the_rules_are_written_in() -> None:
    _, _, section = GUIDE.read_text().partition("\n## The words\n")
    table = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    named = [word for line in table for word in WORD.findall(line.split("|")[1])]
    writers = (words.one_of, words.task, words.item)
    arguments = {name for writer in writers for name in inspect.signature(writer).parameters}
    assert len(named) == 19
    assert {word for word in named if word not in arguments and not hasattr(words, word)} == set()
