"""What a package says of a ticket beside its histories: made of them, so that it can be made again.

The order of keys and the spaces are always the same: the same account has the same bytes.
"""

import json
from datetime import datetime
from typing import NamedTuple

from audit.chain import Checkpoint, Entry
from audit.package import TERMS, TICKET, TIMELINE
from audit.replay import Lived
from audit.travel import Standing, standing
from desk.events import Adopted, Became, Event
from desk.grounds import Grounds
from desk.model import Frozen
from desk.record import terms_digest
from desk.terms import Terms
from desk.why import Why, whys
from desk.why_complaints import placed


class Vouched(Frozen):
    """A record of the chain, with what was signed as it was appended."""

    entry: Entry
    checkpoint: Checkpoint


class Chain(Frozen):
    """The chain's records of a ticket, and the newest end of the whole chain."""

    records: tuple[Vouched, ...]
    newest: Checkpoint | None


class Told(Frozen):
    """An event of the timeline, and why it happened where a machine decided."""

    event: Event
    why: Why | None


class Derived(NamedTuple):
    """What a replay of the histories makes of a ticket; `cut` as in `Lived`."""

    standing: Standing
    timeline: tuple[Told, ...]
    terms: Terms
    cut: str | None

    def files(self) -> dict[str, bytes]:
        """The same as files of a package."""
        told = [one.model_dump(mode="json", by_alias=True) for one in self.timeline]
        return {TICKET: as_json(self.standing), TIMELINE: _json(told), TERMS: as_json(self.terms)}


def derive(lived: Lived, at: datetime) -> Derived:
    """What the histories tell; the ticket as of `at`, or of its last event if that is later."""
    last, events = lived.moments[-1], lived.events
    turns = tuple(event for event in events if isinstance(event.what, Adopted | Became))
    grounds = Grounds(last.terms, last.ticket.clocks, _rules(lived), turns)
    reasons = placed(whys(events, (), grounds), last.ticket)
    return Derived(
        standing(lived, max(at, events[-1].at)),
        tuple(Told(event=e, why=why) for e, why in zip(events, reasons, strict=True)),
        last.terms,
        lived.cut,
    )


def _rules(lived: Lived) -> dict[str, Terms]:
    """Each terms that the ticket ever had, by their policy version and by their digest."""
    by_version = {terms.policy_version: terms for terms in lived.terms}
    return by_version | {terms_digest(terms): terms for terms in lived.terms}


def as_json(value: Frozen) -> bytes:
    """JSON that people can read too."""
    return _json(value.model_dump(mode="json", by_alias=True))


def _json(value: object) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()
