"""A ticket as it stands: the facts that everybody sees, and the inner state that drives it."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from desk.about import MOST_BARRED, About
from desk.clock import Clock
from desk.model import Frozen, Instant, absent, empty
from desk.order import Order
from desk.people import GroupRef
from desk.vendor import AtVendor


class Level(StrEnum):
    """Impact or urgency."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Priority(StrEnum):
    """P1 is the most pressing."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Status(StrEnum):
    """Where a ticket stands in its life."""

    NEW = "new"
    APPROVING = "approving"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    MERGED = "merged"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNFULFILLED = "unfulfilled"


OPEN = (Status.NEW, Status.APPROVING, Status.IN_PROGRESS, Status.WAITING)
WITHOUT_RESULT = (Status.CANCELLED, Status.REJECTED, Status.UNFULFILLED)
OVER = (Status.CLOSED, *WITHOUT_RESULT)


class WaitFor(StrEnum):
    """Whom or what a waiting ticket waits for."""

    REQUESTER = "requester"
    VENDOR = "vendor"
    CHANGE = "change"


class Kind(StrEnum):
    """What sort of record a ticket is."""

    INCIDENT = "incident"
    REQUEST = "service_request"
    COMPLAINT = "complaint"

    @property
    def named(self) -> str:
        """As people say it: an incident, a service request."""
        article = "an" if self.value.startswith("i") else "a"
        return f"{article} {self.value.replace('_', ' ')}"


class LinkKind(StrEnum):
    """How one ticket is tied to another, read from the ticket that carries the link."""

    RELATED = "related"
    DUPLICATE_OF = "duplicate_of"
    DUPLICATE = "duplicate"
    CAUSED_BY = "caused_by"
    CAUSES = "causes"
    PARENT = "parent"
    CHILD = "child"


class Reported(Frozen):
    """What the requester said, kept apart from what was found."""

    category: str | None = None
    impact: Level | None = None
    urgency: Level | None = None
    service: str | None = None


class Link(Frozen):
    """A tie to another ticket, by number."""

    kind: LinkKind
    ticket: str


class Resolution(Frozen):
    """How the incident was resolved."""

    code: str
    text: str


class Facts(Frozen):
    """What a ticket shows; people and groups by id, instants in UTC."""

    number: str
    kind: Kind
    clock: Literal["real", "given"] = "real"
    status: Status
    waiting_for: WaitFor | None = None
    wait_until: Instant | None = None
    version: int
    summary: str
    description: str | None = None
    requester: str
    reporter: str
    customer: str
    channel: str
    confidential: bool = False
    service: str | None = None
    category: str | None = None
    impact: Level
    urgency: Level
    priority: Priority
    reported: Reported
    line: int
    group: str
    assignee: str | None = None
    duty: str | None = None
    bounces: int = 0
    links: tuple[Link, ...] = ()
    opened_at: Instant
    resolved_at: Instant | None = None
    closed_at: Instant | None = None
    reopen_until: Instant | None = None
    resolution: Resolution | None = None
    workaround: str | None = None
    rating: int | None = None
    policy_version: str
    order: Order | None = Field(default=None, exclude_if=absent)
    merged_into: str | None = Field(default=None, exclude_if=absent)
    vendors: tuple[AtVendor, ...] = Field(default=(), exclude_if=empty)
    about: About | None = Field(default=None, exclude_if=absent)
    barred: tuple[str, ...] = Field(default=(), exclude_if=empty, max_length=MOST_BARRED)


class Ticket(Facts):
    """The facts and what only the process needs.

    `trail` is each group that had the ticket, the latest last; `placed` is set once a person or
    a rung brought it to a group, which no routing undoes; `silent_since` the resolution, or the
    requester's last word after it; `reminders` how many confirmations were asked for since then;
    `absorbed` are the tickets that were merged into it and end with it; `sent` is the digest of
    the body that a complaint came in, of which the facts do not keep everything;
    `last_at` the instant of the newest event; `index` the next event's place in this version.
    """

    opening_id: str
    clocks: tuple[Clock, ...] = ()
    trail: tuple[GroupRef, ...] = ()
    placed: bool = False
    silent_since: Instant | None = None
    reminders: int = 0
    retired: bool = False
    absorbed: tuple[str, ...] = Field(default=(), exclude_if=empty)
    sent: str | None = Field(default=None, exclude_if=absent)
    last_at: Instant
    index: int = 0
