"""How a ticket stands in its process, now and at an instant: what each part of the process asks."""

from datetime import datetime

from temporalio import workflow

from desk.adoption import carry_calendars
from desk.change import Outcome
from desk.errors import StepRefused, TicketNotFound
from desk.record import terms_digest
from desk.rules import check
from desk.steps import Taken
from desk.terms import Terms
from desk.ticket import Ticket
from desk.view import View, view
from workflows.clockwork import Clockwork
from workflows.shapes import Start, State


class Standing:
    """The state of the ticket, what time has done to it, and whether a step fits it."""

    def __init__(self, start: Start) -> None:
        self.opening = start.opening
        self.state = start.carried
        self._clockwork = Clockwork()

    @property
    def ticket(self) -> Ticket:
        """The ticket as it stands."""
        return self._state.ticket

    @property
    def _state(self) -> State:
        if self.state is None:
            raise TicketNotFound(f"{self.opening.number} is not open yet")
        return self.state

    def _view(self) -> View:
        return view(self.ticket, self._state.terms.calendars)

    def _check_as_of(self, taken: Taken) -> None:
        """Refuse before anything is recorded, unless the time until the step must be first."""
        passed = self._passed(self._instant(taken))
        try:
            self._check(taken, passed.ticket, self.ticket.version)
        except StepRefused:
            if not passed.events:
                raise

    def _check(self, taken: Taken, ticket: Ticket, version: int) -> None:
        """Check the step; a given clock's caller has read the version before the time passed."""
        if ticket.clock == "given" and taken.expected_version == version:
            taken = taken.model_copy(update={"expected_version": ticket.version})
        check(ticket, self._state.terms, taken, self._instant(taken))

    def _move_to(self, terms: Terms) -> tuple[Ticket, Terms]:
        """The ticket under other terms, which are to be recorded once more."""
        state = self._state
        ticket, terms = carry_calendars(state.ticket, state.terms, terms)
        state.terms, state.terms_digest = terms, terms_digest(terms)
        state.terms_recorded = False
        return ticket, terms

    def _instant(self, taken: Taken) -> datetime:
        if self.ticket.clock == "given":
            return taken.at or self.ticket.last_at
        return max(workflow.now(), self.ticket.last_at)

    def _passed(self, to: datetime) -> Outcome:
        return self._clockwork.passed(self.ticket, self._state.terms, to)

    def _next_due(self) -> datetime | None:
        return self._clockwork.next_due(self.ticket, self._state.terms)
