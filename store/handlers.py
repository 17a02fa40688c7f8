"""Who has handled a ticket: those whom a complaint about it is kept from."""

from sqlalchemy import Connection, or_, select

from desk.access import owns
from desk.events import Event, StepTaken
from desk.steps import Accept, Assign
from desk.ticket import Facts
from store.tables import events

TAKEN_ON = ('"step":"accept"', '"step":"assign"')
"""As canonical JSON has them; within a text each quote has a stroke before it."""


def handlers(connection: Connection, ticket: Facts) -> set[str]:
    """Everybody who took a step on it, or had it; its requester only when they had it."""
    of = events.c.ticket == ticket.number
    acted = select(events.c.actor).where(of, events.c.actor.is_not(None)).distinct()
    found = {person for person in connection.execute(acted).scalars() if not owns(person, ticket)}
    taken_on = or_(*(events.c.body.contains(step, autoescape=True) for step in TAKEN_ON))
    for body in connection.execute(select(events.c.body).where(of, taken_on)).scalars():
        found |= _had_it(Event.model_validate_json(body))
    return found | ({ticket.assignee} if ticket.assignee else set())


def _had_it(event: Event) -> set[str]:
    step = event.what.step if isinstance(event.what, StepTaken) else None
    match step:
        case Accept() if event.actor is not None:
            return {event.actor}
        case Assign(assignee=str(assignee)):
            return {assignee}
        case _:
            return set()
