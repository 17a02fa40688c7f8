"""A ticket as it is answered to one caller: people by address, and only what they may see."""

from fastapi import Response

from api.complaint_body import About
from api.orders import Ordered
from api.people import address
from desk.access import sees_internal
from desk.clock import Clock
from desk.model import Frozen, Instant
from desk.people import Actor
from desk.rules import allowed_steps
from desk.ticket import (
    Kind,
    Level,
    Link,
    Priority,
    Reported,
    Resolution,
    Status,
    WaitFor,
)
from desk.vendor import AtVendor, of_clock
from desk.view import ClockView, View
from store.organisation import Organisation


class Ticket(Frozen):
    """A ticket; `allowed_steps` are those that the caller may take now."""

    number: str
    kind: Kind
    status: Status
    waiting_for: WaitFor | None
    version: int
    summary: str
    description: str | None
    requester: str
    customer: str
    channel: str
    confidential: bool
    service: str | None
    category: str | None
    impact: Level
    urgency: Level
    priority: Priority
    reported: Reported
    line: int
    group: str
    assignee: str | None
    bounces: int
    links: tuple[Link, ...]
    merged_into: str | None
    vendors: tuple[AtVendor, ...]
    opened_at: Instant
    resolved_at: Instant | None
    closed_at: Instant | None
    resolution: Resolution | None
    workaround: str | None
    rating: int | None
    policy_version: str
    order: Ordered | None
    about: About | None
    clocks: tuple[ClockView, ...]
    allowed_steps: tuple[str, ...]

    @staticmethod
    def seen_by(actor: Actor, view: View, organisation: Organisation) -> "Ticket":
        """The ticket as this caller may see it: what is between us and others is the desk's own."""
        inside = sees_internal(actor, view)
        shown = {name: getattr(view, name) for name in SHOWN}
        shown["requester"] = address(organisation, view.requester)
        shown["assignee"] = address(organisation, view.assignee)
        shown["order"] = Ordered.seen_by(actor, view, organisation)
        shown["about"] = About.shown(view.about, organisation)
        shown["links"] = view.links if inside else ()
        shown["vendors"] = view.vendors if inside else ()
        shown["merged_into"] = view.merged_into if inside else None
        shown["clocks"] = tuple(c for c in view.clocks if inside or not is_ours(c))
        return Ticket.model_construct(**shown, allowed_steps=allowed_steps(actor, view))


SHOWN = tuple(name for name in Ticket.model_fields if name in View.model_fields)


def is_ours(clock: ClockView | Clock) -> bool:
    """Whether the time is promised within the desk, or to it, and not to the requester."""
    return clock.group is not None or of_clock(clock.target) is not None


class Tickets(Frozen):
    """A page of tickets; `next` goes into `after`, null on the last one."""

    items: tuple[Ticket, ...]
    next: str | None


def answered(ticket: Ticket, status: int = 200) -> Response:
    """The ticket with its version as ETag."""
    headers = {"ETag": f'"{ticket.version}"'}
    if status == 201:
        headers["Location"] = f"/tickets/{ticket.number}"
    return as_json(ticket, status, headers)


def as_json(shown: Frozen, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A model as an answer, made in one go."""
    return Response(shown.model_dump_json(by_alias=True), status, headers, "application/json")
