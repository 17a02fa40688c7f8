"""Why a machine decided as it did about a vendor: by which contract, and from what facts."""

from desk.events import Event
from desk.explain import duration
from desk.grounds import Known, Texts, said
from desk.reason import NO, YES, Why, reason_of
from desk.vendor import of_clock
from desk.vendor_events import VendorEnded, VendorUnreached, WithVendor


def rule_of_contract(known: Known, target: str) -> str | None:
    """The contract that a target is of, as a rule, if it is of one: as it was then."""
    asked = known.asked.get(of_clock(target) or "")
    return _rule(asked.vendor, asked.contract) if asked is not None else None


def why_vendor(event: Event, known: Known) -> Why | None:
    """Why the event happened; None where it is none of a vendor's, or a person decided."""
    match event.what:
        case WithVendor() as what:
            facts = {"length": duration(what.length), "pauses": YES if what.pauses else NO}
            facts |= {"due": said(what.due)} if what.due else {}
            words = f"{what.vendor} owes an answer within {facts['length']} of its working time"
            return reason_of(known, _rule(what.vendor, what.contract), facts, words)
        case VendorEnded(how="gave_up") as what:
            facts = _limit(known.asked.get(what.vendor))
            limit = f"{facts['gives_up_after']} of working time" if facts else "its time"
            facts |= {"heard": said(what.heard)} if what.heard else {}
            words = f"{'no last word' if what.heard else 'no answer'} came within {limit}"
            return reason_of(known, _rule(what.vendor, what.contract), facts, words)
        case VendorEnded(how="over"):
            step = known.step.step if known.step else "resolve"
            words = "the ticket, or what it orders, is over, and with it the work of the vendor"
            return reason_of(known, f"step.{step}", {}, words)
        case VendorEnded(how="unreached", vendor=vendor):
            rule = f"organisation.vendors.{vendor}"
            return reason_of(known, rule, {}, "it could not be asked, so nobody waits for it")
        case VendorUnreached(vendor=vendor, reason=reason, message=message):
            rule = f"organisation.vendors.{vendor}"
            facts = {"reason": reason, "message": message}
            return reason_of(known, rule, facts, f"it was not told ({message}): {reason}")
        case _:
            return None


def _limit(asked: WithVendor | None) -> Texts:
    if asked is None or asked.gives_up_after is None:
        return {}
    return {"gives_up_after": duration(asked.gives_up_after)}


def _rule(vendor: str, contract: str) -> str:
    return f"organisation.vendors.{vendor}.contracts.{contract}"
