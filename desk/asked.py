"""Who was asked to decide on an order: by name they go on reading it, and hear why they need not
any more.

Four eyes: whoever wants it, or chose it, was never one of them.
"""

from collections.abc import Iterator

from desk.catalogue import Approver, ByPerson
from desk.order import Decided, Order, Phase, Slot, is_named
from desk.people import Actor
from desk.ticket import Facts, Status


def was_asked(actor: Actor, order: Order, requester: str) -> bool:
    """Whether the actor has decided, or was asked to, now or before, also for somebody away."""
    barred = order.barred(requester)
    if actor.person in barred:
        return False
    away = set(actor.stands_for) - barred
    return any(
        is_named(actor, one) or (isinstance(one, ByPerson) and one.person in away)
        for one in _asked(order)
    )


def reads_on(actor: Actor, order: Order, requester: str) -> bool:
    """Whether the actor reads the order for having been asked, which by name is for good.

    As one of a group or role, or for somebody else, it is while that stage is asked for: who
    joins later, or stood in for a day, was asked nothing of what was decided before.
    """
    passed_on = {one.passed_by for one in order.decisions}
    if actor.person in (asked_by_name(order) | passed_on) - order.barred(requester):
        return True
    now = order.model_copy(update={"asked_before": (), "given": ()})
    return order.phase is Phase.APPROVAL and was_asked(actor, now, requester)


def asked_by_name(order: Order) -> frozenset[str]:
    """Everybody whom the order has asked by name."""
    return frozenset(one.person for one in _asked(order) if isinstance(one, ByPerson))


def asked_so_far(order: Order, kept: tuple[Decided, ...]) -> tuple[Approver, ...]:
    """Everybody whom the order has asked, but those of whom a decision that is `kept` tells."""
    known = {one.person for one in kept}
    return tuple(
        one
        for one in dict.fromkeys(_asked(order))
        if not (isinstance(one, ByPerson) and one.person in known)
    )


def waited_for(order: Order) -> tuple[Approver, ...]:
    """Whom the stage still waits for, each once: the approvers, their delegates, and managers."""
    left = [slot for slot in order.slots if slot.decided is None]
    others = [order.escalated_to] if order.escalated_to is not None else []
    return tuple(dict.fromkeys([*(one for slot in left for one in _of(slot)), *others]))


def _of(slot: Slot) -> tuple[Approver, ...]:
    delegates = [ByPerson(person=slot.delegate)] if slot.delegate else []
    return (slot.approver, *delegates)


def _asked(order: Order) -> Iterator[Approver]:
    yield from order.asked_before
    for slot in order.slots:
        yield from _of(slot)
    if order.escalated_to is not None:
        yield order.escalated_to
    for decided in order.decisions:
        yield ByPerson(person=decided.person)


def has_lapsed(order: Order) -> bool:
    """Whether it was rejected because its time was over, and not by those who decide."""
    rejected = sum(s.decided is not None and s.decided.verdict == "rejected" for s in order.slots)
    could = len(order.slots) - rejected >= order.needs
    return order.phase is Phase.ENDED and bool(order.slots) and could


def why_not_asked(actor: Actor, ticket: Facts, order: Order) -> str:
    """Why somebody who was asked need not decide any more."""
    if order.ending == "withdrawn" or ticket.status is Status.CANCELLED:
        return "it was withdrawn, so nobody decides on it any more"
    for one in reversed(order.decisions):
        if one.person == actor.person:
            return f"you {one.verdict} it already, on {one.at:%Y-%m-%d %H:%M} UTC"
        if actor.person in (one.instead_of, one.passed_by):
            return f"it was {one.verdict} in your place already, on {one.at:%Y-%m-%d %H:%M} UTC"
    if has_lapsed(order):
        return "the time to decide on it was over, so it was rejected"
    if ticket.status is Status.REJECTED:
        return "it is rejected already"
    if order.phase is Phase.APPROVAL:
        return "others have decided or are asked instead, so nobody waits for you now"
    return "others have approved it already"
