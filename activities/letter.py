"""A mail that came in: what it says, and whether a person wrote it.

Nothing of it is trusted: not its headers, not its character sets, not its HTML. `python -m
activities.letter MARK...` reads one from its input, in a process that can be ended.
"""

import hashlib
import json
import re
import resource
import sys
from codecs import lookup
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import Message

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from activities.quoting import answer_in
from desk.model import CONTROL, SURROGATE

LONGEST = 19_000
"""Of an answer; what is longer is cut, and the whole mail stays in the mailbox."""
LONGEST_READ = 200_000
MOST_PARTS = 50
CPU_SECONDS, MEMORY_BYTES = 15, 2 * 1024**3
CHARSETS = re.compile(
    r"utf-?8|us-ascii|ascii|iso8859-\d+|cp\d+|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis"
    r"|euc_jp|euc_kr|iso2022_jp|mac-roman"
)
BLOCKS = ["p", "div", "tr", "li", "h1", "h2", "h3", "pre", "blockquote", "table", "body"]
HIDDEN = ["script", "style", "head", "title", "template"]
AUTOMATIC = ("X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Auto-Response-Suppress")
_AUTOMATIC_SUBJECT = re.compile(
    r"\s*(automatic reply|auto(matische)?[- ]?(antwort|reply|response)|out of (the )?office"
    r"|abwesen)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"^(?:reference|referenz)[ \t]*:[ \t]*(\S.{0,119})$", re.I | re.M)
_INTERIM = re.compile(r"\W*(?:interim|zwischenstand)\b", re.I)
GREETING_LINES = 4
"""So far down an answer may say that it is not the last one."""


class Unreadable(ValueError):
    """There is no answer in it; the message says why."""


@dataclass(frozen=True)
class Letter:
    """An answer; `key` is the same for the same mail, however often it is delivered."""

    key: str
    text: str
    reference: str | None
    final: bool


def read(raw: bytes, marks: tuple[str, ...]) -> Letter:
    """The answer that a mail holds, which stands above one of the `marks` if there is any.

    Raises:
        Unreadable: nobody says anything in it.
    """
    # The older policy: it takes any header as it is, in linear time.
    mail = message_from_bytes(raw)
    if mail.get_content_type() == "multipart/report":
        raise Unreadable("it tells that another mail did not arrive")
    said, whole = answer_in(_text(mail), marks)
    if not said:
        raise Unreadable("it says nothing")
    reference = _REFERENCE.search(said)
    return Letter(
        key=key_of(raw),
        text=said if len(said) <= LONGEST else f"{said[:LONGEST].rstrip()} [...]",
        reference=reference[1].strip() if reference else None,
        final=not (whole or _is_interim(said) or _by_machine(mail)),
    )


def key_of(raw: bytes) -> str:
    """By its Message-ID and what it says: some ticket systems have one id for many mails."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    named = re.search(rb"^message-id:\s*(\S{1,500})", head[:LONGEST_READ], re.I | re.M)
    what = (named[1] if named else head) + b"\n\n" + body
    return f"mail-{hashlib.sha256(what).hexdigest()[:40]}"


def _is_interim(said: str) -> bool:
    lines = [line for line in said.splitlines() if line.strip()]
    return any(_INTERIM.match(line) for line in lines[:GREETING_LINES])


def _by_machine(mail: Message) -> bool:
    automatic = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return (
        automatic != "no"
        or precedence in ("bulk", "junk", "auto_reply")
        or str(mail.get("Return-Path", "<x>")).strip() == "<>"
        or any(name in mail for name in AUTOMATIC)
        or _AUTOMATIC_SUBJECT.match(str(mail.get("Subject", ""))) is not None
    )


def _text(mail: Message) -> str:
    """What its parts say that are shown at once: as text, or as HTML when there is none."""
    parts = [part for part in mail.walk() if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        found = [part for part in parts[:MOST_PARTS] if part.get_content_type() == kind]
        text = "\n".join(map(_decoded, found))
        if kind == "text/html":
            text = _of_html(text)
        if text.strip():
            return text
    raise Unreadable("it holds no text")


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload[: 4 * LONGEST_READ] if isinstance(payload, bytes) else b""
    text = raw.decode(_charset(part), errors="replace")[:LONGEST_READ]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return SURROGATE.sub("?", CONTROL.sub("", lines))


def _charset(part: Message) -> str:
    """That of the part, if it is one in which text is really written."""
    try:
        name = lookup(part.get_content_charset("utf-8")).name
    except (LookupError, ValueError):
        return "utf-8"
    return name if CHARSETS.fullmatch(name) else "utf-8"


def _of_html(html: str) -> str:
    words: list[str] = []
    block = None
    for node in BeautifulSoup(html, "html.parser").descendants:
        if isinstance(node, Tag) and node.name == "br":
            words.append("\n")
        # Of scripts, styles and comments the strings are of kinds of their own.
        if type(node) is not NavigableString or node.find_parent(HIDDEN):
            continue
        inside = node.find_parent(BLOCKS)
        if inside is not block:
            words.append("\n")
            block = inside
        words.append(str(node) if node.find_parent("pre") else re.sub(r"\s+", " ", node))
    lines = "".join(words).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines))


def main() -> None:
    """Read a mail from the standard input, and print what it says, or why it says nothing."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        told = asdict(read(sys.stdin.buffer.read(), tuple(sys.argv[1:])))
    except Unreadable as error:
        told = {"unreadable": str(error)}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
