"""What a message may say of an order: the answers as they are read, the decisions, the task."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from activities.wording import Words, indented, stage_of, title_of
from desk.access import owns
from desk.catalogue import Item, approval_clock, task_clock
from desk.events import ApprovalEnded, Event, TaskEnded, TaskOpened
from desk.order import Decided, Order, Phase
from desk.record import Record
from policies.in_force import CATALOGUE

TAKEN_BACK = ("undo", "undo_failed", "undone")

Fields = dict[str, object]
When = Callable[[datetime], str]
Named = Callable[[str | None], str]


@dataclass(frozen=True)
class Ordered:
    """An order as one person reads it; `when` and `named` write instants and people."""

    record: Record
    order: Order
    person: str
    words: Words
    when: When
    named: Named

    def fields(self, events: Sequence[Event]) -> Fields:
        """What a template may use of it; `events` are those that the message is about."""
        order = self.order
        given = (*order.given, *(slot.decided for slot in order.slots if slot.decided))
        return {
            "title": order.title,
            "lines": list(self._lines()),
            "price": order.price,
            "cost_centre": self._cost_centre(),
            "wanted_for": self._wanted_for(),
            "decided": [self._decision(decided) for decided in given],
            "stage": stage_of(item_of(self.record), order.stage) if order.stage else None,
            "needs": order.needs,
            "of": len(order.slots),
            "due": self._due(approval_clock(order.stage)) if order.stage else None,
            "escalated": order.escalated_to is not None,
            "again": order.form > 1,
            "approving": order.phase is Phase.APPROVAL,
            "taken_back": any(work.state in TAKEN_BACK for work in order.works),
            **self._end(),
            "question": self._question(),
            "ended": next((e.what.how for e in events if isinstance(e.what, ApprovalEnded)), None),
            "task": self._task(events),
            "dropped": self._dropped(events),
            "kept": self._kept(events),
        }

    def _end(self) -> Fields:
        """Whose order it was, and how it ended early: `stays` is what nothing takes back."""
        order, requester = self.order, self.record.ticket.requester
        over = order.phase is Phase.ENDED and order.ending is not None
        return {
            "for_you": self.person == order.wanted_for != requester,
            "ending": order.ending,
            "by_you": order.ended_by == self.person,
            "ended_by": self.named(order.ended_by),
            "because": order.because,
            "undoing": order.phase is Phase.UNDOING,
            "stays": bool(self._kept(self.record.events))
            or (over and any(work.state == "done" for work in order.works)),
        }

    def _cost_centre(self) -> str | None:
        """The desk's own, and of those who decide: never shown to whose order it is."""
        return None if owns(self.person, self.record.ticket) else self.order.cost_centre

    def _lines(self) -> Iterator[str]:
        """A line for each answer, in the order of the form; without an answer its default."""
        item = item_of(self.record)
        form = item.form.get("properties") if item else None
        questions = form if isinstance(form, Mapping) else {}
        for key in (*questions, *(key for key in self.order.answers if key not in questions)):
            asked = questions.get(key)
            question = asked if isinstance(asked, Mapping) else {}
            value = self.order.answers.get(key, question.get("default"))
            if value is not None:
                title = question.get("title") or key.replace("_", " ")
                yield f"{title}: {self._answer(value)}"

    def _answer(self, value: JsonValue) -> str:
        match value:
            case bool():
                return self.words.yes if value else self.words.no
            case str():
                return indented(value)
            case list():
                return ", ".join(self._answer(part) for part in value)
            case _:
                return json.dumps(value, ensure_ascii=False)

    def _wanted_for(self) -> str | None:
        if self.order.wanted_for == self.record.ticket.requester:
            return None
        return self.named(self.order.wanted_for)

    def _question(self) -> Fields | None:
        """The question that is open, where the rules remind of it."""
        order = self.order
        if order.asked_by is None or order.asked_at is None:
            return None
        return {"who": self.named(order.asked_by), "at": self.when(order.asked_at)}

    def _decision(self, decided: Decided) -> Fields:
        whose = decided.instead_of or decided.passed_by
        return {
            "who": self.named(decided.person),
            "instead_of": self.named(whose) if whose else None,
            "at": self.when(decided.at),
            "approved": decided.verdict == "approved",
            "reason": decided.reason,
        }

    def _task(self, events: Sequence[Event]) -> Fields | None:
        """The task that the message is about; `undo` when it is to be taken back."""
        told = next((e.what for e in events if isinstance(e.what, TaskOpened | TaskEnded)), None)
        if told is None:
            return None
        item, work = item_of(self.record), self.order.work(told.task)
        again = work.again if work and isinstance(told, TaskOpened) else None
        return {
            "title": title_of(item, told.task),
            "due": self._due(task_clock(told.task)),
            "note": told.note if isinstance(told, TaskEnded) else None,
            "unsure": work is not None and work.unsure,
            "again": again,
            "former": work.note if work and again else None,
            "undo": self.order.phase in (Phase.UNDOING, Phase.ENDED),
            "results": [
                {"title": title_of(item, work.task), "note": work.note}
                for work in self.order.works
                if work.state == "done" and work.note
            ],
        }

    def _dropped(self, events: Sequence[Event]) -> list[str]:
        """The tasks that nobody has to do any more, as the message is about their end."""
        item = item_of(self.record)
        ended = [event.what for event in events if isinstance(event.what, TaskEnded)]
        return [title_of(item, what.task) for what in ended if what.how == "dropped"]

    def _kept(self, events: Sequence[Event]) -> list[Fields]:
        """The tasks that were done, or may have been, and that nothing takes back by itself."""
        item = item_of(self.record)
        ended = [event.what for event in events if isinstance(event.what, TaskEnded)]
        works = [(what, self.order.work(what.task)) for what in ended if what.how == "kept"]
        return [
            {
                "title": title_of(item, what.task),
                "note": what.note,
                "unsure": work is not None and work.unsure,
            }
            for what, work in works
        ]

    def _due(self, clock: str) -> str | None:
        view = next((view for view in self.record.clocks if view.target == clock), None)
        if view is None or view.state != "running" or view.due is None:
            return None
        return self.when(view.due)


def item_of(record: Record) -> Item | None:
    """The item that a ticket orders: as in its terms if they are here, else as it is offered."""
    order = record.ticket.order
    if order is None:
        return None
    return record.terms.item if record.terms else CATALOGUE.get(order.item)
