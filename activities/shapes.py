"""What workflows hand to activities, and the names that both sides know them by."""

from datetime import date
from typing import Literal

from pydantic import Field

from desk.contract import Contract
from desk.model import Frozen, Instant, absent
from desk.order import Answers
from desk.ticket import Kind
from desk.vendor_events import Cause

RECORD = "record_ticket"
RESOLVE_TERMS = "resolve_terms"
RESOLVE_CONTRACT = "resolve_contract"
ENDING_CONTRACTS = "ending_contracts"
TELL_CONTRACT_ENDS = "tell_contract_ends"
HAND_OFF = "hand_off_ticket"
DELIVER = "deliver_message"
ARCHIVE = "archive_ticket"
ARCHIVE_MISSING = "archive_missing"
LIST_REPLAY = "list_replay"
REPLAY_SOME = "replay_some"
READ_MAILBOX = "read_mailbox"


class TermsFor(Frozen):
    """Whose promise is asked for; for a request also of which item, and who wants it.

    `ordered_by` is who chose it for them, and `kind` is given where the promise follows from it
    alone: for a complaint.
    """

    customer: str
    service: str | None
    item: str | None = Field(default=None, exclude_if=absent)
    requester: str | None = Field(default=None, exclude_if=absent)
    wanted_for: str | None = Field(default=None, exclude_if=absent)
    ordered_by: str | None = Field(default=None, exclude_if=absent)
    kind: Kind | None = Field(default=None, exclude_if=absent)


class ContractFor(Frozen):
    """Under which contract a vendor would work on a ticket of this service, at that instant."""

    vendor: str
    service: str | None
    at: Instant


class ContractAnswer(Frozen):
    """The contract; else why there is none, and what to do."""

    contract: Contract | None = None
    why: str = ""


class EndingAt(Frozen):
    """As of when contracts are looked at."""

    at: Instant


class Ending(Frozen):
    """A contract that ends soon, and the ids of the people whom that concerns."""

    vendor: str
    contract: str
    until: date
    people: tuple[str, ...]


class TellEnding(Frozen):
    """One of them, who is to be told; `at` is the date of the mail."""

    ending: Ending
    person: str
    at: Instant


class HandOffOf(Frozen):
    """A ticket that came to a group."""

    ticket: str
    group: str


class OnDuty(Frozen):
    """Who of the group is on duty; None when it is the whole group's."""

    duty: str | None


class CallOf(Frozen):
    """A rung of a ticket fired and calls an activity; `event` is the same at each attempt."""

    ticket: str
    event: str


class WorkOf(Frozen):
    """A task of a request that an activity does, or takes back; the same `key` at each attempt.

    `requester` and `wanted_for` are ids of people.
    """

    ticket: str
    task: str
    key: str
    item: str
    answers: Answers
    requester: str
    wanted_for: str


class DeliverInput(Frozen):
    """The message to deliver, by its key; one that is `unwanted` by now is not sent any more."""

    key: str
    unwanted: bool | None = Field(default=None, exclude_if=absent)


class Delivered(Frozen):
    """How it ended; `gone`: the message's events turned out untrue before it was sent.

    `why`, `cause` and `code` say why it never will be sent, and `said_at` when what it tells was.
    """

    state: Literal["sent", "failed", "nobody", "gone"]
    why: str | None = Field(default=None, exclude_if=absent)
    cause: Cause | None = Field(default=None, exclude_if=absent)
    code: int | None = Field(default=None, exclude_if=absent)
    said_at: Instant | None = Field(default=None, exclude_if=absent)


class CallAnswer(Frozen):
    """How a call ended, in a few words for the timeline."""

    done: bool
    note: str


class ArchiveOf(Frozen):
    """The ticket that has ended and is to be archived."""

    number: str


class Swept(Frozen):
    """What a look for unarchived histories came to.

    `found` and `archived` count runs; `failed` are tickets, by number.
    """

    found: int
    archived: int
    failed: tuple[str, ...] = ()


class ReplayOf(Frozen):
    """The replay that was asked for, by its id; the store has what it is of."""

    id: str


class Seen(Frozen):
    """How far a mailbox was looked through: which one, and the last UID (RFC 3501)."""

    box: str
    uid: int
