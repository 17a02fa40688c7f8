"""What of a mail's text is the answer, and what the mail that is answered.

Rather a line too much is shown than one of the answer lost.
"""

import re
from itertools import takewhile
from typing import NamedTuple

_FIELD = re.compile(r"\s*\*?[\w -]{2,20}:")
FIELDS = 4
"""From, sent, to and subject, in whatever language."""
_OURS = re.compile(r"@|\[[A-Z]{3}-")
_DATE = re.compile(r"\d{4}|\d[./-]\d{1,2}[./-]|\d{1,2}[:.]\d\d")
WRAPPED = 3
_RULE = re.compile(r"[-_]{5,}(?: ?\w[\w ]{0,38}[-_]{3,})?")
_DEVICE = re.compile(
    r"(?:sent from|get outlook|von meinem .{1,40} gesendet|gesendet (?:von|mit)|diese nachricht "
    r"wurde von).{0,80}",
    re.IGNORECASE,
)


class Answer(NamedTuple):
    """The answer; `whole`: it could not be told from what it answers, so that is in it too."""

    text: str
    whole: bool = False


def answer_in(text: str, marks: tuple[str, ...]) -> Answer:
    """The answer, which stands above a mark, below it, or between the lines.

    A quoted mark (`> `) with nothing but quoted lines around it: an empty answer.
    """
    found = [match for mark in marks if (match := _flexible(mark).search(text))]
    if not found:
        return Answer(text.strip())
    mark = min(found, key=lambda match: match.start())
    above = _without_heading(text[: mark.start()])
    quoted = ">" in mark[0].partition("#")[0]
    # What follows the sign of a signature is nobody's answer.
    rest = takewhile(lambda line: line.rstrip() != "--", text[mark.end() :].split("\n"))
    if quoted and any(line.strip() and not line.lstrip().startswith(">") for line in rest):
        return Answer(text.strip())
    if above or quoted:
        return Answer(above)
    return Answer(text.strip(), whole=True)


def _flexible(mark: str) -> re.Pattern[str]:
    """The mark at the beginning of a line, also where a mail program has wrapped or quoted it."""
    words = r"[\s>|]{1,20}".join(map(re.escape, mark.split()))
    return re.compile(rf"^[> \t|]{{0,40}}{words}[ \t]*$", re.MULTILINE)


def _without_heading(text: str) -> str:
    """Without what mail programs put between an answer and what it answers."""
    lines = text.rstrip().split("\n")
    _drop_rules(lines)
    start = next((n for n in range(len(lines), 0, -1) if not lines[n - 1].strip()), 0)
    fields = list(takewhile(_FIELD.match, reversed(lines[start:])))
    if len(fields) >= FIELDS and _OURS.search("\n".join(fields)):
        del lines[-len(fields) :]
    elif lines and lines[-1].rstrip().endswith(":"):
        _drop_attribution(lines, start)
    _drop_rules(lines)
    left = "\n".join(lines).strip()
    return "" if _DEVICE.fullmatch(left) else left


def _drop_attribution(lines: list[str], start: int) -> None:
    """Remove "On Sunday ... <desk@example.org> wrote:", which is wrapped at times."""
    for first in range(len(lines) - 1, max(start, len(lines) - WRAPPED) - 1, -1):
        if _DATE.search(" ".join(lines[first:])):
            del lines[first:]
            return
    if "@" in lines[-1]:
        del lines[-1]


def _drop_rules(lines: list[str]) -> None:
    """Remove what is at the end: empty lines, empty quotes, and lines drawn."""
    while lines and (not (line := lines[-1].strip(" \t>|")) or _RULE.fullmatch(line)):
        lines.pop()
