"""The organisation that a log tells of: each of its teams becomes a support group of the desk."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import yaml

from feed.log import Row

FIRST = 1
LONGEST = 40
_LINE = re.compile(r"[123]")
_OTHERS = re.compile(r"[^a-z0-9]+")
_PLAIN = re.compile(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*")


class Team(NamedTuple):
    """A team on a line, both as the log writes them."""

    name: str
    line: str


class LogGroup(NamedTuple):
    """The support group that a team becomes; `line` is the desk's."""

    id: str
    name: str
    line: int


Groups = Mapping[Team, LogGroup]


def line_of(text: str) -> int:
    """The desk's line of a log's line: the first of 1, 2, 3 in it; without any, the first line.

    `2/L3` (a team of the second line that does the third line's work too) is line 2.
    """
    found = _LINE.search(text)
    return int(found[0]) if found else FIRST


def groups_of(rows: Iterable[Row]) -> dict[Team, LogGroup]:
    """A group for each team and line; the same team has the same id in any file.

    Teams that differ in upper and lower case alone are one team.
    """
    teams = sorted({Team(row.team, row.line) for row in rows})
    return {team: _group(team) for team in teams}


def _group(team: Team) -> LogGroup:
    """An id that can be read; a mark tells apart what only differs in what an id cannot hold."""
    line = line_of(team.line)
    words = _OTHERS.sub("-", team.name.lower()).strip("-")
    parts = ["log", words[:LONGEST].strip("-"), str(line)]
    plain = _PLAIN.fullmatch(team.name) and len(words) <= LONGEST
    if not plain or team.line != str(line):
        parts.append(hashlib.sha256(f"{team.name}\n{team.line}".encode()).hexdigest()[:6])
    return LogGroup("-".join(filter(None, parts)), team.name, line)


def as_yaml(groups: Groups, leads: Mapping[int, str]) -> str:
    """The groups as an organisation file; `leads` names who stands for each line, by address.

    The log's own people are numbers, so the lead is each group's one member.
    """
    made = {
        group.id: {
            "id": group.id,
            "name": group.name,
            "line": group.line,
            "lead": leads[group.line],
            "members": [leads[group.line]],
        }
        for group in groups.values()
    }
    return yaml.safe_dump({"groups": list(made.values())}, sort_keys=False, allow_unicode=True)
