"""What a report turns out to be: an incident becomes a service request, or the other way round.

The number, the timeline and the evidence stay; the promise is that of the new kind, from now on.
"""

from desk import clock as clocks
from desk.approving import drop_stage, order_of, submit
from desk.change import Change
from desk.errors import InvalidFact
from desk.events import Became
from desk.fulfilling import drop_tasks
from desk.ladder import Whom
from desk.people import GroupRef
from desk.priority import set_priority
from desk.steps import Become
from desk.ticket import Kind, Status, Ticket
from desk.vendor import of_clock

NOT_BEGUN = ("later", "open", "dropped")


def check_become(ticket: Ticket, step: Become) -> None:
    """Refuse what the ticket is already, and to leave what was done for an order behind.

    Raises:
        InvalidFact: naming the field, and what to do instead.
    """
    if step.kind == ticket.kind:
        raise InvalidFact("kind", f"it is {ticket.kind.named} already")
    if ticket.vendors:
        at_work = ", ".join(at.vendor for at in ticket.vendors)
        why = f"{at_work} works on it: recall it first, or wait for its answer"
        raise InvalidFact("kind", why)
    works = ticket.order.works if ticket.order is not None else ()
    begun = [work.task for work in works if work.turn or work.state not in NOT_BEGUN]
    if begun:
        why = f"was done, begun or failed already: withdraw it, or see it through ({begun[0]})"
        raise InvalidFact("kind", f"a part of what was ordered {why}")


def become(change: Change, step: Become) -> None:
    """Leave the former kind as it stands, and begin as the new one; the terms are its own."""
    change.resume()
    change.each(clocks.stop)
    former = tuple(c for c in change.ticket.clocks if of_clock(c.target) is None)
    before = change.ticket.kind
    change.note(Became(kind=step.kind, before=before, said=step.reason, clocks=former))
    change.tell("became", whom=Whom.REQUESTER)
    set_priority(change)
    if step.kind is Kind.REQUEST:
        _become_request(change, step)
    else:
        _become_incident(change)


def _become_request(change: Change, step: Become) -> None:
    wanted_for = step.wanted_for or change.ticket.requester
    order = order_of(change.item, step.answers or {}, wanted_for)
    chosen = {"ordered_by": change.actor, "since": change.ticket.version}
    order = order.model_copy(update=chosen)
    change.set(kind=Kind.REQUEST, order=order, category=None, workaround=None)
    _begin_at(change, change.item.group)
    submit(change)


def _become_incident(change: Change) -> None:
    drop_stage(change)
    drop_tasks(change)
    change.set(kind=Kind.INCIDENT, order=None, status=Status.NEW)
    _begin_at(change, change.terms.routing.default[0])
    for target in ("response", "resolution"):
        change.begin(target)


def _begin_at(change: Change, group: GroupRef) -> None:
    change.set(placed=False)
    if group.id == change.ticket.group:
        change.set(assignee=None, duty=None)
        change.begin(f"ola_{group.line}", group.id)
    else:
        change.route(group, "routing")
