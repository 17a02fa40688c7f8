"""Recording: one transaction that brings the store up to the ticket's history."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import messages_for
from activities.shapes import RECORD
from activities.vendor_letters import vendor_letters
from desk.errors import NumberTaken
from desk.record import Record, Recorded
from store.engine import writing
from store.organisation import Directory
from store.reads import Engine
from store.recording import record


@dataclass(frozen=True)
class Recording:
    """The record activity, with what it needs of the outside."""

    engine: Engine
    directory: Directory
    public_url: str

    @activity.defn(name=RECORD)
    def record_ticket(self, what: Record) -> Recorded:
        """Record a ticket and its new events; the same record twice changes nothing.

        Raises:
            ApplicationError: NumberTaken, not to be retried: the number is another opening's.
            one of `store.reads.AWAY`: the database is away; to be repeated.
        """
        organisation = self.directory.refresh() if what.notices else self.directory.current
        messages = (
            *messages_for(what, organisation, self.public_url),
            *vendor_letters(what, organisation, self.public_url),
        )
        try:
            with writing(self.engine) as connection:
                return record(connection, what, messages)
        except NumberTaken as error:
            raise ApplicationError(str(error), type="NumberTaken", non_retryable=True) from error
