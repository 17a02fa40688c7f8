"""Why each event of a part of a timeline happened, for those of the desk."""

from collections.abc import Iterable, Sequence

from desk.events import Adopted, Event, Prioritised
from desk.grounds import Grounds
from desk.terms import Terms
from desk.why import Why, whys
from desk.why_complaints import placed
from store.policy import terms_of_versions
from store.reads import Connection
from store.tickets import Stored, terms_of
from store.timeline import Entry, events_before


def reasons(connection: Connection, found: Stored, entries: Sequence[Entry]) -> list[Why | None]:
    """The reason of each entry; three queries at most, however many there are."""
    events = [entry.event for entry in entries]
    terms = terms_of(connection, found.terms_digest)
    if terms is None or not events:
        return [None] * len(events)
    whole = (events[0].version, events[0].index) == (1, 0)
    before = [] if whole else events_before(connection, found.view.number, events[0])
    older = _older(connection, terms, (*before, *events))
    grounds = Grounds(terms, found.ticket.clocks, older)
    return placed(whys(events, before, grounds), found.view)


def _older(connection: Connection, terms: Terms, events: Iterable[Event]) -> dict[str, Terms]:
    """The rules that the ticket had before it adopted others."""
    named = {e.what.policy_version for e in events if isinstance(e.what, Prioritised | Adopted)}
    others = named - {terms.policy_version}
    return terms_of_versions(connection, others) if others else {}
