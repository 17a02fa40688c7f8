"""One version of a ticket in the making: the facts, the events and the notices it brings."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from desk import clock as clocks
from desk.catalogue import Item
from desk.clock import Clock
from desk.events import Event, Routed, WaitOver, What
from desk.ladder import Whom
from desk.order import Order, Phase
from desk.people import GroupRef, Role
from desk.record import Notice
from desk.terms import Terms
from desk.ticket import Kind, Status, Ticket, WaitFor
from desk.vendor import is_held, of_clock
from desk.words import Addressed, Saying, Word, key_of

PAUSABLE = ("resolution", "ola_1", "ola_2", "ola_3")
ANSWERS = ("response", "next_response")


class Outcome(NamedTuple):
    """The ticket after a change, what happened, and what people and other tickets are told."""

    ticket: Ticket
    events: tuple[Event, ...]
    notices: tuple[Notice, ...]
    words: tuple[Addressed, ...] = ()


class Change:
    """Collects what one cause (a step, an instant) does to a ticket.

    `source` is the id of the cause and the stem of its events' ids. With `same_version` the
    change adds to the present version: it is news of what was done outside, not a new state.
    """

    def __init__(
        self,
        ticket: Ticket,
        terms: Terms,
        source: str,
        at: datetime,
        *,
        actor: str | None = None,
        via: str = "desk",
        correlation: str = "",
        same_version: bool = False,
    ) -> None:
        self.ticket = ticket
        self.terms = terms
        self.at = at
        self.actor = actor
        self._source, self._via, self._correlation = source, via, correlation
        self._events: list[Event] = []
        self._notices: list[Notice] = []
        self._words: list[Addressed] = []
        if not same_version:
            self.set(version=ticket.version + 1, index=0)

    @property
    def order(self) -> Order:
        """What the ticket orders."""
        assert self.ticket.order is not None, "only a request has an order"
        return self.ticket.order

    @property
    def item(self) -> Item:
        """The entry of the catalogue, as it was when the ticket was opened."""
        assert self.terms.item is not None, "the terms of a request have its item"
        return self.terms.item

    @property
    def pausable(self) -> tuple[str, ...]:
        """The targets whose clocks a wait pauses."""
        if self.ticket.order is None:
            return PAUSABLE
        own = (c for c in self.ticket.clocks if of_clock(c.target) is None)
        return tuple(c.target for c in own if not clocks.stopped(c))

    @property
    def pauses(self) -> bool:
        """Whether what the ticket waits for pauses its clocks.

        As long as vendors are at work, their contracts say so, and nobody else for them.
        """
        waiting, vendors = self.ticket.waiting_for, self.ticket.vendors
        if is_held(vendors):
            return True
        return waiting in self.terms.pausing and not (vendors and waiting is WaitFor.VENDOR)

    def set_order(self, **facts: object) -> None:
        """Give facts of the order new values."""
        self.set(order=self.order.model_copy(update=facts))

    def set(self, **facts: object) -> None:
        """Give facts new values."""
        self.ticket = self.ticket.model_copy(update=facts)

    def note(self, what: What, *, internal: bool = False) -> str:
        """Write an event, and return its id."""
        event = Event(
            id=f"{self._source}.{len(self._events)}",
            version=self.ticket.version,
            index=self.ticket.index,
            at=self.at,
            actor=self.actor,
            via=self._via,
            correlation=self._correlation,
            internal=internal,
            what=what,
        )
        self._events.append(event)
        self.set(index=self.ticket.index + 1, last_at=max(self.at, self.ticket.last_at))
        return event.id

    def tell(
        self,
        template: str,
        *,
        whom: Whom | None = None,
        person: str | None = None,
        group: str | None = None,
        vendor: str | None = None,
        role: Role | None = None,
    ) -> None:
        """Have somebody told of the newest event; nobody is told of a given past.

        A role is looked for around `group`, which is the ticket's own when it is not given.
        """
        if self.ticket.clock == "given":
            return
        event, told = self._events[-1].id, whom or person or role
        self._notices.append(
            Notice(
                key=f"{self.ticket.number}/{event}/{template}/{told}{_named(vendor)}",
                template=template,
                whom=whom,
                person=person,
                group=group or self.ticket.group,
                vendor=vendor,
                role=role,
                events=(event,),
            )
        )

    def tell_owners(
        self, template: str, *, but: str | None = None, only: str | None = None
    ) -> None:
        """Have who asked for it, and whom it is for, told of the newest event."""
        requester, order = self.ticket.requester, self.ticket.order
        wanted_for = order.wanted_for if order is not None else requester
        for owner in dict.fromkeys((requester, wanted_for)):
            if owner == but or only not in (None, owner):
                continue
            if owner == requester:
                self.tell(template, whom=Whom.REQUESTER)
            else:
                self.tell(template, person=owner)

    def say(self, to: str, what: Saying) -> None:
        """Have another ticket told of the newest event.

        No other is told of a given past, nor that there is a complaint.
        """
        if self.ticket.clock == "given" or self.ticket.kind is Kind.COMPLAINT:
            return
        number = self.ticket.number
        key = key_of(number, self._events[-1].id, to, what)
        word = Word(
            key=key, sender=number, what=what, actor=self.actor, correlation=self._correlation
        )
        self._words.append(Addressed(to=to, word=word))

    def outcome(self) -> Outcome:
        """What the change came to."""
        return Outcome(self.ticket, tuple(self._events), tuple(self._notices), tuple(self._words))

    def begin(self, target: str, group: str | None = None) -> None:
        """Start a clock where the priority has such a target; it replaces one of its name."""
        promised = self.terms.target(self.ticket.priority, target)
        kept = [clock for clock in self.ticket.clocks if clock.target != target]
        if promised is not None:
            kept.append(clocks.begin(target, self.at, promised.length, promised.calendar, group))
        self.set(clocks=tuple(kept))

    def each(self, act: Callable[[Clock, datetime], Clock], *targets: str) -> None:
        """Pause, resume or stop the clocks of these targets (of all, when none is named)."""
        self.set(
            clocks=tuple(
                act(clock, self.at) if not targets or clock.target in targets else clock
                for clock in self.ticket.clocks
            )
        )

    def retarget(self) -> None:
        """Give each clock the target that the present priority and terms promise."""
        changed = []
        for clock in self.ticket.clocks:
            promised = self.terms.target(self.ticket.priority, clock.target)
            if promised is not None:
                clock = clocks.retarget(
                    clock, self.at, promised.length, promised.calendar, self.terms.calendars
                )
            changed.append(clock)
        self.set(clocks=tuple(changed))

    def settle(self) -> None:
        """Pause the clocks of a ticket that waits, or let them run, as `pauses` says."""
        if self.ticket.status is Status.WAITING and self.pausable:
            self.each(clocks.pause if self.pauses else clocks.resume, *self.pausable)

    def resume(self, because: WaitOver | None = None) -> None:
        """End a wait, if there is one; `because` is written when nobody said so by a step.

        A ticket that is held by a vendor's contract waits for the vendor from then on.
        """
        if self.ticket.status is not Status.WAITING:
            return
        if is_held(self.ticket.vendors):
            self._wait_for_vendor(because)
            return
        approving = self.ticket.order is not None and self.order.phase is Phase.APPROVAL
        status = Status.APPROVING if approving else Status.IN_PROGRESS
        self.set(status=status, waiting_for=None, wait_until=None)
        if self.pausable:
            self.each(clocks.resume, *self.pausable)
        if because is not None:
            self.note(because)

    def _wait_for_vendor(self, because: WaitOver | None) -> None:
        waits = {"waiting_for": WaitFor.VENDOR, "wait_until": None}
        if all(getattr(self.ticket, name) == value for name, value in waits.items()):
            return
        self.set(**waits)
        self.settle()
        if because is not None:
            self.note(because)

    def route(self, group: GroupRef, by: str, reason: str | None = None) -> None:
        """Bring the ticket to a group; its clock with the former group ends."""
        before = GroupRef(id=self.ticket.group, line=self.ticket.line)
        bounced = any(had.id == group.id for had in self.ticket.trail)
        trail = tuple(had for had in self.ticket.trail if had.id != group.id)
        self.set(
            group=group.id,
            line=group.line,
            assignee=None,
            duty=None,
            trail=(*trail, group),
            placed=self.ticket.placed or by != "routing",
            bounces=self.ticket.bounces + bounced,
            clocks=tuple(c for c in self.ticket.clocks if not c.target.startswith("ola_")),
        )
        self.begin(f"ola_{group.line}", group.id)
        if self.pauses:
            self.each(clocks.pause, f"ola_{group.line}")
        what = Routed.model_validate(
            {"group": group, "before": before, "by": by, "bounced": bounced, "reason": reason}
        )
        self.note(what, internal=True)


def _named(vendor: str | None) -> str:
    return f":{vendor}" if vendor is not None else ""
