"""What requesters were asked, and what they answered."""

from sqlalchemy import Engine

from desk.events import Event, StepTaken
from desk.steps import Ask, Comment, Step, Wait
from desk.ticket import WaitFor
from store.engine import reading, writing
from store.questions import Question, Said, questions_of
from store.recording import record
from tests.builders import make_event, make_record
from tests.store.filling import numbered


def said(version: int, actor: str, step: Step, internal: bool = False) -> Event:
    """A step that somebody took in that version."""
    return make_event(version, actor=actor, internal=internal, what=StepTaken(step=step))


def comment(text: str) -> Comment:
    return Comment(step="comment", text=text)


def wait(waiting_for: WaitFor, reason: str) -> Wait:
    return Wait.model_validate({"step": "wait", "for": waiting_for, "reason": reason})


def test_a_question_has_what_whose_ticket_it_is_said_since(engine: Engine) -> None:
    ticket = numbered(1, version=9)
    events = (
        make_event(),
        said(2, ticket.requester, comment("It is slow.")),
        said(3, "p-finn", Ask(step="ask", text='Which "event":"step"?')),
        said(4, "p-finn", comment("Please.")),
        said(5, ticket.requester, comment("The red one.")),
        said(6, ticket.requester, comment("Or the blue one.")),
        said(7, "p-finn", wait(WaitFor.VENDOR, "A part.")),
        said(8, "p-finn", comment("Hidden."), internal=True),
        said(9, "p-finn", wait(WaitFor.REQUESTER, "When?")),
    )
    with writing(engine) as connection:
        record(connection, make_record(ticket, *events))
        record(connection, make_record(numbered(2)))
    with reading(engine) as connection:
        found = questions_of(connection, {ticket.number, numbered(2).number})
        assert questions_of(connection, set()) == {}
    first, last = found[ticket.number]
    assert (first.person, first.text) == ("p-finn", 'Which "event":"step"?')
    assert [answer.text for answer in first.answers] == ["The red one.", "Or the blue one."]
    assert isinstance(first.answers[0], Said)
    assert last == Question(person="p-finn", at=events[-1].at, text="When?")
    assert numbered(2).number not in found
