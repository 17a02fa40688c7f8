"""What a word of another ticket changes on the one that hears it: pure, and never an error.

What cannot be is answered with a word, and written down on both sides.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from desk.apply import resolve
from desk.change import Change, Outcome
from desk.ladder import Whom
from desk.related_events import (
    Absorbed,
    Heard,
    Linked,
    Released,
    ResolvedWith,
    Unheard,
    Unlinked,
    Why,
)
from desk.relations import (
    FURTHEST,
    OPPOSITE,
    add_link,
    cannot_link,
    drop_link,
    follow,
    is_merged_pair,
    leave_ring,
    look_for_rings,
    parent_of,
    pass_up,
    requester_wrote,
    split_off,
)
from desk.steps import Resolve
from desk.terms import Terms
from desk.ticket import OPEN, Kind, Link, LinkKind, Status, Ticket
from desk.vendors import let_go
from desk.words import (
    Addressed,
    Below,
    IsOver,
    IsReopened,
    IsResolved,
    MergedInto,
    NotMerged,
    NotTied,
    Parted,
    RequesterWrote,
    Tied,
    Untied,
    Word,
    key_of,
)


def is_deaf(ticket: Ticket) -> bool:
    """Whether no word changes the ticket: its past is given, or others may not know of it."""
    return ticket.clock == "given" or ticket.kind is Kind.COMPLAINT


def answer_of_the_deaf(ticket: Ticket, word: Word) -> Outcome:
    """Nothing, but for who would wait for it for ever."""
    if not isinstance(word.what, MergedInto):
        return Outcome(ticket, (), ())
    what = NotMerged(because="given")
    answer = Word(
        key=key_of(ticket.number, word.key, word.sender, what),
        sender=ticket.number,
        what=what,
        actor=None,
        correlation=word.correlation,
    )
    return Outcome(ticket, (), (), (Addressed(to=word.sender, word=answer),))


NOBODYS = (NotMerged, IsOver, RequesterWrote, Below)
"""What is nobody's step here: the desk decides by itself, or the other's requester is not named."""


class _Effect(NamedTuple):
    """What a word does; `news` changes no fact, so the ticket stays at its version."""

    act: Callable[[Change], None]
    news: bool = False


def heard(ticket: Ticket, terms: Terms, word: Word, at: datetime) -> Outcome:
    """The ticket after a word; the very same without events, if it says nothing new."""
    if is_deaf(ticket):
        return answer_of_the_deaf(ticket, word)
    effect = _effect(ticket, word)
    if effect is None:
        return Outcome(ticket, (), ())
    change = Change(
        ticket,
        terms,
        f"heard-{word.key}",
        at,
        actor=None if isinstance(word.what, NOBODYS) else word.actor,
        via="ticket",
        correlation=word.correlation,
        same_version=effect.news,
    )
    effect.act(change)
    let_go(change)
    follow(change, ticket)
    return change.outcome()


def unheard(ticket: Ticket, terms: Terms, told: Addressed, at: datetime) -> Outcome:
    """The ticket after it could not tell another: who would wait for that one goes on."""
    word = told.word
    alone = isinstance(word.what, MergedInto) and ticket.merged_into == told.to
    source = f"unheard-{word.key}"
    change = Change(ticket, terms, source, at, correlation=word.correlation, same_version=not alone)
    change.note(Unheard(other=told.to, word=word.what.word), internal=True)
    if alone:
        split_off(change, "gone")
    return change.outcome()


def _effect(ticket: Ticket, word: Word) -> _Effect | None:
    sender, merged_here = word.sender, ticket.merged_into == word.sender
    match word.what:
        case Tied(kind=kind):
            return _tied(ticket, Link(kind=kind, ticket=sender))
        case Untied(kind=kind) | NotTied(kind=kind):
            refused = word.what.because if isinstance(word.what, NotTied) else None
            return _untied(ticket, Link(kind=kind, ticket=sender), refused)
        case MergedInto() as what:
            return _merged(ticket, sender, what)
        case NotMerged(because=because) if merged_here:
            return _Effect(lambda change: split_off(change, because))
        case IsOver() if merged_here:
            return _Effect(lambda change: split_off(change, "ended"))
        case Parted():
            return _parted(ticket, sender)
        case IsResolved() as what:
            return _resolved(ticket, sender, what)
        case IsReopened():
            return _Effect(lambda change: _note(change, word), news=True)
        case Below() as what:
            return _below(ticket, word, what)
        case RequesterWrote() as what if sender in ticket.absorbed:
            return _Effect(lambda change: _wrote(change, word, what), news=True)
        case _:
            return None


def _note(change: Change, word: Word, because: Why | None = None) -> None:
    what = Heard(other=word.sender, word=word.what.word, because=because)
    change.note(what, internal=True)


def _tied(ticket: Ticket, link: Link) -> _Effect | None:
    if link in ticket.links:
        return None
    because = cannot_link(ticket, link)
    if because is not None:
        return _Effect(lambda change: _refuse_link(change, link, because), news=True)

    def act(change: Change) -> None:
        add_link(change, link.kind, link.ticket)
        change.note(Linked(kind=link.kind, other=link.ticket), internal=True)
        look_for_rings(change, link)

    return _Effect(act)


def _below(ticket: Ticket, word: Word, below: Below) -> _Effect | None:
    above = parent_of(ticket)
    if above is None:
        return None
    if below.origin == ticket.number:
        return _Effect(lambda change: leave_ring(change, above))

    def act(change: Change) -> None:
        _note(change, word)
        pass_up(change, below)

    return _Effect(act, news=True)


def _refuse_link(change: Change, link: Link, because: Why) -> None:
    change.note(Heard(other=link.ticket, word="tied", because=because), internal=True)
    change.say(link.ticket, NotTied(kind=OPPOSITE[link.kind], because=because))


def _untied(ticket: Ticket, link: Link, refused: Why | None) -> _Effect | None:
    # While one is merged into the other, the link says so, whatever was linked by hand before.
    if link not in ticket.links or is_merged_pair(ticket, link):
        return None

    def act(change: Change) -> None:
        drop_link(change, link.kind, link.ticket)
        what = Unlinked(kind=link.kind, other=link.ticket, refused=refused)
        change.note(what, internal=True)

    return _Effect(act)


def _merged(ticket: Ticket, sender: str, what: MergedInto) -> _Effect | None:
    if sender in ticket.absorbed:
        return None
    because = _cannot_absorb(ticket, sender, what)
    if because is not None:
        return _Effect(lambda change: _refuse_merge(change, sender, because), news=True)

    def act(change: Change) -> None:
        add_link(change, LinkKind.DUPLICATE, sender)
        change.set(absorbed=(*change.ticket.absorbed, sender))
        change.note(Absorbed(other=sender), internal=True)

    return _Effect(act)


def _cannot_absorb(ticket: Ticket, sender: str, what: MergedInto) -> Why | None:
    if ticket.kind is not Kind.INCIDENT:
        return "kind"
    if ticket.customer != what.customer:
        return "customer"
    if ticket.confidential != what.confidential:
        return "confidential"
    if ticket.status is Status.MERGED:
        return "merged"
    if ticket.status not in OPEN:
        return "over"
    return cannot_link(ticket, Link(kind=LinkKind.DUPLICATE, ticket=sender))


def _refuse_merge(change: Change, sender: str, because: Why) -> None:
    change.note(Heard(other=sender, word="merged", because=because), internal=True)
    change.say(sender, NotMerged(because=because))


def _parted(ticket: Ticket, sender: str) -> _Effect | None:
    if sender not in ticket.absorbed:
        # It was never taken along: what is left is a link from before.
        return _untied(ticket, Link(kind=LinkKind.DUPLICATE, ticket=sender), None)

    def act(change: Change) -> None:
        drop_link(change, LinkKind.DUPLICATE, sender)
        change.set(absorbed=tuple(other for other in ticket.absorbed if other != sender))
        change.note(Released(other=sender), internal=True)

    return _Effect(act)


def _resolved(ticket: Ticket, sender: str, what: IsResolved) -> _Effect:
    because = _stays(ticket, sender)

    def act(change: Change) -> None:
        change.note(ResolvedWith(other=sender, code=what.code, text=what.text))
        change.set(merged_into=None)
        resolve(change, Resolve(step="resolve", code=what.code, text=what.text))

    def leave(change: Change) -> None:
        change.note(Heard(other=sender, word="resolved", because=because), internal=True)

    return _Effect(act) if because is None else _Effect(leave, news=True)


def _stays(ticket: Ticket, sender: str) -> Why | None:
    """Why the ticket is not resolved with another that says that it may be."""
    if ticket.merged_into == sender:
        return None
    if Link(kind=LinkKind.PARENT, ticket=sender) not in ticket.links:
        return "not_tied"
    if ticket.kind is not Kind.INCIDENT:
        return "kind"
    if ticket.status is Status.MERGED:
        return "merged"
    return None if ticket.status in OPEN else "over"


def _wrote(change: Change, word: Word, what: RequesterWrote) -> None:
    origin = what.origin or word.sender
    change.note(Heard(other=origin, word=what.word), internal=True)
    if change.ticket.merged_into is None:
        change.tell("other_wrote", whom=Whom.ASSIGNEE)
    elif what.passed_on < FURTHEST:
        # Nobody works on a merged ticket.
        requester_wrote(change, what.passed_on + 1, origin)
