"""The store against the histories: what differs, and how the store is put right."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from audit.evidence import Sources
from audit.replay import Lived, replay
from desk.record import Record, terms_digest
from desk.terms import Terms
from store.engine import reading, writing
from store.reads import Engine
from store.standing import Place, Stored, as_stored, restore, stored_ticket

LOOKS = 3
BETWEEN = 1.0
SHOWN = 12
"""Differences of a ticket that are told one by one."""


def whole_record(lived: Lived) -> Record | None:
    """The last record of a ticket, with all events of its life; None before the first."""
    if not lived.handed or not lived.moments:
        return None
    last = lived.handed[-1].record
    recorded = {event.id for one in lived.handed for event in one.record.events}
    terms = lived.moments[-1].terms
    return last.model_copy(
        update={
            "events": tuple(event for event in lived.events if event.id in recorded),
            "notices": (),
            "since": (1, 0),
            "terms": terms if terms_digest(terms) == last.terms_digest else None,
        }
    )


def differences(lived: Lived, stored: Stored | None) -> list[str]:
    """What the store has otherwise than the histories tell, in words; empty when all is well."""
    record = whole_record(lived)
    if record is None:
        return [] if stored is None else ["the store has a ticket that its history never recorded"]
    if stored is None:
        return ["the store does not know the ticket"]
    true = as_stored(record)
    wrong = [
        f"{name} is {_short(stored.facts.get(name))}, and was recorded as {_short(value)}"
        for name, value in true.facts.items()
        if stored.facts.get(name) != value and name not in ("inner", "body", "search", "tasks")
    ]
    if not wrong and _texts(stored.facts) != _texts(true.facts):
        wrong.append("the ticket's snapshot is another one")
    if true.terms is not None and stored.terms != true.terms:
        wrong.append("its terms are others")
    wrong += _events(true.events, stored.events)
    if stored.tasks != true.tasks:
        wrong.append(f"{len(stored.tasks)} human tasks are open, and {len(true.tasks)} should be")
    return wrong


def _texts(facts: dict[str, Any]) -> list[Any]:
    return [facts.get(name) for name in ("inner", "body", "search", "tasks")]


def _events(true: dict[Place, dict[str, Any]], found: dict[Place, dict[str, Any]]) -> Iterator[str]:
    for version, index in sorted(true.keys() - found.keys()):
        yield f"event {version}.{index} is missing"
    for version, index in sorted(found.keys() - true.keys()):
        yield f"event {version}.{index} never happened"
    for place in sorted(true.keys() & found.keys()):
        if true[place] != found[place]:
            yield f"event {place[0]}.{place[1]} is another one"


def _short(value: object) -> str:
    text = repr(str(value)) if value is not None else "nothing"
    return text if len(text) <= 60 else text[:57] + "...'"


class Found(NamedTuple):
    """What differs of a ticket, in words, and whether it was put right."""

    words: list[str]
    repaired: bool


class Reconciler:
    """Holds tickets against their evidence; looks again while a ticket is still moving."""

    def __init__(self, sources: Sources, engine: Engine) -> None:
        self._sources = sources
        self._engine = engine

    async def differs(self, lived: Lived) -> bool:
        """Whether anything differs at the first look."""
        stored = await asyncio.to_thread(self._stored, lived.number)
        return bool(lived.wrong or differences(lived, stored))

    async def check(self, number: str, repair: bool = False) -> Found:
        """What differs; with `repair` the store is made to say what the histories tell.

        Raises:
            TicketNotFound: there is no evidence of such a ticket.
        """
        found: list[str] = []
        stored: Stored | None = None
        for look in range(LOOKS):
            lived = await replay(await self._sources.of(number))
            stored = await asyncio.to_thread(self._stored, number)
            found = lived.wrong or differences(lived, stored)
            if not found:
                return Found([], False)
            if look < LOOKS - 1:
                await asyncio.sleep(BETWEEN)
        record = whole_record(lived)
        repaired = False
        if repair and not lived.wrong and record is not None:
            repaired = await asyncio.to_thread(self._restore, record, stored, lived.terms)
        return Found(found[:SHOWN], repaired)

    def _stored(self, number: str) -> Stored | None:
        with reading(self._engine) as connection:
            return stored_ticket(connection, number)

    def _restore(self, record: Record, seen: Stored | None, former: Iterable[Terms]) -> bool:
        with writing(self._engine) as connection:
            return restore(connection, record, seen, former)
