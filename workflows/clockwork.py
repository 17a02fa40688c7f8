"""What time does to a ticket, and when it next does: worked out once for each state of it."""

from datetime import datetime, timedelta

from temporalio import workflow

from desk.advance import advance, catch_up
from desk.change import Outcome
from desk.deadlines import next_due
from desk.terms import Terms
from desk.ticket import Ticket

GIVEN_SILENCE = timedelta(days=1)
"""How long a closed ticket with a given clock is kept after the last news of it."""


class Clockwork:
    """Asks the pure desk what is due, and remembers the answer while the ticket is the same."""

    def __init__(self) -> None:
        self._due: tuple[Ticket, datetime | None] | None = None
        self._news = workflow.now()

    def passed(self, ticket: Ticket, terms: Terms, to: datetime) -> Outcome:
        """What time does to the ticket until then."""
        due = self._due_of(ticket, terms)
        if due is None or due > to or to < ticket.last_at:
            return Outcome(ticket, (), ())
        pass_time = catch_up if ticket.clock == "given" else advance
        return pass_time(ticket, terms, to)

    def next_due(self, ticket: Ticket, terms: Terms) -> datetime | None:
        """When the process has to wake up by itself.

        A ticket with a given clock only ends by itself: when the time to reopen it is over and
        nobody has told of it for a day.
        """
        if ticket.clock == "real":
            return self._due_of(ticket, terms)
        over = ticket.reopen_until
        return None if over is None else max(over, self._news + GIVEN_SILENCE)

    def heard(self) -> None:
        """Note that there was news of the ticket just now."""
        self._news = workflow.now()

    def _due_of(self, ticket: Ticket, terms: Terms) -> datetime | None:
        if self._due is None or self._due[0] is not ticket:
            self._due = (ticket, next_due(ticket, terms))
        return self._due[1]
