"""Complaints: who may handle one, whom it is kept from, and how it begins and is withdrawn."""

from desk import clock as clocks
from desk.change import Change
from desk.errors import InvalidFact
from desk.ladder import Whom
from desk.people import Actor, Role
from desk.steps import Assign
from desk.ticket import Facts, Kind, Status

PREFIX = "CMP"
STEPS = frozenset({
    "assign", "accept", "comment", "wait", "resume", "resolve", "confirm", "reopen", "link",
    "unlink", "withdraw",
})  # fmt: skip
OF_COMPLAINANT = frozenset({"comment", "confirm", "reopen", "withdraw"})
OF_HANDLER = STEPS - {"confirm", "withdraw"}


def is_complaint(number: str) -> bool:
    """Whether a number is a complaint's; the kind of a complaint never changes."""
    return number.startswith(PREFIX)


def barred_from(person: str, ticket: Facts) -> bool:
    """Whether the ticket is kept from the person, whatever their role: it is about them."""
    return person in ticket.barred


def with_its_group(groups: tuple[str, ...], ticket: Facts) -> bool:
    """Whether a complaint is with one of these groups, whose members all read it."""
    return ticket.kind is Kind.COMPLAINT and ticket.group in groups


def handles(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor may answer the complaint: a manager, or one of its group.

    Nobody answers a complaint that is about them, or their own.
    """
    if barred_from(actor.person, ticket) or actor.person == ticket.requester:
        return False
    return actor.has(Role.MANAGER) or ticket.group in actor.groups


def inside(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor reads internal notes of the complaint: never the complainant."""
    return handles(actor, ticket) or (
        actor.has(Role.AUDITOR) and actor.person not in (ticket.requester, *ticket.barred)
    )


def permitted(actor: Actor, step: str, ticket: Facts) -> bool:
    """Whether the actor may ever take the step on this complaint, whatever its state."""
    if actor.person == ticket.requester and not barred_from(actor.person, ticket):
        return step in OF_COMPLAINANT
    return step in OF_HANDLER and handles(actor, ticket)


def check_link(ticket: Facts, other: str) -> None:
    """Refuse a link to a complaint: it would show there is one to whom it may be kept from.

    Raises:
        InvalidFact: naming what can be done instead.
    """
    if is_complaint(other) and other != ticket.number:
        raise InvalidFact("ticket", "nothing is linked to a complaint: link from the complaint")


def check_assigned(ticket: Facts, step: Assign) -> None:
    """Refuse of a complaint another group, and an assignee who may not handle the complaint.

    Raises:
        InvalidFact: naming the field, and what would do.
    """
    if ticket.kind is not Kind.COMPLAINT:
        return
    if step.group not in (None, ticket.group):
        raise InvalidFact("group", f"a complaint stays with {ticket.group}: leave it out")
    if step.assignee is None:
        return
    if barred_from(step.assignee, ticket):
        raise InvalidFact("assignee", "nobody handles a complaint about themselves: somebody else")
    if step.assignee == ticket.requester:
        raise InvalidFact("assignee", "nobody answers their own complaint: somebody else")


def announce(change: Change) -> None:
    """Tell those who are to answer the complaint, and the manager of whom it is about."""
    change.tell("complaint_opened", whom=Whom.GROUP)
    change.tell("complaint_opened", whom=Whom.MANAGER)


def withdraw(change: Change) -> None:
    """The complainant takes it back: it ends without an answer."""
    change.set(status=Status.CANCELLED, waiting_for=None, wait_until=None, closed_at=change.at)
    change.each(clocks.stop)
    change.tell("complaint_withdrawn", whom=Whom.ASSIGNEE)
