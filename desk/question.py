"""A question of an approver to the requester, as an order keeps it."""

from desk.model import Frozen, Instant


class Question(Frozen):
    """What an approver asked, and the answer, both made short."""

    by: str
    at: Instant
    text: str
    answer: str | None = None
