"""What ties two tickets: links that both of them have, and incidents that are merged.

A ticket changes nothing but itself; what the other has to know is said to it, in a word.
"""

from datetime import datetime
from typing import Literal

from desk import clock as clocks
from desk.change import Change
from desk.clock import Clock
from desk.complaints import check_link
from desk.errors import InvalidFact
from desk.ladder import Whom
from desk.related_events import Merged, SplitOff, Unlinked, Why
from desk.related_steps import Merge, Split, Unlink
from desk.steps import TieTo
from desk.ticket import WITHOUT_RESULT, Link, LinkKind, Status, Ticket
from desk.words import (
    Below,
    IsOver,
    IsReopened,
    IsResolved,
    MergedInto,
    NotTied,
    Parted,
    RequesterWrote,
    Tied,
    Untied,
)

RELATING = ("link", "unlink", "merge", "split")
MOST_LINKS = 100
FURTHEST = 50
"""Tickets merged into one another that a word is passed on through: what goes round, ends."""
OPPOSITE = {
    LinkKind.RELATED: LinkKind.RELATED,
    LinkKind.DUPLICATE_OF: LinkKind.DUPLICATE,
    LinkKind.DUPLICATE: LinkKind.DUPLICATE_OF,
    LinkKind.CAUSED_BY: LinkKind.CAUSES,
    LinkKind.CAUSES: LinkKind.CAUSED_BY,
    LinkKind.PARENT: LinkKind.CHILD,
    LinkKind.CHILD: LinkKind.PARENT,
}
"""How the other ticket has a link."""
FAMILY = (LinkKind.PARENT, LinkKind.CHILD)


def cannot_link(ticket: Ticket, link: Link) -> Why | None:
    """Why the ticket cannot have the link, if so; one that it has already, it can."""
    if link in ticket.links:
        return None
    if len(ticket.links) >= MOST_LINKS:
        return "full"
    if link.kind in FAMILY and Link(kind=OPPOSITE[link.kind], ticket=link.ticket) in ticket.links:
        return "ring"
    if link.kind is LinkKind.PARENT and parent_of(ticket) is not None:
        return "parent"
    return None


def check_related(ticket: Ticket, step: TieTo | Unlink | Merge) -> None:
    """Refuse what cannot be, as far as this ticket alone can tell.

    Raises:
        InvalidFact: naming the field, and what to do instead.
    """
    match step:
        case TieTo():
            check_link(ticket, step.ticket)
            if Link(kind=step.kind, ticket=step.ticket) in ticket.links:
                raise InvalidFact("ticket", f"{step.ticket} is linked so already")
            _check_room(ticket, Link(kind=step.kind, ticket=step.ticket), "kind")
        case Unlink():
            if Link(kind=step.kind, ticket=step.ticket) not in ticket.links:
                raise InvalidFact("ticket", _not_linked(ticket, step))
            if is_merged_pair(ticket, Link(kind=step.kind, ticket=step.ticket)):
                raise InvalidFact("kind", "one is merged into the other: split that one instead")
        case Merge():
            _check_merge(ticket, step)


def _not_linked(ticket: Ticket, step: Unlink) -> str:
    kinds = [link.kind.value for link in ticket.links if link.ticket == step.ticket]
    so = f": it is linked as {', '.join(kinds)}" if kinds else ""
    return f"{step.ticket} is not linked as {step.kind} here{so}"


def _check_merge(ticket: Ticket, step: Merge) -> None:
    if step.into == ticket.number:
        raise InvalidFact("into", "a ticket cannot be merged into itself")
    if ticket.vendors:
        raise InvalidFact("into", "a vendor works on it: recall that first, or wait for its answer")
    if step.into in ticket.absorbed:
        raise InvalidFact("into", f"{step.into} is merged into this one: split that one first")
    _check_room(ticket, Link(kind=LinkKind.DUPLICATE_OF, ticket=step.into), "into")


def _check_room(ticket: Ticket, link: Link, field: str) -> None:
    match cannot_link(ticket, link):
        case "full":
            raise InvalidFact(field, f"it has {MOST_LINKS} links already: take one off first")
        case "ring":
            why = f"{link.ticket} would be above and below it: unlink it first"
            raise InvalidFact(field, why)
        case "parent":
            why = f"it has a parent already, {parent_of(ticket)}: unlink that first"
            raise InvalidFact(field, why)


def is_merged_pair(ticket: Ticket, link: Link) -> bool:
    """Whether the link says that one of both is merged into the other."""
    if link.kind is LinkKind.DUPLICATE_OF:
        return link.ticket == ticket.merged_into
    return link.kind is LinkKind.DUPLICATE and link.ticket in ticket.absorbed


def parent_of(ticket: Ticket) -> str | None:
    """The number of the ticket that it is directly below of."""
    return next((link.ticket for link in ticket.links if link.kind is LinkKind.PARENT), None)


def add_link(change: Change, kind: LinkKind, other: str) -> None:
    """Have the link."""
    link = Link(kind=kind, ticket=other)
    if link not in change.ticket.links:
        change.set(links=(*change.ticket.links, link))


def look_for_rings(change: Change, link: Link) -> None:
    """Have it said upwards who came below; whoever hears it of itself parts with what is above."""
    if link.kind is LinkKind.PARENT:
        change.say(link.ticket, Below(origin=change.ticket.number))
    elif link.kind is LinkKind.CHILD:
        pass_up(change, Below(origin=link.ticket))


def pass_up(change: Change, below: Below) -> None:
    """Say it to the ticket above, if there is one; in a ring of others it ends somewhere."""
    above = parent_of(change.ticket)
    if above is not None and below.hops < FURTHEST:
        change.say(above, Below(origin=below.origin, hops=below.hops + 1))


def leave_ring(change: Change, above: str) -> None:
    """Part with the ticket above, which is below as well."""
    drop_link(change, LinkKind.PARENT, above)
    change.note(Unlinked(kind=LinkKind.PARENT, other=above, refused="ring"), internal=True)
    change.say(above, NotTied(kind=LinkKind.CHILD, because="ring"))


def drop_link(change: Change, kind: LinkKind, other: str) -> None:
    """Have the link no more."""
    link = Link(kind=kind, ticket=other)
    change.set(links=tuple(has for has in change.ticket.links if has != link))


def relate(change: Change, step: TieTo | Unlink | Merge | Split) -> None:
    """Take the step; the other is told also what it should know, which mends what differs."""
    match step:
        case TieTo(kind=kind, ticket=other):
            add_link(change, kind, other)
            change.say(other, Tied(kind=OPPOSITE[kind]))
        case Unlink(kind=kind, ticket=other):
            drop_link(change, kind, other)
            change.say(other, Untied(kind=OPPOSITE[kind]))
        case Merge(into=other):
            _merge(change, other)
        case Split(reason=reason):
            split_off(change, "person", reason)


def _merge(change: Change, other: str) -> None:
    """Let it wait for the other: no time counts, and nobody is waited for."""
    change.each(clocks.pause)
    add_link(change, LinkKind.DUPLICATE_OF, other)
    change.set(status=Status.MERGED, merged_into=other, waiting_for=None, wait_until=None)
    change.note(Merged(other=other))
    change.tell("merged", whom=Whom.REQUESTER)
    ticket = change.ticket
    what = MergedInto(customer=ticket.customer, confidential=ticket.confidential)
    change.say(other, what)


def split_off(
    change: Change, because: Literal["person", "ended"] | Why, said: str | None = None
) -> None:
    """Let it go on by itself: the time in which it was merged does not count."""
    other = change.ticket.merged_into
    assert other is not None, "only a merged ticket is split off"
    drop_link(change, LinkKind.DUPLICATE_OF, other)
    change.set(status=Status.IN_PROGRESS, merged_into=None)
    change.each(_go_on)
    change.note(SplitOff(other=other, because=because, said=said))
    change.tell("split", whom=Whom.ASSIGNEE)
    if because not in ("gone", "ended"):
        change.say(other, Parted())


def _go_on(clock: Clock, at: datetime) -> Clock:
    return clock if clocks.stopped(clock) else clocks.resume(clock, at)


def follow(change: Change, before: Ticket, *, children: bool = False) -> None:
    """Tell those that go with the ticket how it came to stand, if it is another way now.

    What is merged into it is resolved with it, and goes on by itself when there is no result;
    its `children` are resolved with it where a person said so. Nobody is reopened with it.
    """
    now = change.ticket.status
    if now is before.status:
        return
    if now is Status.RESOLVED:
        _resolved(change, children)
    elif now in WITHOUT_RESULT:
        for other in change.ticket.absorbed:
            change.say(other, IsOver())
            drop_link(change, LinkKind.DUPLICATE, other)
        change.set(absorbed=())
    elif before.status in (Status.RESOLVED, Status.CLOSED) and now is Status.IN_PROGRESS:
        for other in _linked(change.ticket, LinkKind.CHILD, LinkKind.DUPLICATE):
            change.say(other, IsReopened())


def _resolved(change: Change, children: bool) -> None:
    found = change.ticket.resolution
    if found is None:
        return
    those = _linked(change.ticket, LinkKind.CHILD) if children else ()
    for other in dict.fromkeys([*change.ticket.absorbed, *those]):
        change.say(other, IsResolved(code=found.code, text=found.text))
    change.set(absorbed=())


def requester_wrote(change: Change, passed_on: int = 0, origin: str | None = None) -> None:
    """Whoever works on the other learns that there is something to read here, or in `origin`."""
    assert change.ticket.merged_into is not None, "only a merged ticket has another"
    what = RequesterWrote(passed_on=passed_on, origin=origin)
    change.say(change.ticket.merged_into, what)


def _linked(ticket: Ticket, *kinds: LinkKind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link.ticket for link in ticket.links if link.kind in kinds))
