"""Third line outside: a vendor works on a ticket, under a contract with a clock of its own.

asked ──reply (final)──> answered        `over` is whatever ends the ticket, or takes back what
  ├──recall──> recalled                  was ordered; `unreached`: it could not be asked. The
  ├──time──> gave_up                     clock stops at each of the ends; a pause of the
  ├──never told──> unreached             customer's clocks never pauses it.
  └──end of the ticket──> over
"""

from datetime import datetime, timedelta

from desk import clock as clocks
from desk.change import Change, Outcome
from desk.clock import Clock
from desk.contract import Contract, contract_of
from desk.errors import InvalidFact
from desk.events import Refused, WaitOver
from desk.ladder import Whom
from desk.order import Phase
from desk.people import Actor
from desk.terms import Terms
from desk.ticket import OPEN, Status, Ticket, WaitFor
from desk.vendor import AtVendor, actor_of, clock_of, is_held, of_actor, of_clock
from desk.vendor_events import VendorEnded, VendorUnreached, WithVendor
from desk.vendor_steps import HandToVendor, Recall, TellVendor, VendorReply

VendorStep = HandToVendor | TellVendor | VendorReply | Recall


def with_contracts(terms: Terms, contracts: tuple[Contract, ...]) -> Terms:
    """The terms, with these contracts beside those of other vendors that they have."""
    for contract in contracts:
        name = actor_of(contract.vendor)
        others = tuple(c for c in terms.contracts if c.vendor != contract.vendor)
        terms = terms.model_copy(
            update={
                "contracts": (*others, contract),
                "calendars": {**terms.calendars, name: contract.calendar},
                "ladders": {**terms.ladders, name: contract.ladder},
            }
        )
    return terms


def check_vendor(ticket: Ticket, step: VendorStep, actor: Actor) -> None:
    """Refuse to ask a vendor twice, to hear or recall one that was not asked, or for another one.

    Raises:
        InvalidFact: naming the vendors that work on it.
    """
    asked = tuple(at.vendor for at in ticket.vendors)
    if of_actor(actor.person) not in (None, step.vendor):
        raise InvalidFact("vendor", "answer in your own name")
    if isinstance(step, HandToVendor):
        if step.vendor in asked:
            raise InvalidFact("vendor", "works on it already: tell_vendor says more to it")
    elif step.vendor not in asked:
        known = ", ".join(asked) or "none"
        raise InvalidFact("vendor", f"does not work on it; those who do: {known}")


def apply_vendor(change: Change, step: VendorStep) -> None:
    """Take the step."""
    match step:
        case HandToVendor():
            _ask(change, step.vendor)
        case TellVendor():
            change.tell("vendor_told", whom=Whom.VENDOR, vendor=step.vendor)
        case VendorReply():
            _hear(change, step)
        case Recall():
            change.tell("vendor_recalled", whom=Whom.VENDOR, vendor=step.vendor)
            _end(change, step.vendor, "recalled")


def let_go(change: Change) -> None:
    """Whoever works outside hears of it when the ticket, or its fulfilment, is over."""
    ticket = change.ticket
    over = ticket.status not in OPEN
    if ticket.order is not None and ticket.order.phase is not Phase.FULFILMENT:
        over = True
    for at in ticket.vendors if over else ():
        _end(change, at.vendor, "over")
    if is_held(change.ticket.vendors):
        # Under a contract that pauses no clock of the customer runs, whatever began.
        change.settle()


def tell_new_dues(change: Change, before: Ticket) -> None:
    """Each vendor that has been at work hears of it when a step has moved what it owes."""
    calendars, then = change.terms.calendars, {clock.target: clock for clock in before.clocks}
    for vendor in (at.vendor for at in before.vendors if at in change.ticket.vendors):
        was, now = then[clock_of(vendor)], _clock(change.ticket, vendor)
        if was is not now and clocks.due(was, calendars) != clocks.due(now, calendars):
            change.tell("vendor_retargeted", whom=Whom.VENDOR, vendor=vendor)


def _clock(ticket: Ticket, vendor: str) -> Clock:
    return next(clock for clock in ticket.clocks if clock.target == clock_of(vendor))


def gives_up_after(terms: Terms, clock: Clock) -> timedelta | None:
    """How much time spent on the clock ends the hand-over, if it is a contract's that says so."""
    contract = contract_of(terms.contracts, of_clock(clock.target) or "")
    return contract.gives_up_after if contract is not None else None


def give_up(change: Change, clock: Clock) -> None:
    """Nothing was heard for so long that nobody waits any more."""
    _end(change, of_clock(clock.target) or "", "gave_up")


def unreached(
    ticket: Ticket, terms: Terms, what: VendorUnreached, said_at: datetime | None, at: datetime
) -> Outcome:
    """The vendor was not told what was said then, and will not be.

    One that could not even be asked does not work on it, and no clock waits for it.
    """
    unasked = (
        it.vendor == what.vendor and it.since == said_at and it.heard is None
        for it in ticket.vendors
    )
    never = what.message == "asked" and any(unasked)
    source = f"unreached-{what.vendor}-{ticket.version}-{ticket.index}"
    change = Change(ticket, terms, source, at, same_version=not never)
    change.note(what, internal=True)
    for whom in (Whom.ASSIGNEE, Whom.LEAD):
        change.tell("vendor_unreached", whom=whom)
    if never:
        _end(change, what.vendor, "unreached")
    return change.outcome()


def refuse_answer(change: Change, step: VendorReply, why: str) -> None:
    """Nobody waits for it; what a vendor has to say is kept and told all the same."""
    if not any(at.vendor == step.vendor for at in change.ticket.vendors):
        why = "it is over for this vendor: nobody waits for an answer any more"
    what = Refused(step=step.step, reason=why, vendor=step.vendor, said=step.text)
    change.note(what, internal=True)
    for whom in (Whom.ASSIGNEE, Whom.LEAD) if step.final else ():
        change.tell("vendor_late", whom=whom)


def _ask(change: Change, vendor: str) -> None:
    contract = contract_of(change.terms.contracts, vendor)
    assert contract is not None, "the process brings the contract with the step"
    at = AtVendor(vendor=vendor, since=change.at, pauses=contract.pauses)
    change.set(vendors=(*change.ticket.vendors, at))
    change.begin(clock_of(vendor))
    if contract.pauses and change.ticket.status is not Status.WAITING:
        change.set(status=Status.WAITING, waiting_for=WaitFor.VENDOR, wait_until=None)
    change.settle()
    # Of the step: what it says is what the vendor is asked.
    change.tell("vendor_asked", whom=Whom.VENDOR, vendor=vendor)
    clock = _clock(change.ticket, vendor)
    asked = WithVendor(
        vendor=vendor,
        contract=contract.id,
        length=clocks.length(clock),
        due=clocks.due(clock, change.terms.calendars),
        pauses=contract.pauses,
        gives_up_after=contract.gives_up_after,
    )
    # Whoever asked for it sees why no time counts; who it is that works on it, they do not.
    change.note(asked, internal=not contract.pauses)


def _hear(change: Change, step: VendorReply) -> None:
    news: dict[str, object] = {} if step.final else {"heard": change.at}
    if step.reference is not None:
        news["reference"] = step.reference
    vendors = tuple(
        at.model_copy(update=news) if at.vendor == step.vendor else at
        for at in change.ticket.vendors
    )
    change.set(vendors=vendors)
    change.tell("vendor_replied", whom=Whom.ASSIGNEE)
    if step.final:
        _end(change, step.vendor, "answered")


def _end(change: Change, vendor: str, how: str) -> None:
    """The clock stops, and the wait for vendors ends with the last that it is for."""
    ended = next(at for at in change.ticket.vendors if at.vendor == vendor)
    others = tuple(at for at in change.ticket.vendors if at.vendor != vendor)
    contract = contract_of(change.terms.contracts, vendor)
    change.set(vendors=others)
    change.each(clocks.stop if how == "answered" else clocks.drop, clock_of(vendor))
    named = contract.id if contract is not None else ""
    heard = ended.heard if how == "gave_up" else None
    what = {"vendor": vendor, "contract": named, "how": how, "reference": ended.reference}
    change.note(VendorEnded.model_validate({**what, "heard": heard}), internal=True)
    if how in ("over", "gave_up"):
        change.tell("vendor_over", whom=Whom.VENDOR, vendor=vendor)
    for whom in (Whom.ASSIGNEE, Whom.LEAD) if how == "gave_up" else ():
        change.tell("vendor_gave_up", whom=whom)
    waited = change.ticket.waiting_for is WaitFor.VENDOR
    if waited and (not others or (ended.pauses and not is_held(others))):
        change.resume(WaitOver(because="vendor"))
    # A wait for somebody else goes on, and pauses by itself no more than it ever did.
    change.settle()
