"""What people read of vendors in messages."""

from collections.abc import Callable, Sequence
from datetime import datetime

from activities.wording import Words
from desk.events import Event, Refused, StepTaken
from desk.record import Record
from desk.vendor import of_actor, of_clock
from desk.vendor_events import VendorEnded, VendorUnreached
from desk.vendor_steps import VendorReply
from store.organisation import Organisation

Fields = dict[str, object]
When = Callable[[datetime], str]


def name_of(organisation: Organisation, actor: str | None) -> str | None:
    """What the vendor that acted is called, if it was one."""
    vendor = of_actor(actor)
    return _name(organisation, vendor) if vendor is not None else None


def name_of_clock(organisation: Organisation, target: str) -> str | None:
    """What the vendor is called whose contract the target is of, if it is of one."""
    vendor = of_clock(target)
    return _name(organisation, vendor) if vendor is not None else None


def about_vendor(
    record: Record, organisation: Organisation, events: Sequence[Event], words: Words, when: When
) -> Fields:
    """The vendor that these events are about: what it said, or why it was not told."""
    for event in events:
        match event.what:
            case StepTaken(step=VendorReply(vendor=vendor, final=final)):
                reply = {"final": final, "reference": reference_of(record, vendor)}
                return {"vendor": _name(organisation, vendor), "reply": reply}
            case VendorEnded(vendor=vendor, heard=heard):
                return {
                    "vendor": _name(organisation, vendor),
                    "heard": when(heard) if heard else None,
                }
            case Refused(vendor=str(vendor), said=said):
                return {"vendor": _name(organisation, vendor), "vendor_said": said}
            case VendorUnreached(vendor=vendor) as what:
                unreached = {
                    "message": what.message,
                    "cause": what.cause,
                    "what": words.vendor_messages[what.message],
                    "why": words.vendor_causes[what.cause].format(code=what.code),
                    "at_work": any(at.vendor == vendor for at in record.ticket.vendors),
                }
                return {"vendor": _name(organisation, vendor), "unreached": unreached}
            case _:
                continue
    return {}


def reference_of(record: Record, vendor: str | None) -> str | None:
    """What the vendor calls the ticket, also when it has just ended."""
    ended = (event.what for event in record.events if isinstance(event.what, VendorEnded))
    known = [at.reference for at in record.ticket.vendors if at.vendor == vendor]
    known += [what.reference for what in ended if what.vendor == vendor]
    return next(filter(None, known), None)


def _name(organisation: Organisation, vendor: str) -> str:
    known = organisation.vendor(vendor)
    return known.name if known else vendor
