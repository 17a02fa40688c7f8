"""A guide whose blocks are executed: edits as diffs, and commands with what they answer."""

import doctest
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONTINUED = "    "
"""What a line begins with that goes on with the command above it."""
NUMBER = re.compile(r"\b[A-Z]{3}-[0-9A-Z]{8}\b")


class Block(NamedTuple):
    """An edit (`diff`), commands (`console`), or something to be read."""

    language: str
    text: str


class Answer(NamedTuple):
    """What a command of the guide came to; `wanted` is what the guide says it prints."""

    command: str
    wanted: str
    code: int
    printed: str


Run = Callable[[str], "subprocess.CompletedProcess[str]"]


def blocks(guide: Path) -> list[Block]:
    """The blocks of a guide, in order."""
    return [Block(*found) for found in BLOCK.findall(guide.read_text())]


def edit(root: Path, diff: str) -> None:
    """Apply a diff; the context of each hunk must be found exactly once in the file."""
    head, _, body = diff.partition("\n")
    path = root / head.removeprefix("--- a/")
    for hunk in re.split(r"^@@.*\n", body, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        text = path.read_text()
        assert text.count(before) == 1, f"{path.name} has not exactly one\n{before}"
        path.write_text(text.replace(before, after))


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, and what it is to print; empty when the guide does not say."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, *lines = part.splitlines(keepends=True)
        more = next((n for n, line in enumerate(lines) if not line.startswith(CONTINUED)), None)
        yield (
            "".join([first, *lines[:more]]).rstrip(),
            "".join(lines[more:] if more is not None else []),
        )


def answer(command: str, wanted: str, run: Run) -> Answer:
    """What a command comes to; to be checked."""
    done = run(command)
    printed = done.stdout if done.returncode == 0 else done.stdout + done.stderr
    return Answer(command, wanted, done.returncode, printed)


def check(one: Answer) -> Answer:
    """Refuse an answer that is not what the guide says."""
    same = doctest.OutputChecker().check_output(
        one.wanted, one.printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    said = f"$ {one.command}\nprinted\n{one.printed}\nand is to print\n{one.wanted}"
    assert same or not one.wanted, said
    return one


def in_words_of(known: dict[str, str], text: str) -> str:
    """A text of the guide with the numbers that its tickets have here."""
    return NUMBER.sub(lambda found: known.get(found[0], found[0]), text)


def learn(known: dict[str, str], one: Answer) -> Answer:
    """The answer as it is wanted here; a number that the guide has not named before is new here."""
    new = [name for name in dict.fromkeys(NUMBER.findall(one.wanted)) if name not in known.values()]
    here = [
        name for name in dict.fromkeys(NUMBER.findall(one.printed)) if name not in known.values()
    ]
    known.update(zip(new, here, strict=False))
    return one._replace(wanted=in_words_of(known, one.wanted))
