"""How every ticket ends that came to a result: confirmed, left in silence, or reopened."""

from desk.ticket import OVER, WITHOUT_RESULT, Status
from workflows.ticket import TicketProcess


class ClosingProcess(TicketProcess):
    """What a process waits for once there is a result."""

    def agreed(self) -> bool:
        """The requester confirmed, was silent for long, or said that it is not right."""
        return self.ticket.status is not Status.RESOLVED

    def final(self) -> bool:
        """Closed for good, or reopened."""
        return self.ended or self.ticket.status not in OVER

    @property
    def ended(self) -> bool:
        """Nothing can happen to the ticket any more."""
        return self.ticket.retired or self.ticket.status in WITHOUT_RESULT
