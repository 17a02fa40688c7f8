"""The page behind the link of an approval: its words, and the answer that it is sent in."""

import base64
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from desk.model import Frozen
from desk.spoken import Spoken

FOLDER = Path(__file__).parent / "decide"
FALLBACK = "en"
STATUS = {
    "ask": 200, "approved": 200, "rejected": 200, "changed": 409, "over": 410, "not_asked": 409,
    "withdrawn": 410, "late": 410,
    "expired": 410, "forged": 404, "left": 403, "other": 403, "moving": 409, "malformed": 400,
    "busy": 429, "away": 503,
}  # fmt: skip


class Words(Spoken):
    """What a file of words holds; `ends` has a heading and a sentence for each end of a visit."""

    desk: str
    asked: str
    reason: str
    hint: str
    approve: str
    reject: str
    otherwise: str
    lines: dict[str, str]
    said: dict[str, str]
    wrong: dict[str, str]
    ends: dict[str, tuple[str, str]]


class Told(Frozen):
    """An earlier decision, in words."""

    words: str
    reason: str | None


class Asked(Frozen):
    """What is asked for, as its approver reads it."""

    title: str
    lines: tuple[tuple[str, str], ...]
    decisions: tuple[Told, ...]


@dataclass(frozen=True)
class Page:
    """One answer: how the visit ends, and what else there is to tell."""

    end: str
    language: str = FALLBACK
    number: str | None = None
    told: tuple[str, ...] = ()
    order: Asked | None = None
    reason: str = ""
    wrong: str | None = None
    at: str = ""
    status: int | None = None


def languages() -> list[str]:
    """The languages that there are words of."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def spoken(language: str) -> str:
    """The language, or its main one (`de-AT`: `de`), or English when there are no such words."""
    main = language.strip().partition("-")[0].lower()
    return main if main in languages() else FALLBACK


@cache
def words_in(language: str) -> Words:
    """The words of a language that is spoken."""
    return Words.model_validate(tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> tuple[str, str]:
    """The style of the page, and its hash, by which alone a browser lets it in."""
    style = (FOLDER / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return style, f"sha256-{digest}"


def answer(page: Page) -> HTMLResponse:
    """The page as it is sent: nothing in it runs, is kept, found by a search, or framed."""
    words = words_in(page.language)
    heading, sentence = words.ends[page.end]
    style, digest = _style()
    told = tuple(filter(None, (*page.told, sentence.format(at=page.at))))
    html = (
        _templates()
        .get_template("page.html")
        .render(
            lang=page.language,
            words=words,
            heading=heading,
            # Ours, and as it was hashed: whatever is escaped is another style.
            style=Markup(style),  # noqa: S704
            number=page.number,
            told=told,
            order=page.order,
            ask=page.end == "ask",
            reason=page.reason,
            wrong=words.wrong[page.wrong] if page.wrong else None,
        )
    )
    policy = f"default-src 'none'; style-src '{digest}'; form-action 'self'; base-uri 'none'"
    headers = {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "Content-Language": page.language,
    }
    if page.end in ("busy", "away"):
        headers["Retry-After"] = "60" if page.end == "busy" else "2"
    return HTMLResponse(html, page.status or STATUS[page.end], headers)
