"""What a requester is asked, and has not answered yet."""

from sqlalchemy import Engine

from desk.events import Event, StepTaken
from desk.question import Question
from desk.steps import Ask, Comment, Step, Wait
from desk.ticket import WaitFor
from store.engine import reading, writing
from store.questions import last_questions
from store.recording import record
from tests.builders import make_event, make_record
from tests.store.filling import numbered


def said(version: int, actor: str, step: Step, internal: bool = False) -> Event:
    """A step that somebody took in that version."""
    return make_event(version, actor=actor, internal=internal, what=StepTaken(step=step))


def comment(text: str) -> Comment:
    return Comment(step="comment", text=text)


def ask(text: str) -> Ask:
    return Ask(step="ask", text=text)


def wait(waiting_for: WaitFor, reason: str) -> Wait:
    return Wait.model_validate({"step": "wait", "for": waiting_for, "reason": reason})


def test_the_latest_question_of_each_ticket_is_told_whole(engine: Engine) -> None:
    long = 'Which "step":"ask"? ' + "x" * 3_000
    first, second = numbered(1, version=9), numbered(2, version=9)
    waited = (
        make_event(),
        said(2, "p-finn", ask("Which?")),
        said(3, first.requester, comment("The red one.")),
        said(4, "p-finn", wait(WaitFor.REQUESTER, "When?")),
        said(5, "p-finn", wait(WaitFor.VENDOR, 'It is "for":"requester"')),
        said(6, "p-finn", comment('"step":"ask"')),
        said(7, "p-finn", ask("Hidden."), internal=True),
    )
    asked = (
        make_event(),
        said(2, "p-finn", wait(WaitFor.REQUESTER, "Which room?")),
        said(10, "p-fred", ask(long)),
        said(11, second.requester, comment("Weeks later.")),
    )
    with writing(engine) as connection:
        record(connection, make_record(first, *waited))
        record(connection, make_record(second, *asked))
        record(connection, make_record(numbered(3)))
    with reading(engine) as connection:
        found = last_questions(connection, {numbered(n).number for n in (1, 2, 3)})
        assert last_questions(connection, set()) == {}
    assert found == {
        first.number: Question(by="p-finn", at=waited[3].at, text="When?"),
        second.number: Question(by="p-fred", at=asked[2].at, text=long),
    }
