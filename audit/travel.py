"""Time travel: a ticket as it stood at any instant, worked out from what its histories tell."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from audit.evidence import NoEvidence
from audit.replay import Lived
from audit.telling import in_words
from audit.witness import Moment
from desk.advance import advance, catch_up
from desk.change import Outcome
from desk.deadlines import Breach, Deadline, Firing, GivingUp, next_deadline
from desk.errors import InvalidFact
from desk.events import Event
from desk.explain import Explanation, explain
from desk.model import Frozen, Instant
from desk.record import HumanTask
from desk.tasks import human_tasks
from desk.terms import Terms
from desk.ticket import Ticket
from desk.vendor import of_clock
from desk.view import View, view

BY_ITSELF = {
    "resume": "its wait is over",
    "question": "the requester is reminded of the question, or whoever asked is told",
    "remind": "the requester is asked to confirm",
    "close": "it closes, as the requester says nothing",
    "retire": "its time to reopen ends",
}
PLACE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class NextDue(Frozen):
    """What time would have brought next, and when."""

    at: Instant
    what: str


class Standing(Frozen):
    """A ticket as of an instant: its facts and clocks, who was waited for, what was due next.

    `last` is the place of the last event that had happened, as `version.index`; `accounts` say of
    each clock, in their order, why it was due when it was.
    """

    at: Instant
    last: str
    ticket: View
    accounts: tuple[Explanation, ...]
    tasks: tuple[HumanTask, ...]
    next_due: NextDue | None


class _State(NamedTuple):
    ticket: Ticket
    terms: Terms
    events: tuple[Event, ...]


def standing(lived: Lived, at: datetime) -> Standing:
    """The ticket as it stood at an instant, after all that happened in it.

    Raises:
        InvalidFact: the ticket was not there yet.
        NoEvidence: not even its opening can be replayed.
    """
    return _standing(_state(lived.moments, at), at)


def standing_after(lived: Lived, place: str) -> Standing:
    """The ticket right after an event, named by its place `version.index`, or after a version.

    What one step did is done as a whole: `last` says which event the ticket is shown after.

    Raises:
        InvalidFact: there is no such event.
    """
    version, _, index = place.partition(".")
    for nth, moment in enumerate(lived.moments):
        of_version = [e for e in moment.events if str(e.version) == version]
        named = [e for e in of_version if index in ("", str(e.index))]
        if named:
            event = named[-1]
            before = lived.moments[:nth]
            past = tuple(e for one in before for e in one.events)
            if event.at == moment.events[-1].at or not before:
                whole = _State(moment.ticket, moment.terms, past + moment.events)
                return _standing(whole, event.at)
            return _standing(_passed(before[-1], past, event.at), event.at)
    if not lived.events:
        raise NoEvidence("its histories cannot be replayed up to its opening")
    there_are = f"{_place(lived.events[0])} to {_place(lived.events[-1])}"
    raise InvalidFact("at", f"{lived.number} has no event {place}: it has events {there_are}")


def _place(event: Event) -> str:
    return f"{event.version}.{event.index}"


def _standing(state: _State, at: datetime) -> Standing:
    ticket, terms = state.ticket, state.terms
    last = state.events[-1]
    return Standing(
        at=at,
        last=_place(last),
        ticket=view(ticket, terms.calendars),
        accounts=tuple(explain(clock, terms.calendars, at) for clock in ticket.clocks),
        tasks=human_tasks(ticket, terms),
        next_due=_next_in_words(next_deadline(ticket, terms)),
    )


def stood(lived: Lived, when: str | None) -> Standing:
    """The ticket when somebody says: an instant, an event's place or a version; None is now.

    Raises:
        InvalidFact: it is none of these, or lies in the future, or before the ticket.
    """
    now = datetime.now(UTC)
    if when is None:
        return standing(lived, max([now, *(event.at for event in lived.events[-1:])]))
    if PLACE.fullmatch(when):
        return standing_after(lived, when)
    at = parsed(when)
    if at > now:
        raise InvalidFact("at", f"{when} must not lie in the future")
    return standing(lived, at)


def parsed(text: str, field: str = "at") -> datetime:
    """An instant as somebody wrote it in a field; without a zone it is in UTC.

    Raises:
        InvalidFact: it is none.
    """
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidFact(field, f"{text!r} is no instant: write 2026-03-02T09:30:00Z") from None


def _state(moments: list[Moment], at: datetime) -> _State:
    """The ticket after everything that had happened by then.

    When an outage was made up for in one go, several instants came in one change: of these only
    what was due by then is let happen, by the same function.
    """
    if not moments:
        raise NoEvidence("its histories cannot be replayed up to its opening")
    if moments[0].events[0].at > at:
        opened = in_words(moments[0].events[0].at)
        raise InvalidFact("at", f"the ticket was not there yet: it was opened at {opened}")
    done = [moment for moment in moments if moment.events[-1].at <= at]
    begun = moments[len(done)] if len(done) < len(moments) else None
    past = tuple(event for moment in done for event in moment.events)
    if begun is None or begun.events[0].at > at:
        return _State(done[-1].ticket, done[-1].terms, past)
    if not done:
        happened = tuple(event for event in begun.events if event.at <= at)
        return _State(begun.ticket, begun.terms, happened)
    return _passed(done[-1], past, at)


def _passed(before: Moment, past: tuple[Event, ...], at: datetime) -> _State:
    pass_time = catch_up if before.ticket.clock == "given" else advance
    passed: Outcome = pass_time(before.ticket, before.terms, at)
    return _State(passed.ticket, before.terms, past + passed.events)


def _next_in_words(deadline: Deadline | None) -> NextDue | None:
    if deadline is None:
        return None
    match deadline.does:
        case Breach(clock):
            what = f"{clock.target} is missed"
        case Firing(clock, ladder, rung, nth):
            again = f", again ({nth})" if nth else ""
            spent = f"{rung.percent} % of {clock.target} is spent"
            what = f"{spent}: ladder {ladder.name} acts{again}"
        case GivingUp(clock):
            what = f"nobody waits for vendor {of_clock(clock.target)} any more"
        case word:
            what = BY_ITSELF[word]
    return NextDue(at=deadline.at, what=what)
