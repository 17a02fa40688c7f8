"""How a ticket comes to be: the report as sent, and the ticket and events it makes."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from desk.about import MOST_BARRED, About
from desk.approving import order_of, submit
from desk.change import Change, Outcome
from desk.complaints import announce
from desk.events import Opened, Prioritised, Routed
from desk.model import Frozen, Instant, Name, absent, empty
from desk.order import Answers, Order
from desk.people import Actor, GroupRef
from desk.terms import Terms
from desk.ticket import Kind, Level, Reported, Status, Ticket


class Opening(Frozen):
    """A report, with who sent it and under which key; the start input of a ticket's workflow.

    `opening_id` tells this opening from every other, whatever number they derive.
    """

    opening_id: str
    number: str
    kind: Kind
    summary: str
    description: str | None = None
    requester: str
    customer: str
    actor: Actor
    channel: str
    service: str | None = None
    category: str | None = None
    impact: Level | None = None
    urgency: Level | None = None
    confidential: bool = False
    clock: Literal["real", "given"] = "real"
    at: Instant | None = None
    via: str = "api"
    correlation: str = ""
    key: str | None = None
    body_hash: str = ""
    item: Name | None = Field(default=None, exclude_if=absent)
    answers: Answers | None = Field(default=None, exclude_if=absent)
    wanted_for: str | None = Field(default=None, exclude_if=absent)
    about: About | None = Field(default=None, exclude_if=absent)
    barred: tuple[str, ...] = Field(default=(), exclude_if=empty, max_length=MOST_BARRED)


def open_ticket(opening: Opening, terms: Terms, at: datetime) -> Outcome:
    """The new ticket: prioritised and routed by its terms, with its clocks running.

    A request goes to its approvers, or straight into fulfilment when there are none.
    """
    ticket = _as_reported(opening, terms, at)
    change = Change(
        ticket,
        terms,
        opening.opening_id,
        at,
        actor=opening.actor.person,
        via=opening.via,
        correlation=opening.correlation,
    )
    _note_opening(change)
    if ticket.order is not None:
        submit(change)
        return change.outcome()
    for target in ("response", "resolution"):
        change.begin(target)
    change.begin(f"ola_{ticket.line}", ticket.group)
    if ticket.about is not None:
        announce(change)
    return change.outcome()


def _as_reported(opening: Opening, terms: Terms, at: datetime) -> Ticket:
    impact = opening.impact or terms.default_impact
    urgency = opening.urgency or terms.default_urgency
    routed = terms.routing.group(opening.category, 1) or terms.routing.default[0]
    group = terms.item.group if terms.item else routed
    as_sent = opening.model_dump(include=set(Ticket.model_fields) - {"impact", "urgency"})
    return Ticket.model_validate(
        {
            **as_sent,
            "status": Status.NEW,
            "version": 0,
            "reporter": opening.actor.person,
            "impact": impact,
            "urgency": urgency,
            "priority": terms.priority(impact, urgency),
            "reported": Reported(
                category=opening.category,
                impact=opening.impact,
                urgency=opening.urgency,
                service=opening.service,
            ),
            "line": group.line,
            "group": group.id,
            "trail": (group,),
            "opened_at": at,
            "last_at": at,
            "policy_version": terms.policy_version,
            "order": _order(opening, terms),
            "sent": (opening.body_hash or None) if opening.kind is Kind.COMPLAINT else None,
        }
    )


def _order(opening: Opening, terms: Terms) -> Order | None:
    if terms.item is None:
        return None
    wanted_for = opening.wanted_for or opening.requester
    return order_of(terms.item, opening.answers or {}, wanted_for)


def _note_opening(change: Change) -> None:
    ticket = change.ticket
    change.note(
        Opened(
            summary=ticket.summary,
            description=ticket.description,
            reported=ticket.reported,
            requester=ticket.requester,
            channel=ticket.channel,
            about=ticket.about,
        )
    )
    change.tell_owners("acknowledged")
    change.note(
        Prioritised(
            impact=ticket.impact,
            urgency=ticket.urgency,
            priority=ticket.priority,
            before=None,
            policy_version=ticket.policy_version,
        )
    )
    group = GroupRef(id=ticket.group, line=ticket.line)
    change.note(Routed(group=group, before=None, by="routing"), internal=True)
