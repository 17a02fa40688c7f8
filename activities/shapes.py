"""What workflows hand to activities, and the names that both sides know them by."""

from pydantic import Field

from desk.model import Frozen, absent
from desk.order import Answers

RECORD = "record_ticket"
RESOLVE_TERMS = "resolve_terms"
HAND_OFF = "hand_off_ticket"
DELIVER = "deliver_message"
ARCHIVE = "archive_ticket"
ARCHIVE_MISSING = "archive_missing"
LIST_REPLAY = "list_replay"
REPLAY_SOME = "replay_some"


class TermsFor(Frozen):
    """Whose promise is asked for; for a request also of which item, and who wants it."""

    customer: str
    service: str | None
    item: str | None = Field(default=None, exclude_if=absent)
    requester: str | None = Field(default=None, exclude_if=absent)
    wanted_for: str | None = Field(default=None, exclude_if=absent)


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
    """The message to deliver, by its key."""

    key: str


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
