"""Why each event of a part of a timeline happened, for those of the desk."""

from desk.events import Adopted, Became, Event, Prioritised
from desk.grounds import Grounds
from desk.terms import Terms
from desk.why import Why, whys
from desk.why_complaints import placed
from store.policy import terms_of_versions
from store.reads import Connection
from store.tickets import Stored, terms_by_digest, terms_of
from store.timeline import Entries, events_before, turns_after


def reasons(connection: Connection, found: Stored, entries: Entries) -> list[Why | None]:
    """The reason of each entry; five queries at most, however many there are."""
    events = [entry.event for entry in entries.items]
    terms = terms_of(connection, found.terms_digest)
    if terms is None or not events:
        return [None] * len(events)
    number, whole = found.view.number, (events[0].version, events[0].index) == (1, 0)
    before = [] if whole else events_before(connection, number, events[0])
    later = turns_after(connection, number, events[-1]) if entries.next else []
    known = [*before, *events, *later]
    turns = tuple(event for event in known if isinstance(event.what, Adopted | Became))
    older = _older(connection, terms, known)
    grounds = Grounds(terms, found.ticket.clocks, older, turns)
    return placed(whys(events, before, grounds), found.view)


def _older(connection: Connection, terms: Terms, events: list[Event]) -> dict[str, Terms]:
    """The terms that the ticket had before, by their digest, or else the rules of their version."""
    left = [event.what for event in events if isinstance(event.what, Adopted)]
    digests = {what.terms_before for what in left if what.terms_before is not None}
    older = terms_by_digest(connection, digests) if digests else {}
    named = {e.what.policy_version for e in events if isinstance(e.what, Prioritised | Adopted)}
    named |= {what.before for what in left}
    others = named - {had.policy_version for had in (terms, *older.values())}
    others |= {what.before for what in left if what.terms_before not in older}
    return {**older, **(terms_of_versions(connection, others) if others else {})}
