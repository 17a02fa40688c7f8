"""Why a machine decided as it did about a vendor: by which contract, and from what facts."""

from desk.contract import contract_of
from desk.events import Event
from desk.explain import duration
from desk.grounds import Grounds, Known, Texts, said
from desk.reason import NO, YES, Why, reason_of
from desk.vendor import of_clock
from desk.vendor_events import VendorEnded, VendorUnreached, WithVendor


def rule_of_contract(grounds: Grounds, target: str) -> str | None:
    """The contract that a target is of, as a rule, if it is of one."""
    vendor = of_clock(target)
    if vendor is None:
        return None
    contract = contract_of(grounds.terms.contracts, vendor)
    return _rule(vendor, contract.id if contract is not None else "")


def why_vendor(event: Event, known: Known, grounds: Grounds) -> Why | None:
    """Why the event happened; None where it is none of a vendor's, or a person decided."""
    match event.what:
        case WithVendor() as what:
            facts = {"length": duration(what.length), "pauses": YES if what.pauses else NO}
            facts |= {"due": said(what.due)} if what.due else {}
            words = f"the contract owes an answer within {facts['length']} of {what.vendor}'s hours"
            return reason_of(known, _rule(what.vendor, what.contract), facts, words)
        case VendorEnded(how="gave_up") as what:
            facts = _limit(what, grounds)
            words = f"no answer came within {facts.get('gives_up_after', 'its time')}"
            return reason_of(known, _rule(what.vendor, what.contract), facts, words)
        case VendorEnded(how="over"):
            step = known.step.step if known.step else "resolve"
            words = "the ticket is over, and with it the work of the vendor"
            return reason_of(known, f"step.{step}", {}, words)
        case VendorUnreached(vendor=vendor, reason=reason):
            rule = f"organisation.vendors.{vendor}"
            return reason_of(known, rule, {"reason": reason}, f"it was not told: {reason}")
        case _:
            return None


def _limit(what: VendorEnded, grounds: Grounds) -> Texts:
    contract = contract_of(grounds.terms.contracts, what.vendor)
    if contract is None or contract.gives_up_after is None:
        return {}
    return {"gives_up_after": duration(contract.gives_up_after)}


def _rule(vendor: str, contract: str) -> str:
    return f"organisation.vendors.{vendor}.contracts.{contract}"
