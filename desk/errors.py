"""Every refusal of the desk, by the name that the API uses as its problem type.

DeskError
├── StepRefused       the step is not possible in the ticket's present state
├── NotPermitted      this person may not take this step
├── TicketNotFound    no such ticket, or not one that this person may see
├── StaleVersion      the ticket has changed since the caller read it
├── KeyReused         an Idempotency-Key came back with another body
├── InvalidFact       a field names something that does not exist or cannot be
├── NumberTaken       the ticket number already belongs to another opening
└── PolicyError       the rules or the organisation make no sense
"""

from collections.abc import Sequence


class DeskError(Exception):
    """A refusal that a person can act on; nothing was changed."""

    def details(self) -> dict[str, list[str] | str]:
        """What travels beside the message: names and lists of names only."""
        return {}

    @property
    def why(self) -> str:
        """What is wrong, without what would do instead: that is told otherwise by later code."""
        return str(self)


class StepRefused(DeskError):
    """The step is not possible now; `allowed_steps` are those that this person may take."""

    def __init__(self, why: str, allowed_steps: Sequence[str]) -> None:
        instead = f"; allowed now: {', '.join(allowed_steps)}" if allowed_steps else ""
        super().__init__(f"{why}{instead}")
        self._why = why
        self.allowed_steps = tuple(allowed_steps)

    @property
    def why(self) -> str:
        return self._why

    def details(self) -> dict[str, list[str] | str]:
        return {"allowed_steps": list(self.allowed_steps)}


class NotPermitted(DeskError):
    """This person may not take this step on a ticket that they may see."""


class TicketNotFound(DeskError):
    """No such ticket, or not one that this person may see: the answer is the same."""


class StaleVersion(DeskError):
    """The caller's version of the ticket is not the present one."""


class KeyReused(DeskError):
    """An idempotency key was used before with another body."""

    def __init__(
        self, message: str = "this Idempotency-Key was used with another body: take a new one"
    ) -> None:
        super().__init__(message)


class InvalidFact(DeskError):
    """`field` holds a value that does not exist or cannot be; the message says what would do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field

    def details(self) -> dict[str, list[str] | str]:
        return {"field": self.field}


class NumberTaken(DeskError):
    """The number derived for an opening belongs to another opening: derive the next one."""


class PolicyError(DeskError):
    """The rules or the organisation make no sense; the message says what to change."""
