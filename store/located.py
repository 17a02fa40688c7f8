"""YAML as plain values that remember their lines; what could be a trap is refused, not expanded."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

LONGEST = 5_000_000
"""Characters that a file may have."""
DEEPEST = 10
"""Levels that it may be nested."""

Path = tuple[str | int, ...]
_NOTHING = ("", "~", "null")
_TRUTH = {"true": True, "false": False}
_QUOTES = ("'", '"', "|", ">")
_NUMBER = re.compile(r"[-+]?[0-9]{1,9}")


class Problem(NamedTuple):
    """What is wrong in which line, and what to do."""

    line: int
    message: str


@dataclass
class Located:
    """A file as dicts, lists and plain values; `lines` says where each stands."""

    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a place, or of the nearest place around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Located:
    """The file; where it cannot be read `problems` say why, and there is no value."""
    found = Located()
    text = text.removeprefix("\ufeff")
    if len(text) > LONGEST:
        message = f"the file has more than {LONGEST:,} characters: split it"
        found.problems.append(Problem(1, message))
        return found
    try:
        found.problems.extend(_traps(text))
        root = None if found.problems else yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        found.problems.append(_unreadable(error, text))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "a character that does not belong in a text file: take it out"
        found.problems.append(Problem(line, message))
    else:
        if not found.problems:
            found.value = _value(root, (), found)
    return found


def _traps(text: str) -> list[Problem]:
    problems: list[Problem] = []
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if documents > 1:
            return [*problems, Problem(line, "a second document starts here: make it one file")]
        if isinstance(event, yaml.AliasEvent):
            problems.append(Problem(line, f"*{event.anchor} repeats another part: write it out"))
        elif isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            problems.append(Problem(line, "no tags here: take out what begins with !"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            return [*problems, Problem(line, "nested too deeply: no part has so many levels")]
    return problems


def _unreadable(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    indent = re.match(r"\s*", text.split("\n")[line])
    if indent and "\t" in indent[0]:
        return Problem(line + 1, "cannot be read: a tab, indent with spaces")
    return Problem(line + 1, f"cannot be read: {error.problem or 'this is no YAML'}")


def _value(node: yaml.Node | None, path: Path, found: Located) -> object:
    if node is None:
        return None
    found.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, found)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, n), found) for n, item in enumerate(node.value)]
    return _scalar(str(node.value), plain=getattr(node, "style", None) not in _QUOTES)


def _mapping(node: yaml.MappingNode, path: Path, found: Located) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            found.problems.append(Problem(line, "a key has to be a single word"))
            continue
        key = str(key_node.value)
        if key in values:
            found.problems.append(Problem(line, f"`{key}` is there twice: remove one"))
        found.lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), found)
    return values


def _scalar(text: str, *, plain: bool) -> object:
    # Only what the file needs, not YAML's own guesses: there `no` is False and 17:00 is 1020.
    if not plain:
        return text
    if text in _NOTHING:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    return int(text) if _NUMBER.fullmatch(text) else text
