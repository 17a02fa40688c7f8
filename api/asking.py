"""What the link of an approval asks of one person, and what they answer by the form behind it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl

from pydantic import JsonValue, ValidationError

from api.decide_page import Asked, Page, Told, Words, spoken, words_in
from api.dependencies import Call
from desk.access import Part, may_see, owns, plays
from desk.asked import has_lapsed
from desk.catalogue import approval_clock
from desk.clock import due, stopped_at
from desk.order import Decided, Order, Phase, decision_of
from desk.spoken import dated
from desk.steps import Approve, Reject, Step
from desk.terms import Terms
from desk.ticket import Ticket
from desk.view import ClockView, View
from desk.wish import is_same_order
from store.organisation import Organisation
from tokens import Question

LONGEST = 2_000
MOST_FIELDS = 10
ENDS = {"approved": "approve", "rejected": "reject"}


class Ended(Exception):
    """The visit ends so, and nothing is changed: a key of `decide_page.STATUS`."""

    def __init__(self, end: str, number: str | None = None) -> None:
        super().__init__(end)
        self.end = end
        self.number = number


class Visit(NamedTuple):
    """Somebody who opened their link: who they are now, and what it asks."""

    call: Call
    organisation: Organisation
    question: Question
    token: str

    @property
    def language(self) -> str:
        """The person's."""
        return spoken(self.organisation.people[self.question.person].language)

    @property
    def words(self) -> Words:
        """Those of their language."""
        return words_in(self.language)

    def when(self, instant: datetime) -> str:
        """An instant as they read it."""
        person = self.organisation.people[self.question.person]
        return dated(self.words, person.zone, instant)

    def name(self, person: str) -> str:
        """What somebody is called."""
        known = self.organisation.person(person)
        return known.name if known else person


class Said(NamedTuple):
    """What was sent by the form; without a `step` something is `wrong` with it."""

    verdict: str | None
    reason: str
    step: Step | None = None
    wrong: str | None = None


def said_in(body: bytes) -> Said:
    """What the form says.

    Raises:
        Ended: it is no form of the page.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"), True, strict_parsing=True, errors="strict",
            max_num_fields=MOST_FIELDS,
        )  # fmt: skip
    except ValueError as broken:
        raise Ended("malformed") from broken
    fields = dict(pairs)
    reason = fields.get("reason", "").replace("\r\n", "\n").strip()
    verdict = fields.get("verdict")
    if verdict not in ("approve", "reject"):
        return Said(None, reason, wrong="verdict")
    if verdict == "reject" and not reason:
        return Said(verdict, reason, wrong="reason")
    if len(reason) > LONGEST:
        return Said(verdict, reason, wrong="long")
    kind = Approve if verdict == "approve" else Reject
    try:
        step = kind.model_validate({"step": verdict, "reason": reason or None})
    except ValidationError as error:
        raise Ended("malformed") from error
    return Said(verdict, reason, step)


def judged(visit: Visit, ticket: Ticket | View) -> Decided | None:
    """What the person has decided of this; None while it is asked of them.

    Raises:
        Ended: it is asked no more, and they have not decided.
    """
    order, question = ticket.order, visit.question
    if order is None:
        raise Ended("over", question.ticket)
    if not is_same_order(order.wish, question.wish):
        raise Ended("not_asked", question.ticket)
    if (order.form, order.wish) != (question.form, question.wish):
        raise Ended("changed", question.ticket)
    here = order.stage == question.stage
    if here:
        decisions = tuple(slot.decided for slot in order.slots if slot.decided)
    else:
        decisions = _given_in(ticket, order, question.stage)
    mine = [decided for decided in decisions if decided.person == question.person]
    if mine:
        return mine[-1]
    if order.phase is not Phase.APPROVAL:
        raise Ended(_how_it_ended(order), question.ticket)
    actor = visit.call.actor
    if not (here and may_see(actor, ticket) and plays(actor, Part.APPROVER, ticket)):
        raise Ended("not_asked", question.ticket)
    return None


def _how_it_ended(order: Order) -> str:
    if has_lapsed(order):
        return "late"
    return "withdrawn" if order.ending == "withdrawn" else "over"


def _given_in(ticket: Ticket | View, order: Order, stage: str) -> tuple[Decided, ...]:
    """The earlier decisions that were made while the stage was asked for.

    A view has no times of its clocks: it is of who has decided just now, by their latest word.
    """
    if isinstance(ticket, View):
        return order.given
    clock = next((c for c in ticket.clocks if c.target == approval_clock(stage)), None)
    ended = stopped_at(clock) if clock else None
    if clock is None or ended is None:
        return ()
    # The word that ends a stage is of the instant in which the next one begins.
    return tuple(d for d in order.given if clock.marks[0].at < d.at <= ended)


def decided_page(visit: Visit, decided: Decided, verdict: str | None = None) -> Page:
    """They have decided; who wanted to decide otherwise by now is told so."""
    status = 409 if verdict is not None and ENDS[decided.verdict] != verdict else None
    at = visit.when(decided.at)
    return Page(decided.verdict, visit.language, visit.question.ticket, at=at, status=status)


def asked_page(
    visit: Visit, ticket: Ticket | View, terms: Terms | None, said: Said | None = None
) -> Page:
    """What is asked for, with the form; `said` is what was wrong with it when it was sent."""
    order = ticket.order
    assert order is not None, "judged as one that is asked for"
    return Page(
        "ask",
        visit.language,
        ticket.number,
        told=tuple(_told(visit, ticket, order)),
        order=Asked(
            title=order.title,
            lines=tuple(_lines(visit, ticket, order, terms)),
            decisions=tuple(_decisions(visit, order)),
        ),
        reason=said.reason if said else "",
        wrong=said.wrong if said else None,
        status=422 if said else None,
    )


def _told(visit: Visit, ticket: Ticket | View, order: Order) -> Iterator[str]:
    said, customer = visit.words.said, visit.organisation.customer(ticket.customer)
    requester = visit.name(ticket.requester)
    yield said["hello"].format(
        name=visit.name(visit.question.person),
        requester=f"{requester} ({customer.name})" if customer else requester,
        stage=visit.question.stage,
    )
    facts = {"at": ticket.opened_at, "verdict": "approved"}
    behalf = decision_of(visit.call.actor, order, ticket.requester, facts).behalf
    whose = [person for person in dict.fromkeys(behalf) if person]
    people = visit.organisation.people
    for words, here in (("stands_for", True), ("left", False)):
        if names := [visit.name(one) for one in whose if people[one].active is here]:
            yield said[words].format(names=", ".join(names))
    passed = (s.passed_by for s in order.slots if s.delegate == visit.question.person)
    for person in filter(None, passed):
        yield said["passed_by"].format(name=visit.name(person))
    if order.lapses:
        yield said["lapses"]
    if order.form > 1:
        yield said["again"]


def _lines(
    visit: Visit, ticket: Ticket | View, order: Order, terms: Terms | None
) -> Iterator[tuple[str, str]]:
    names = visit.words.lines
    if order.wanted_for != ticket.requester:
        yield names["wanted_for"], visit.name(order.wanted_for)
    yield from _answers(visit.words, order, terms)
    if order.price:
        yield names["price"], order.price
    if order.cost_centre and not owns(visit.question.person, ticket):
        yield names["cost_centre"], order.cost_centre
    if len(order.slots) > 1:
        many = visit.words.said["needs"].format(needs=order.needs, of=len(order.slots))
        yield names["needs"], many
    if until := _due(ticket, visit.question.stage, terms):
        yield names["due"], visit.when(until)


def _answers(words: Words, order: Order, terms: Terms | None) -> Iterator[tuple[str, str]]:
    """Each answer under its question, in the order of the form; without an answer its default."""
    form = terms.item.form if terms and terms.item else {}
    known, required = form.get("properties"), form.get("required")
    questions = known if isinstance(known, Mapping) else {}
    # What is stored has its names in the order of the alphabet; what is required, as it is asked.
    asked_first = [str(key) for key in required] if isinstance(required, list) else []
    for key in dict.fromkeys((*asked_first, *questions, *order.answers)):
        asked = questions.get(key)
        question = asked if isinstance(asked, Mapping) else {}
        value = order.answers.get(key, question.get("default"))
        if value is not None:
            yield str(question.get("title") or key.replace("_", " ")), _answer(words, value)


def _answer(words: Words, value: JsonValue) -> str:
    match value:
        case bool():
            return words.yes if value else words.no
        case str():
            return value
        case list():
            return ", ".join(_answer(words, part) for part in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _decisions(visit: Visit, order: Order) -> Iterator[Told]:
    said = visit.words.said
    for decided in order.decisions:
        whose = decided.instead_of or decided.passed_by
        key = f"{decided.verdict}_for" if whose else decided.verdict
        facts = {"who": visit.name(decided.person), "at": visit.when(decided.at)}
        facts["absent"] = visit.name(whose) if whose else ""
        yield Told(words=said[key].format(**facts), reason=decided.reason)
    for one in order.questions:
        facts = {"who": visit.name(one.by), "at": visit.when(one.at)}
        yield Told(words=said["asked_on"].format(**facts), reason=one.text)
        if one.answer is not None:
            yield Told(words=said["answered"], reason=one.answer)


def _due(ticket: Ticket | View, stage: str, terms: Terms | None) -> datetime | None:
    for clock in ticket.clocks:
        if clock.target == approval_clock(stage):
            if isinstance(clock, ClockView):
                return clock.due if clock.state == "running" else None
            return due(clock, terms.calendars) if terms else None
    return None
