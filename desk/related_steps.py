"""What people do about two tickets at once, beside linking them."""

from typing import Literal

from desk.model import Frozen, Name, Reason
from desk.ticket import LinkKind


class Unlink(Frozen):
    """Take a link to another ticket off, on both of them."""

    step: Literal["unlink"]
    kind: LinkKind
    ticket: Name


class Merge(Frozen):
    """It is about the same as another incident: it waits for that one, and ends with it."""

    step: Literal["merge"]
    into: Name
    reason: Reason | None = None


class Split(Frozen):
    """It is about something else after all: it goes on by itself."""

    step: Literal["split"]
    reason: Reason
