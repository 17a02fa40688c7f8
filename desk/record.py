"""What a process hands to the store after a change, and the digest that proves what it was."""

import hashlib
import json
from enum import StrEnum

from pydantic import Field

from desk.events import Event
from desk.ladder import Whom
from desk.model import Frozen, Instant, absent
from desk.people import Role
from desk.terms import Terms
from desk.ticket import Ticket
from desk.view import ClockView


class Task(StrEnum):
    """What somebody is waited for."""

    ACCEPT = "accept"
    WORK = "work"
    ANSWER = "answer"
    CONFIRM = "confirm"
    APPROVE = "approve"
    FULFIL = "fulfil"
    TAKE_BACK = "take_back"


class HumanTask(Frozen):
    """A step that a person, or anybody of a group or role, is waited for; ids, never names.

    `of` is the stage to be approved, or the task of the order to be done or taken back.
    """

    task: Task
    group: str | None
    person: str | None
    due: Instant | None
    role: Role | None = Field(default=None, exclude_if=absent)
    of: str | None = Field(default=None, exclude_if=absent)

    @property
    def name(self) -> str:
        """What is waited for, and of what."""
        return f"{self.task} {self.of}" if self.of else self.task.value

    @property
    def whom(self) -> str:
        """The person, the group or the role that is waited for."""
        return str(self.person or self.group or self.role)


class Notice(Frozen):
    """Something to be told, once: `key` names it for ever.

    Exactly one of `whom` (a role around the ticket), `person` (an id) and `role` (all who have it)
    is given. `events` are the ids of the events that it tells about; `template` names the text in
    `policies/messages`; `group` had the ticket when it happened, so `whom` is looked for around
    that group; `vendor` is the one that is told, where it is the vendor's.
    """

    key: str
    template: str
    whom: Whom | None = None
    person: str | None = None
    group: str
    events: tuple[str, ...]
    vendor: str | None = Field(default=None, exclude_if=absent)
    role: Role | None = Field(default=None, exclude_if=absent)


class Record(Frozen):
    """The ticket, and every event since the last confirmed record.

    `run` counts the runs of the chain from 1 and `length` is the history's length: together they
    say which of two records is the older. `since` is the place (version, index) that follows the
    last event of which the store has confirmed that it has it: whatever else is there from that
    place on never was. `terms` is given when the ticket's terms are new.
    """

    ticket: Ticket
    clocks: tuple[ClockView, ...]
    terms_digest: str
    terms: Terms | None
    events: tuple[Event, ...]
    tasks: tuple[HumanTask, ...]
    notices: tuple[Notice, ...]
    since: tuple[int, int]
    run: int
    length: int


class Recorded(Frozen):
    """What the store now has: the digest of ticket and events, and the messages to deliver."""

    digest: str
    messages: tuple[str, ...]


def canonical(value: Frozen) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    fields = value.model_dump(mode="json", by_alias=True)
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(ticket: Ticket, events: tuple[Event, ...]) -> str:
    """SHA-256 over the canonical JSON of the ticket and of each event, a line each."""
    lines = b"\n".join(canonical(part) for part in (ticket, *events))
    return hashlib.sha256(lines).hexdigest()


def terms_digest(terms: Terms) -> str:
    """The name of these terms: SHA-256 of their canonical JSON."""
    return hashlib.sha256(canonical(terms)).hexdigest()
