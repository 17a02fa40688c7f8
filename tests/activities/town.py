"""A small organisation, and the life of one of its tickets as the process lives it."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from activities.approvers import Deciding
from desk.advance import advance
from desk.apply import apply
from desk.change import Change, Outcome
from desk.events import HandedOff
from desk.fulfilling import machine_ended
from desk.hearing import heard
from desk.ladder import Whom
from desk.opening import Opening, open_ticket
from desk.people import Role
from desk.record import Record, terms_digest
from desk.steps import Step, Taken
from desk.tasks import human_tasks
from desk.terms import Terms
from desk.ticket import Kind, Ticket
from desk.view import view
from desk.words import Saying, Word
from policies.in_force import CATALOGUE, terms_for
from store.messages import NewMessage
from store.organisation import Customer, Group, Organisation, Person, Service
from tests.builders import NOW, NUMBER

SUMMARY = "The printer on floor 3 prints blank pages"
URL = "https://desk.example.org"
STEP: TypeAdapter[Step] = TypeAdapter(Step)


def make_person(id: str, *roles: Role, **changes: Any) -> Person:
    """Somebody of northwind who reads English in Berlin; `p-finn` is called Finn Muster."""
    first = id.removeprefix("p-")
    fields = {
        "id": id,
        "email": f"{first}@example.org",
        "name": f"{first.capitalize()} Muster",
        "language": "en",
        "zone": "Europe/Berlin",
        "roles": roles or (Role.REQUESTER,),
        "customer": "northwind",
    }
    return Person.model_validate({**fields, **changes})


PEOPLE = (
    make_person("p-boss"),
    make_person("p-finn", Role.AGENT, manager="p-max"),
    make_person("p-fay", Role.AGENT, language="de", manager="p-max"),
    make_person("p-gone", Role.AGENT, active=False),
    make_person("p-lena", Role.LEAD, manager="p-max"),
    make_person("p-max", Role.MANAGER),
    make_person("p-omar", customer="contoso", zone="America/New_York"),
    make_person("p-rosa", manager="p-boss"),
    make_person("p-sena", Role.AGENT, manager="p-maya"),
    make_person("p-maya", Role.MANAGER, language="de"),
    make_person("p-frida", manager="p-max"),
)
GROUPS = (
    Group(id="service-desk", name="Service Desk", line=1, lead="p-lena"),
    Group(id="workplace-2", name="Workplace", line=2, lead="p-sena", duty="p-sena"),
    Group(id="engineering-3", name="Engineering", line=3, lead="p-gone", duty="p-gone"),
    Group(id="finance", name="Finance", line=2, lead="p-frida"),
    Group(id="security-2", name="Security", line=2, lead="p-sena"),
)
MEMBERS = {
    "service-desk": ("p-fay", "p-finn", "p-gone"),
    "workplace-2": ("p-sena",),
    "engineering-3": ("p-gone",),
    "finance": ("p-frida",),
    "security-2": ("p-sena",),
}
LAPTOP: dict[str, Any] = {
    "model": "light, 13 inch",
    "keyboard": "German",
    "needed_by": "2026-04-01",
    "why": "The old one is broken",
}
LICENCE: dict[str, Any] = {"program": "Visio", "computer": "NB-4711", "why": "Plans"}


def make_organisation(*changed: Person | Group, **changes: Any) -> Organisation:
    """The town, with these people and groups in the place of (or beside) those of their id."""
    people = {p.id: p for p in (*PEOPLE, *changed) if isinstance(p, Person)}
    groups = {g.id: g for g in (*GROUPS, *changed) if isinstance(g, Group)}
    members: dict[str, tuple[str, ...]] = changes.pop("members_of", MEMBERS)
    fields = {
        "revision": 1,
        "people": people,
        "groups_by_id": groups,
        "customers": {"northwind": Customer(id="northwind", name="Northwind")},
        "services": {"print": Service(id="print", name="Printing")},
        "people_by_email": {person.email: person for person in people.values()},
        "members_of": members,
        "groups_of_person": {
            person: tuple(group for group, found in members.items() if person in found)
            for person in people
        },
    }
    return Organisation(**{**fields, **changes})


class Life:
    """A ticket under the rules in force; `record` holds what happened last.

    With `item` it is a request, whose approvers are the people of the town.
    """

    def __init__(self, by: str = "p-rosa", **changes: Any) -> None:
        self.town = make_organisation()
        self.at = NOW
        fields = {
            "opening_id": "opening-1",
            "number": NUMBER,
            "kind": Kind.INCIDENT,
            "summary": SUMMARY,
            "requester": "p-rosa",
            "customer": "northwind",
            "actor": self.town.actor(by),
            "channel": "portal",
            "correlation": "c-1",
        }
        opening = Opening.model_validate({**fields, **changes})
        self.terms = self._terms(opening)
        self._tell(open_ticket(opening, self.terms, self.at))

    def _terms(self, opening: Opening) -> Terms:
        if opening.item is None:
            return terms_for(kind=opening.kind)
        wanted_for = opening.wanted_for or opening.requester
        deciding = Deciding(self.town, opening.requester, wanted_for)
        return terms_for(item=deciding.resolve(CATALOGUE[opening.item]))

    @property
    def ticket(self) -> Ticket:
        return self.record.ticket

    def _tell(self, outcome: Outcome) -> None:
        ticket, events, notices, *_ = outcome
        self.record = Record(
            ticket=ticket,
            clocks=view(ticket, self.terms.calendars).clocks,
            terms_digest=terms_digest(self.terms),
            terms=None,
            events=events,
            tasks=human_tasks(ticket, self.terms),
            notices=notices,
            since=(ticket.version, 0),
            run=1,
            length=1,
        )

    def step(self, by: str, step: str, **body: Any) -> "Life":
        """Take a step a minute later."""
        self.at += timedelta(minutes=1)
        taken = Taken(
            id=f"u{self.ticket.version + 1}",
            step=STEP.validate_python({"step": step, **body}),
            actor=self.town.on(self.ticket).actor(by, self.at),
            correlation="c-2",
            group_line=2,
        )
        self._tell(apply(self.ticket, self.terms, taken, self.at))
        return self

    def become(self, by: str, **body: Any) -> "Life":
        """It turns out to be of another kind, with the promise of that kind."""
        item, requester = body.get("item"), self.ticket.requester
        deciding = Deciding(self.town, requester, requester)
        kind = {"item": deciding.resolve(CATALOGUE[item])} if item else {"kind": Kind.INCIDENT}
        self.terms = terms_for(**kind)
        return self.step(by, "become", **body)

    def wait(self, until: datetime) -> "Life":
        """Let time do what is due until then."""
        self.at = until
        self._tell(advance(self.ticket, self.terms, until))
        return self

    def hear(self, what: Saying, by: str, sender: str = "INC-00000012") -> "Life":
        """Another ticket says something, because of what somebody did there."""
        self.at += timedelta(minutes=1)
        word = Word(key="w", sender=sender, what=what, actor=by, correlation="c-3")
        self._tell(heard(self.ticket, self.terms, word, self.at))
        return self

    def machine(self, task: str, *, done: bool, note: str, sure: bool = True) -> "Life":
        """An automatic task ends a minute later, done or not."""
        self.at += timedelta(minutes=1)
        self._tell(machine_ended(self.ticket, self.terms, task, done, note, self.at, sure=sure))
        return self

    def hand_off(
        self, duty: str | None, by: str | None = None, reason: str | None = None
    ) -> "Life":
        """Carry out a hand-off, as the process does when it knows who is on duty."""
        change = Change(self.ticket, self.terms, "u-handed-off", self.at, same_version=True)
        change.set(duty=duty)
        what = HandedOff(group=self.ticket.group, duty=duty, by=by, reason=reason)
        change.note(what, internal=True)
        change.tell("handed_off", whom=Whom.DUTY)
        self._tell(change.outcome())
        return self


def order(item: str = "new-laptop", by: str = "p-rosa", **changes: Any) -> Life:
    """A request of rosa for the item, unless said otherwise."""
    answers = {"new-laptop": LAPTOP, "software-licence": LICENCE}.get(item, {})
    fields = {"kind": Kind.REQUEST, "item": item, "answers": answers}
    return Life(by=by, **{"summary": CATALOGUE[item].title, **fields, **changes})


def only(messages: tuple[NewMessage, ...]) -> NewMessage:
    """The one message there is."""
    [message] = messages
    return message
