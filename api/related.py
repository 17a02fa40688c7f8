"""The other ticket that a step names: it has to be there, to be seen, and to fit."""

from api.errors import unavailable
from api.lookup import row_of_ticket
from api.reader import Away
from api.state import State
from desk.access import may_see
from desk.errors import InvalidFact
from desk.numbers import parse
from desk.people import Actor
from desk.related_steps import Merge, Unlink
from desk.steps import TieTo
from desk.ticket import OPEN, Facts, Kind, LinkKind, Status
from desk.view import View

DEEPEST = 50
"""Tickets above one another."""


async def related(
    state: State, actor: Actor, number: str, seen: Facts | None, step: TieTo | Unlink | Merge
) -> TieTo | Unlink | Merge:
    """The step with the other's number as it is written.

    Raises:
        InvalidFact: there is no such other ticket for this caller, or it does not fit.
        Problem: 503, it cannot be looked up now.
    """
    match step:
        case Unlink():
            found = parse(step.ticket)
            if seen is None or found not in {link.ticket for link in seen.links}:
                # What was linked here once may still be so there; no other is there to be probed.
                await _other(state, actor, number, step.ticket, "ticket")
            return step.model_copy(update={"ticket": found})
        case TieTo():
            other = await _other(state, actor, number, step.ticket, "ticket")
            if step.kind is LinkKind.PARENT:
                await _check_no_ring(state, number, other)
            if step.kind is LinkKind.CHILD:
                await _check_child(state, number, other)
            return step.model_copy(update={"ticket": other.number})
        case Merge():
            other = await _other(state, actor, number, step.into, "into")
            _check_absorbs(other, seen)
            return step.model_copy(update={"into": other.number})


async def _other(state: State, actor: Actor, number: str, named: str, field: str) -> View:
    try:
        found = parse(named)
    except InvalidFact as wrong:
        raise InvalidFact(field, str(wrong)) from wrong
    if found == number:
        verb = "linked to" if field == "ticket" else "merged into"
        raise InvalidFact(field, f"a ticket cannot be {verb} itself")
    view = await _view(state, found)
    if view is None or not may_see(actor, view):
        raise InvalidFact(field, f"there is no ticket {found} that you may see")
    return view


async def _view(state: State, number: str) -> View | None:
    try:
        row = await row_of_ticket(state, number)
    except Away as away:
        raise unavailable("the database is away, so the other ticket is not found") from away
    return row.view if row is not None else None


def _check_absorbs(other: View, seen: Facts | None) -> None:
    """What the other would refuse, said at once; it looks again when it hears of it."""
    if other.kind is not Kind.INCIDENT:
        what = f"{other.number} is {other.kind.named}"
        raise InvalidFact("into", f"{what}: link it to that instead")
    if seen is not None and seen.customer != other.customer:
        raise InvalidFact("into", f"{other.number} is of another customer: link it instead")
    if seen is not None and seen.confidential != other.confidential:
        raise InvalidFact("into", "one of both is confidential, the other is not: link it instead")
    if seen is not None and seen.clock != other.clock:
        raise InvalidFact("into", f"{other.number} is moved in from elsewhere: link it instead")
    if other.status is Status.MERGED:
        into = other.merged_into
        raise InvalidFact("into", f"{other.number} was merged into {into}: merge it into that")
    if other.status not in OPEN:
        raise InvalidFact("into", f"{other.number} is {other.status}: link it to that instead")


def _parent_of(view: View) -> str | None:
    return next((link.ticket for link in view.links if link.kind is LinkKind.PARENT), None)


async def _check_child(state: State, number: str, child: View) -> None:
    parent = _parent_of(child)
    if parent not in (None, number):
        raise InvalidFact("ticket", f"{child.number} has a parent already: {parent}")
    own = await _view(state, number)
    if own is not None:
        await _check_no_ring(state, child.number, own)


async def _check_no_ring(state: State, below: str, above: View) -> None:
    """Refuse to put a ticket below one that is below it."""
    view: View | None = above
    for _ in range(DEEPEST):
        parent = _parent_of(view) if view is not None else None
        if parent is None:
            return
        if parent == below:
            raise InvalidFact("ticket", f"{below} would be above and below {above.number}")
        view = await _view(state, parent)
    raise InvalidFact("ticket", f"more than {DEEPEST} tickets would be above one another")
