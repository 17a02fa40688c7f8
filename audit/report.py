"""The report of a package: one page of HTML that needs nothing else, for people who read or print.

Whatever somebody wrote is escaped, and the page itself forbids scripts and anything from outside.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from audit.account import Chain, Derived, Told
from audit.package import VERSION, Manifest
from audit.telling import People, Sentence, cut_in_words, instant, sentence
from desk.explain import Explanation, duration
from desk.view import ClockView

FOLDER = Path(__file__).parent / "templates"


class Row(NamedTuple):
    """A line of the timeline; `same` says that it happened at the instant of the one before."""

    told: Told
    who: str
    what: Sentence
    same: bool


class ClockRow(NamedTuple):
    """A clock and its account; `percent` is how much of its length is spent, 100 at most."""

    clock: ClockView
    account: Explanation
    percent: int


def report(manifest: Manifest, derived: Derived, chain: Chain, names: Mapping[str, str]) -> bytes:
    """The report; `manifest` lists the files of the package that there are beside it."""
    people = People(names)
    ticket = derived.standing.ticket
    page = _template().render(
        manifest=manifest,
        format=VERSION,
        ticket=ticket,
        standing=derived.standing,
        rows=_rows(derived, people),
        clocks=_clocks(derived),
        records={one.entry.run_id: one for one in chain.records},
        newest=chain.newest,
        names=sorted(names.items(), key=lambda item: item[1]),
        people=people,
        cut=cut_in_words(derived.cut) if derived.cut else None,
    )
    return (page + "\n").encode()


def _rows(derived: Derived, people: People) -> list[Row]:
    rows, before = [], None
    for told in derived.timeline:
        event = told.event
        who = people(event.actor) if event.actor else "the desk"
        rows.append(Row(told, who, sentence(event, people), event.at == before))
        before = event.at
    return rows


def _clocks(derived: Derived) -> list[ClockRow]:
    rows = []
    clocks, accounts = derived.standing.ticket.clocks, derived.standing.accounts
    for clock, account in zip(clocks, accounts, strict=True):
        share = account.elapsed / account.length if account.length else 1.0
        rows.append(ClockRow(clock, account, min(100, round(100 * share))))
    return rows


@cache
def _template() -> Template:
    templates = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["instant"] = instant
    templates.filters["span"] = _span
    templates.filters["words"] = lambda text: str(text).replace("_", " ")
    return templates.get_template("report.html")


def _span(length: timedelta) -> str:
    """To the second: what is less is of no use to a reader."""
    whole = timedelta(seconds=round(length.total_seconds()))
    return f"-{duration(-whole)}" if whole < timedelta() else duration(whole)
