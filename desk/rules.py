"""May this actor take this step on this ticket now: `check` refuses, `allowed_steps` lists."""

from datetime import datetime

from desk.access import OF_KIND, STEPS, Part, asked_of, may_see, permitted
from desk.asked import why_not_asked
from desk.errors import (
    InvalidFact,
    NotPermitted,
    StaleVersion,
    StepRefused,
    TicketNotFound,
)
from desk.fitting import check_facts, check_year
from desk.order import Order, Phase
from desk.people import Actor
from desk.steps import STEP_NAMES, Taken
from desk.terms import Terms
from desk.ticket import OPEN, Facts, Status, Ticket, WaitFor
from desk.vendor import is_held

NOT_OVER = (*OPEN, Status.RESOLVED)
NOT_OVER_OR_MERGED = (*NOT_OVER, Status.MERGED)

WHEN: dict[str, tuple[Status, ...]] = {
    "classify": OPEN,
    "assign": OPEN,
    "accept": (Status.NEW, Status.IN_PROGRESS),
    "comment": NOT_OVER_OR_MERGED,
    "hand_off": OPEN,
    "wait": OPEN,
    "resume": (Status.WAITING,),
    "workaround": OPEN,
    "resolve": OPEN,
    "confirm": (Status.RESOLVED,),
    "reopen": (Status.RESOLVED, Status.CLOSED),
    "cancel": OPEN,
    "adopt": NOT_OVER,
    "link": NOT_OVER_OR_MERGED,
    "unlink": NOT_OVER_OR_MERGED,
    "merge": OPEN,
    "split": (Status.MERGED,),
    "approve": (Status.APPROVING, Status.WAITING),
    "reject": (Status.APPROVING, Status.WAITING),
    "ask": (Status.APPROVING,),
    "delegate": (Status.APPROVING, Status.WAITING),
    "amend": (Status.APPROVING, Status.WAITING),
    "complete": (Status.IN_PROGRESS, Status.WAITING),
    "fail": (Status.IN_PROGRESS, Status.WAITING),
    "become": OPEN,
    "hand_to_vendor": OPEN,
    "tell_vendor": OPEN,
    "vendor_reply": OPEN,
    "recall": OPEN,
    "withdraw": OPEN,
}
IN_PHASE = {
    "amend": Phase.APPROVAL,
    "wait": Phase.FULFILMENT,
    "resume": Phase.FULFILMENT,
    "fail": Phase.FULFILMENT,
    "hand_to_vendor": Phase.FULFILMENT,
}


def _possible(actor: Actor, step: str, ticket: Facts) -> bool:
    if ticket.status not in WHEN[step]:
        return False
    if step in ("tell_vendor", "vendor_reply", "recall") and not ticket.vendors:
        return False
    if step == "resume" and _waits_for_contract(ticket):
        return False
    if step == "accept":
        return ticket.status is Status.NEW or ticket.assignee != actor.person
    if step == "reopen":
        return ticket.status is Status.RESOLVED or ticket.reopen_until is not None
    if ticket.order is not None:
        return _fits_phase(step, ticket.order)
    return True


def _waits_for_contract(ticket: Facts) -> bool:
    """Whether it waits for nobody but a vendor whose contract says so: only its end ends that."""
    return ticket.waiting_for is WaitFor.VENDOR and is_held(ticket.vendors)


def _fits_phase(step: str, order: Order) -> bool:
    if step in ("withdraw", "become"):
        return order.phase is not Phase.UNDOING
    return order.phase is IN_PHASE.get(step, order.phase)


def allowed_steps(actor: Actor, ticket: Facts) -> tuple[str, ...]:
    """The names of the steps that the actor may take on the ticket as it stands."""
    if not may_see(actor, ticket):
        return ()
    return tuple(
        step
        for step in STEP_NAMES
        if permitted(actor, step, ticket) and _possible(actor, step, ticket)
    )


def check(ticket: Ticket, terms: Terms, taken: Taken, at: datetime) -> None:
    """Refuse the step, or return.

    Raises:
        TicketNotFound, NotPermitted, StaleVersion, StepRefused, InvalidFact: in this order of
            precedence; the message says what the person can do.
    """
    name = taken.step.step
    if not may_see(taken.actor, ticket):
        raise TicketNotFound(f"there is no ticket {ticket.number} that you may see")
    if not permitted(taken.actor, name, ticket):
        raise not_permitted(taken.actor, name, ticket)
    check_version(ticket, taken)
    if not _possible(taken.actor, name, ticket):
        raise refusal(taken, ticket, _not_now(name, ticket))
    _check_instant(ticket, taken, at)
    check_facts(ticket, terms, taken, at)


def _not_now(step: str, ticket: Ticket) -> str:
    if step == "resume" and _waits_for_contract(ticket):
        names = ", ".join(at.vendor for at in ticket.vendors if at.pauses)
        return f"by contract it waits for {names}, who works on it: recall it first"
    if ticket.order is not None and ticket.order.phase is Phase.UNDOING:
        return f"{step} is not possible: it has ended, and what was done for it is being taken back"
    return f"{step} is not possible while it is {ticket.status}"


def not_permitted(actor: Actor, step: str, ticket: Facts) -> NotPermitted | StepRefused:
    """The refusal of a step that is not the actor's to take, which says why.

    To whoever was asked to decide it is not forbidden: they need not any more.
    """
    order = ticket.order
    if order is not None and Part.APPROVER in STEPS[step] and asked_of(actor, ticket):
        why = why_not_asked(actor, ticket, order)
        return StepRefused(f"{ticket.number}: {why}", allowed_steps(actor, ticket))
    return NotPermitted(f"you may not {step} on {ticket.number}: {_why_not(step, ticket)}")


def _why_not(step: str, ticket: Facts) -> str:
    if step not in OF_KIND[ticket.kind]:
        return f"it is no step of {ticket.kind.named}"
    if Part.APPROVER in STEPS[step]:
        return "nobody waits for your decision on it, or not any more"
    if Part.FULFILLER in STEPS[step]:
        return "none of its tasks waits for a group of yours, or not any more"
    return "it takes another role"


def check_version(ticket: Facts, taken: Taken) -> None:
    """Refuse a step whose caller has not read the ticket as it stands.

    Raises:
        StaleVersion: naming both versions.
    """
    if taken.expected_version not in (None, ticket.version):
        raise StaleVersion(
            f"{ticket.number} is at version {ticket.version}, not {taken.expected_version}: "
            "read it again"
        )


def refusal(taken: Taken, ticket: Ticket, why: str) -> StepRefused:
    """The refusal that names what is allowed instead."""
    allowed = allowed_steps(taken.actor, ticket)
    return StepRefused(f"{ticket.number}: {why}", allowed)


def _check_instant(ticket: Ticket, taken: Taken, at: datetime) -> None:
    if ticket.clock == "real":
        if taken.step.step == "reopen" and ticket.reopen_until and at >= ticket.reopen_until:
            over = ticket.model_copy(update={"reopen_until": None})
            raise refusal(taken, over, "the time to reopen it has passed: open a new ticket")
        if taken.at is not None:
            raise InvalidFact("at", "leave it out: only a ticket with a given clock takes it")
        return
    if taken.at is None:
        raise InvalidFact("at", "this ticket's clock is given: say when the step was taken")
    if taken.at < ticket.last_at:
        raise InvalidFact("at", f"is before the ticket's last event, at {ticket.last_at:%c} UTC")
    check_year("at", taken.at)
