"""Several tickets and the words between them, which arrive when a test says so."""

from datetime import datetime, timedelta
from typing import Any, Self

from desk.change import Outcome
from desk.hearing import heard, unheard
from desk.people import Actor
from desk.ticket import Link, LinkKind
from desk.words import Addressed
from tests.desk.lives import FINN, Life, at

ONE, TWO, THREE = "INC-00000012", "INC-00000023", "INC-00000034"


class Neighbour(Life):
    """A ticket that keeps what it has to say."""

    def __init__(self, number: str, **opening: Any) -> None:
        self.words: list[Addressed] = []
        super().__init__(number=number, opening_id=number, **opening)

    def take_in(self, outcome: Outcome) -> None:
        super().take_in(outcome)
        self.words += outcome.words

    @property
    def links(self) -> set[tuple[LinkKind, str]]:
        """What it is tied to."""
        return {(link.kind, link.ticket) for link in self.ticket.links}

    def has(self, kind: str, other: str) -> bool:
        """Whether it has the link."""
        return Link(kind=LinkKind(kind), ticket=other) in self.ticket.links


class Neighbours:
    """The tickets by number; `at` is the instant at which everything happens next."""

    def __init__(self, *numbers: str, **opening: Any) -> None:
        self.tickets = {n: Neighbour(n, **opening) for n in numbers or (ONE, TWO, THREE)}
        self.now: datetime = at("03-02 09:10")

    def __getitem__(self, number: str) -> Neighbour:
        return self.tickets[number]

    def take(self, number: str, step: str, by: Actor = FINN, **fields: Any) -> Self:
        """Take a step, a minute after what was before; what follows from it is not said yet."""
        self.now += timedelta(minutes=1)
        self[number].take(self.now, step, by, **fields)
        return self

    def say_one(self, sender: str) -> Addressed:
        """The first word that a ticket has to say arrives."""
        told = self[sender].words.pop(0)
        self.deliver(told)
        return told

    def deliver(self, told: Addressed) -> None:
        """The word arrives, or cannot."""
        hearer = self.tickets.get(told.to)
        if hearer is None:
            sender = self[told.word.sender]
            sender.take_in(unheard(sender.ticket, sender.rules, told, self.now))
            return
        now = max(self.now, hearer.ticket.last_at)
        hearer.pass_until(now)
        hearer.take_in(heard(hearer.ticket, hearer.rules, told.word, now))

    def talk(self) -> Self:
        """Everything is said, and whatever follows from it."""
        while speakers := [life for life in self.tickets.values() if life.words]:
            self.say_one(speakers[0].ticket.number)
        return self
