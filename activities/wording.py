"""The words of each language: templates, dates in a person's own zone, durations, priorities."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from desk.catalogue import Item, approval_clock, task_clock
from desk.model import CONTROL
from desk.spoken import Spoken, dated
from desk.ticket import Kind
from desk.vendor import of_clock
from desk.vendor_events import Cause

FALLBACK = "en"
FOLDER = Path(__file__).parent.parent / "policies" / "messages"


class Words(Spoken):
    """What `words.toml` of a language holds."""

    day: str
    somebody: str
    decide: str
    answer_above: str
    answer_by_mail: str
    kinds: dict[Kind, str]
    vendor_messages: dict[str, str]
    vendor_causes: dict[Cause, str]
    units: dict[str, tuple[str, str]]
    priorities: dict[str, str]
    targets: dict[str, str]
    results: dict[str, str]
    whom: dict[str, str]


@dataclass(frozen=True)
class Language:
    """One folder of `policies/messages`: its words, and its templates ready to be filled."""

    code: str
    words: Words
    templates: Environment


@cache
def languages() -> dict[str, Language]:
    """Every language there are texts for, by its code; read once a process."""
    codes = sorted(path.parent.name for path in FOLDER.glob("*/words.toml"))
    return {code: _read(code) for code in codes}


def language(code: str) -> Language:
    """The language, or its main one (`de-AT`: `de`), or English when there are no such texts."""
    known = languages()
    return known.get(code) or known.get(code.partition("-")[0].lower()) or known[FALLBACK]


def text_of(tongue: Language, template: str, *, complaint: bool) -> Template:
    """The text of that name; of a complaint that of its own folder, where it has one."""
    own = [f"complaint/{template}.txt"] if complaint else []
    return tongue.templates.select_template([*own, f"{template}.txt"])


def _read(code: str) -> Language:
    folder = FOLDER / code
    words = Words.model_validate(tomllib.loads((folder / "words.toml").read_text("utf-8")))
    # Plain text: there is nothing to escape, and "<" stays "<".
    templates = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["quoted"] = quoted
    templates.filters["indented"] = indented
    return Language(code, words, templates)


def quoted(text: str) -> str:
    """Somebody's words, marked as such the way mail does it."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def indented(text: str) -> str:
    """Somebody's words as one entry of a list: no line of theirs can look like one of ours."""
    lines = CONTROL.sub(" ", text).splitlines()
    return "\n    ".join(line.strip() for line in lines if line.strip())


def dates(words: Words, zone_name: str) -> Callable[[datetime], str]:
    """Writes instants as they are read in that zone, with the zone's name."""
    return partial(dated, words, zone_name)


def day(words: Words, on: date) -> str:
    """A day as it is read."""
    return words.day.format(day=on.day, month=words.months[on.month - 1], year=on.year)


def duration(words: Words, length: timedelta) -> str | None:
    """In words, by its two largest units; nothing when it is less than a minute."""
    minutes = length // timedelta(minutes=1)
    amounts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    parts = [f"{n} {words.units[unit][n != 1]}" for unit, n in amounts.items() if n > 0]
    return " ".join(parts[:2]) or None


def target(words: Words, name: str, item: Item | None = None, vendor: str | None = None) -> str:
    """What a time is promised for, as a part of a sentence; a request's in its item's words.

    `vendor` is what the one is called whose contract it is of.
    """
    stage, task = name.removeprefix(approval_clock("")), name.removeprefix(task_clock(""))
    if stage != name:
        called = stage_of(item, stage)
        return words.targets["one_approval" if called else "approval"].format(name=called)
    if task != name:
        return words.targets["task"].format(name=title_of(item, task))
    if (owes := of_clock(name)) is not None:
        return words.targets["vendor"].format(name=vendor or owes)
    if item is not None and name == "resolution":
        name = "fulfilment"
    return words.targets.get(name, name.replace("_", " "))


def stage_of(item: Item | None, stage: str) -> str | None:
    """What people call a stage of approval; nothing where there is but that one."""
    alone = item is not None and len(item.approvals) == 1
    return None if alone else stage.replace("_", " ")


def title_of(item: Item | None, task: str) -> str:
    """What people call a task."""
    titles = {task.key: task.title for task in item.tasks} if item else {}
    return titles.get(task, task.replace("_", " "))
