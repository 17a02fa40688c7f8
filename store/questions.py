"""The questions that requesters were asked, with their answers: what a decision is made by."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from desk.events import Event, StepTaken
from desk.model import Frozen, Instant
from desk.steps import Ask, Comment, Wait
from desk.ticket import WaitFor
from store.tables import events, tickets

STEPS = '"event":"step"'


class Said(Frozen):
    """What a person, by id, said on a ticket."""

    person: str | None
    at: Instant
    text: str


class Question(Said):
    """A question to the requester, and what they, or whom the order is for, said since."""

    answers: tuple[Said, ...] = ()


def questions_of(
    connection: Connection, numbers: Collection[str]
) -> dict[str, tuple[Question, ...]]:
    """Every question of these tickets, by number, the latest last."""
    query = (
        select(events.c.ticket, events.c.body, tickets.c.requester, tickets.c.wanted_for)
        .join_from(events, tickets, events.c.ticket == tickets.c.number)
        .where(
            events.c.ticket.in_(sorted(numbers)),
            events.c.internal.is_(False),
            events.c.body.contains(STEPS, autoescape=True),
        )
        .order_by(events.c.ticket, events.c.version, events.c.index)
    )
    found: dict[str, list[Question]] = defaultdict(list)
    for row in connection.execute(query) if numbers else ():
        event = Event.model_validate_json(row.body)
        _take_in(found[row.ticket], event, (row.requester, row.wanted_for))
    return {number: tuple(asked) for number, asked in found.items()}


def _take_in(asked: list[Question], event: Event, owners: tuple[str, str | None]) -> None:
    what = event.what
    step = what.step if isinstance(what, StepTaken) else None
    match step:
        case Ask(text=text) | Wait(waiting_for=WaitFor.REQUESTER, reason=text):
            asked.append(Question(person=event.actor, at=event.at, text=text))
        case Comment(text=text) if asked and event.actor in owners:
            said = Said(person=event.actor, at=event.at, text=text)
            asked[-1] = asked[-1].model_copy(update={"answers": (*asked[-1].answers, said)})
        case _:
            return
