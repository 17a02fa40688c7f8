"""What a message may say: the fields that the templates in `policies/messages` are filled from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.ordered import Ordered, item_of
from activities.related import related_to, said_of
from activities.vendors import about_vendor, name_of, name_of_clock
from activities.wording import Language, dates, duration, target
from desk.access import Part, may_see, plays
from desk.events import ClosedBySilence, Event, HandedOff, Routed, RungFired, StepTaken, What
from desk.order import Order, decision_of
from desk.people import Actor
from desk.record import Record, Task
from desk.steps import Ask, Wait
from desk.ticket import Kind, Resolution, WaitFor
from store.organisation import Organisation, Person

Fields = dict[str, object]
When = Callable[[datetime], str]


@dataclass(frozen=True)
class Telling:
    """What one person is told: events of a record, as far as this person may know of them."""

    record: Record
    organisation: Organisation
    language: Language
    person: Person
    to_requester: bool
    events: Sequence[Event]
    public_url: str

    def fields(self) -> Fields:
        """Everything a template may use; instants are texts in the person's own time zone."""
        words = self.language.words
        when = dates(words, self.person.zone)
        entries = [entry for event in self.events if (entry := self._entry(event, when))]
        return {
            **about_vendor(self.record, self.organisation, self.events, words, when),
            **self._ticket(when),
            **self._promises(when),
            "name": self.person.name,
            "kind": words.kinds[self.record.ticket.kind],
            "order": self._order(when),
            "complaint": self.record.ticket.kind is Kind.COMPLAINT,
            "about": self.record.ticket.about,
            "deciding": self._deciding(),
            **self._in_whose_place(),
            "may_see": may_see(self._actor(), self.record.ticket),
            "to_requester": self.to_requester and not self._deciding(),
            "actor": self._name(self.events[-1].actor if self.events else None),
            "entries": entries,
            **({"entry": entries[-1]} if entries else {}),
            "reasons": self._reasons(when),
            "marks": self._marks(when),
            "moved_to": self._moved_to(),
            "related": related_to(self.events),
            "silent_days": next(
                (e.what.working_days for e in self.events if isinstance(e.what, ClosedBySilence)),
                None,
            ),
        }

    def _order(self, when: When) -> Fields | None:
        order, words = self.record.ticket.order, self.language.words
        if order is None:
            return None
        order_of = Ordered(self.record, order, self.person.id, words, when, self._name)
        return {**order_of.fields(self.events), "lapses": order.lapses, **self._asked(order, when)}

    def _asked(self, order: Order, when: When) -> Fields:
        """The questions with their answers, and who has passed the decision on to the person."""
        passed = (s.passed_by for s in order.slots if s.delegate == self.person.id)
        whose = next((one for one in passed if one is not None), None)
        return {
            "questions": [
                {
                    **self._said(one.by, one.at, one.text, when),
                    "answer": one.answer,
                    "yours": one.by == self.person.id,
                }
                for one in order.questions
            ],
            "passed_by": self._name(whose) if whose is not None else None,
        }

    def _deciding(self) -> bool:
        """Whether the person is one of those whose decision the order waits for."""
        ticket, actor = self.record.ticket, self._actor()
        return actor.person != ticket.requester and plays(actor, Part.APPROVER, ticket)

    def _in_whose_place(self) -> Fields:
        """For whom the person is asked to decide who is away, or has left."""
        places = [(self.organisation.person(one), self._name(one)) for one in self._stands_for()]
        return {
            "stands_for": [name for known, name in places if known is not None and known.active],
            "left": [name for known, name in places if known is None or not known.active],
        }

    def _stands_for(self) -> list[str]:
        ticket = self.record.ticket
        if ticket.order is None or not self._deciding():
            return []
        asked = {"at": ticket.last_at, "verdict": "approved"}
        places = decision_of(self._actor(), ticket.order, ticket.requester, asked).behalf
        return [*dict.fromkeys(person for person in places if person)]

    def _actor(self) -> Actor:
        """The person as of the latest event: for whom they then stood in counts."""
        at = self.events[-1].at if self.events else self.record.ticket.last_at
        return self.organisation.actor(self.person.id, at)

    def _ticket(self, when: When) -> Fields:
        ticket, organisation = self.record.ticket, self.organisation
        customer = organisation.customer(ticket.customer)
        service = organisation.service(ticket.service) if ticket.service else None
        return {
            "number": ticket.number,
            "summary": " ".join(ticket.summary.split()),
            "link": f"{self.public_url}/tickets/{ticket.number}",
            "requester": self._name(ticket.requester),
            "reporter": self._name(ticket.reporter),
            "customer": customer.name if customer else ticket.customer,
            "service": service.name if service else ticket.service,
            "category": ticket.category,
            "group": self._group(ticket.group),
            "before": self._group(ticket.trail[-2].id) if len(ticket.trail) > 1 else None,
            "assignee": self._name(ticket.assignee) if ticket.assignee else None,
            "priority": self.language.words.priorities[ticket.priority],
            "priority_code": ticket.priority.value,
            "opened": when(ticket.opened_at),
            "description": ticket.description,
            "resolution": ticket.resolution.text if ticket.resolution else None,
            "result": self._result(ticket.resolution),
            "reopen_until": when(ticket.reopen_until) if ticket.reopen_until else None,
        }

    def _result(self, resolution: Resolution | None) -> str | None:
        code = resolution.code if resolution else None
        return self.language.words.results.get(code, code) if code else None

    def _promises(self, when: When) -> Fields:
        """When what is due, as far as it runs and can still be kept."""
        due = {c.target: c.due for c in self.record.clocks if c.state == "running"}
        closes = next((t.due for t in self.record.tasks if t.task is Task.CONFIRM), None)
        response, resolution = due.get("response"), due.get("resolution")
        return {
            "response_due": when(response) if response else None,
            "resolution_due": when(resolution) if resolution else None,
            "closes": when(closes) if closes else None,
        }

    def _entry(self, event: Event, when: When) -> Fields | None:
        """What a person said when taking a step, here or on the ticket that this one goes with."""
        if (text := said_of(event.what)) is not None:
            return self._said(event.actor, event.at, text, when)
        if not isinstance(event.what, StepTaken):
            return None
        step = event.what.step
        text = getattr(step, "text", None) or getattr(step, "reason", None)
        if text is None:
            return None
        waits = step if isinstance(step, Wait) else None
        asks = WaitFor.REQUESTER if isinstance(step, Ask) else None
        return {
            **self._said(event.actor, event.at, text, when),
            "waiting_for": waits.waiting_for.value if waits else asks,
            "until": when(waits.until) if waits and waits.until else None,
        }

    def _said(self, person: str | None, at: datetime, text: str, when: When) -> Fields:
        return {"who": self._name(person), "at": when(at), "text": text}

    def _reasons(self, when: When) -> list[Fields]:
        """Why a person handed the ticket off."""
        return [
            self._said(event.what.by, event.at, event.what.reason, when)
            for event in self.events
            if isinstance(event.what, HandedOff) and event.what.reason is not None
        ]

    def _marks(self, when: When) -> list[Fields]:
        """How far each target is; for the requester only how far it came at last."""
        marks = [mark for event in self.events if (mark := self._mark(event.what, when))]
        return [*{m["target"]: m for m in marks}.values()] if self.to_requester else marks

    def _mark(self, what: What, when: When) -> Fields | None:
        if not isinstance(what, RungFired):
            return None
        target_due = what.target_due or what.due
        over = what.percent >= 100
        vendor = name_of_clock(self.organisation, what.target)
        return {
            "target": target(self.language.words, self._target(what), item_of(self.record), vendor),
            "percent": what.percent,
            "over": over,
            "past": over or target_due <= what.due + what.late_by,
            "again": what.nth,
            "due": when(target_due),
            "late": duration(self.language.words, what.late_by),
        }

    def _target(self, what: RungFired) -> str:
        answers = self.record.ticket.kind is Kind.COMPLAINT and what.target == "resolution"
        return "answer" if answers else what.target

    def _moved_to(self) -> str | None:
        """The group that a rung handed the ticket to, in the same turn as these events."""
        versions = {event.version for event in self.events}
        for event in reversed(self.record.events):
            what = event.what
            if isinstance(what, Routed) and what.by == "rung" and event.version in versions:
                return self._group(what.group.id)
        return None

    def _name(self, person: str | None) -> str:
        known = self.organisation.person(person) if person else None
        vendor = name_of(self.organisation, person)
        return known.name if known else vendor or self.language.words.somebody

    def _group(self, group: str) -> str:
        known = self.organisation.group(group)
        return known.name if known else group
