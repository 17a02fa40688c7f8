"""A question of an approver that the requester leaves open: they are reminded, then it is told.

Nothing waits for the answer any more from then on, but the time of the approval goes on.
"""

from datetime import datetime

from desk.change import Change
from desk.events import AnswerAsked, Unanswered, WaitOver
from desk.ladder import Whom
from desk.question import Question
from desk.terms import Terms
from desk.ticket import Ticket, WaitFor
from desk.working_time import after, working_day

LONGEST, MOST = 1_000, 3


def note_question(change: Change, text: str, by: str) -> None:
    """Keep what was asked, and since when it is awaited, where the rules remind of it."""
    question = Question(by=by, at=change.at, text=_short(text))
    change.set_order(questions=(*change.order.questions, question)[-MOST:])
    if change.terms.closure.remind_of_questions is not None:
        change.set_order(asked_at=change.at, reminded=0)


def note_answer(change: Change, text: str) -> None:
    """Keep the answer to what was asked last; nothing is asked any more."""
    known = change.order.questions
    answered = (one.model_copy(update={"answer": _short(text)}) for one in known[-1:])
    change.set_order(questions=(*known[:-1], *answered), asked_by=None)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def next_reminder(ticket: Ticket, terms: Terms) -> datetime | None:
    """When the silence after a question is due to be broken, if ever."""
    order, most = ticket.order, terms.closure.remind_of_questions
    if order is None or order.asked_by is None or order.asked_at is None or most is None:
        return None
    if ticket.waiting_for is not WaitFor.REQUESTER or order.reminded > most:
        return None
    calendar = terms.calendars[terms.closure.calendar]
    days = terms.closure.remind_after_working_days * (order.reminded + 1)
    return after(calendar, order.asked_at, working_day(calendar) * days)


def remind(change: Change) -> None:
    """Ask the requester once more; after the last time, tell whoever asked instead."""
    order, most = change.order, change.terms.closure.remind_of_questions or 0
    change.set_order(reminded=order.reminded + 1)
    if order.reminded < most:
        change.note(AnswerAsked(nth=order.reminded + 1))
        change.tell("answer_reminder", whom=Whom.REQUESTER)
        return
    change.note(Unanswered(reminders=order.reminded))
    change.tell("unanswered", person=order.asked_by)
    change.resume(WaitOver(because="silence"))
