"""What workflows hand to activities, and the names that both sides know them by."""

from desk.model import Frozen

RECORD = "record_ticket"
RESOLVE_TERMS = "resolve_terms"
HAND_OFF = "hand_off_ticket"
DELIVER = "deliver_message"


class TermsFor(Frozen):
    """Whose promise is asked for."""

    customer: str
    service: str | None


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


class DeliverInput(Frozen):
    """The message to deliver, by its key."""

    key: str


class CallAnswer(Frozen):
    """How a call ended, in a few words for the timeline."""

    done: bool
    note: str
