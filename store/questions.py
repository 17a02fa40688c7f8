"""The question that a ticket's requester has not answered yet, as it was asked."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from desk.events import Event, StepTaken
from desk.question import Question
from desk.steps import Ask, Wait
from desk.ticket import WaitFor
from store.tables import events

OF_ASKING = '"step":"ask"'
OF_WAITING = (f'"for":"{WaitFor.REQUESTER.value}"', '"step":"wait"')
"""As canonical JSON has them; within a text each quote has a stroke before it."""


def last_questions(connection: Connection, numbers: Collection[str]) -> dict[str, Question]:
    """What was asked last on each of these tickets, by number: one event of each is read."""
    latest = (events.c.version.desc(), events.c.index.desc())
    nth = func.row_number().over(partition_by=events.c.ticket, order_by=latest).label("nth")
    asked = (
        select(events.c.ticket, events.c.actor, events.c.at, events.c.body, nth)
        .where(
            events.c.ticket.in_(sorted(numbers)),
            events.c.internal.is_(False),
            events.c.actor.is_not(None),
            or_(_has(OF_ASKING), and_(*(_has(part) for part in OF_WAITING))),
        )
        .subquery()
    )
    query = select(asked).where(asked.c.nth == 1)
    rows = connection.execute(query) if numbers else ()
    return {row.ticket: Question(by=row.actor, at=row.at, text=_text_of(row.body)) for row in rows}


def _has(part: str) -> ColumnElement[bool]:
    return events.c.body.contains(part, autoescape=True)


def _text_of(body: str) -> str:
    what = Event.model_validate_json(body).what
    step = what.step if isinstance(what, StepTaken) else None
    match step:
        case Ask(text=text) | Wait(reason=text):
            return text
        case _:
            raise ValueError("an event that asks nothing was read as a question")
