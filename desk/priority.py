"""The priority of a ticket: what the matrix of its terms gives for its impact and urgency."""

from desk.change import Change
from desk.events import Prioritised


def prioritise(change: Change) -> None:
    """Set the priority that the terms' matrix gives, and the targets that follow from it."""
    set_priority(change)
    change.retarget()


def set_priority(change: Change) -> None:
    """Set the priority, and leave the clocks as they are."""
    ticket, terms = change.ticket, change.terms
    priority = terms.priority(ticket.impact, ticket.urgency)
    if priority is ticket.priority:
        return
    change.set(priority=priority)
    change.note(
        Prioritised(
            impact=ticket.impact,
            urgency=ticket.urgency,
            priority=priority,
            before=ticket.priority,
            policy_version=terms.policy_version,
        )
    )
