"""The timeline as it is answered: people by address, messages beside the events they tell of."""

import re
from typing import Any, Self

from pydantic import ConfigDict

from api.complaint_body import About
from api.people import address, vendor_name
from desk import about
from desk.events import HandedOff, Opened
from desk.model import Frozen, Instant
from desk.vendor import of_actor
from desk.vendor_events import WithVendor
from desk.why import Why
from store.messages import State
from store.organisation import Organisation
from store.timeline import Delivery, Entries, Entry

PEOPLE = ("requester", "assignee", "duty", "for", "to")
AS_SENT = ("answers",)
PERSON = re.compile(r"\bp-\w+\b")
"""The id of a person, where a reason names one."""
DESKS_OWN = ("duty", "other", "said")
FOR_REASONS = ("clocks", "terms_before")
"""What events keep so that they can be explained later on; their `why` says it."""


class Told(Frozen):
    """A message: to whom, of which template, and whether and when it was sent."""

    to: str | None
    template: str
    state: State
    at: Instant | None


class Happened(Frozen):
    """An event; beside these fields it has those of its kind, which `event` names.

    Those of the desk alone read `via` (the channel), `correlation`, and `why`: which rule of
    which policy version made the decision, and from what facts; null where no machine decided.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str
    version: int
    index: int
    at: Instant
    actor: str | None
    via: str | None
    correlation: str | None
    why: Why | None
    event: str
    internal: bool
    messages: tuple[Told, ...]


class Timeline(Frozen):
    """Part of a timeline; `next` goes into `after`, null at its end."""

    items: tuple[Happened, ...]
    next: str | None

    @classmethod
    def of(cls, entries: Entries, organisation: Organisation, why: list[Why | None] | None) -> Self:
        """The entries as those of the desk see them, each with its reason, or as the requester."""
        inside = why is not None
        reasons = why if why is not None else [None] * len(entries.items)
        items = tuple(
            _happened(entry, reason, organisation, inside)
            for entry, reason in zip(entries.items, reasons, strict=True)
        )
        return cls(items=items, next=entries.next)


def _happened(entry: Entry, why: Why | None, organisation: Organisation, inside: bool) -> Happened:
    event = entry.event
    what = event.what.model_dump(mode="json", by_alias=True)
    if isinstance(event.what, Opened) and event.what.about is not None:
        what["about"] = _about(event.what.about, organisation)
    if isinstance(event.what, HandedOff):
        what["by"] = address(organisation, event.what.by)
    if isinstance(event.what, WithVendor) and not inside:
        what = {"event": event.what.event, "pauses": event.what.pauses}
    hidden = FOR_REASONS if inside else (*FOR_REASONS, *DESKS_OWN)
    what = {name: value for name, value in what.items() if name not in hidden}
    return Happened(
        **_by_address(what, organisation),
        id=event.id,
        version=event.version,
        index=event.index,
        at=event.at,
        # Which vendor it was is the desk's own to know.
        actor=address(organisation, event.actor) if inside or not of_actor(event.actor) else None,
        via=event.via if inside else None,
        correlation=event.correlation if inside else None,
        why=_named(why, organisation) if why is not None else None,
        internal=event.internal,
        messages=tuple(_told(told, organisation) for told in entry.deliveries),
    )


def _about(what: about.About, organisation: Organisation) -> dict[str, str]:
    shown = About.shown(what, organisation)
    return shown.model_dump(exclude_none=True) if shown is not None else {}


def _named(why: Why, organisation: Organisation) -> Why:
    """The reason with the people that it names by address."""

    def readable(text: str) -> str:
        return PERSON.sub(lambda id: address(organisation, id[0]) or id[0], text)

    facts = {name: readable(fact) for name, fact in why.facts.items()}
    return why.model_copy(update={"facts": facts, "words": readable(why.words)})


def _by_address(what: dict[str, Any], organisation: Organisation) -> dict[str, Any]:
    """Each person that an event names, also within its step."""
    shown: dict[str, Any] = {}
    for name, value in what.items():
        if name in AS_SENT:
            shown[name] = value
        elif name in PEOPLE and isinstance(value, str):
            shown[name] = address(organisation, value)
        else:
            shown[name] = _by_address(value, organisation) if isinstance(value, dict) else value
    return shown


def _told(told: Delivery, organisation: Organisation) -> Told:
    return Told(
        to=address(organisation, told.person) or vendor_name(organisation, told.vendor),
        template=told.template,
        state=told.state,
        at=told.sent_at,
    )
