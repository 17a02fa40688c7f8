"""The words of each language: templates, dates in a person's own zone, durations, priorities."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from desk.catalogue import Item, approval_clock, task_clock
from desk.model import CONTROL, Frozen
from desk.ticket import Kind
from desk.vendor import of_clock
from desk.zone import zone

FALLBACK = "en"
FOLDER = Path(__file__).parent.parent / "policies" / "messages"


class Words(Frozen):
    """What `words.toml` of a language holds."""

    date: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    somebody: str
    decide: str
    yes: str
    no: str
    kinds: dict[Kind, str]
    units: dict[str, tuple[str, str]]
    priorities: dict[str, str]
    targets: dict[str, str]
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
    place = zone(zone_name)

    def write(instant: datetime) -> str:
        local = instant.astimezone(place)
        name = zone_name
        if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            # In the hour that autumn has twice, the time of day alone says nothing.
            name = f"{zone_name}, {local:UTC%z}"
        return words.date.format(
            weekday=words.weekdays[local.weekday()],
            day=local.day,
            month=words.months[local.month - 1],
            year=local.year,
            time=f"{local:%H:%M}",
            zone=name,
        )

    return write


def duration(words: Words, length: timedelta) -> str | None:
    """In words, by its two largest units; nothing when it is less than a minute."""
    minutes = length // timedelta(minutes=1)
    amounts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    parts = [f"{n} {words.units[unit][n != 1]}" for unit, n in amounts.items() if n > 0]
    return " ".join(parts[:2]) or None


def target(words: Words, name: str, item: Item | None = None) -> str:
    """What a time is promised for, as a part of a sentence; a request's in its item's words."""
    stage, task = name.removeprefix(approval_clock("")), name.removeprefix(task_clock(""))
    if stage != name:
        return words.targets["approval"].format(name=stage.replace("_", " "))
    if task != name:
        return words.targets["task"].format(name=title_of(item, task))
    if (vendor := of_clock(name)) is not None:
        return words.targets["vendor"].format(name=vendor)
    if item is not None and name == "resolution":
        name = "fulfilment"
    return words.targets.get(name, name.replace("_", " "))


def title_of(item: Item | None, task: str) -> str:
    """What people call a task."""
    titles = {task.key: task.title for task in item.tasks} if item else {}
    return titles.get(task, task.replace("_", " "))
