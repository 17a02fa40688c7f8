"""What people read of vendors in messages."""

from collections.abc import Sequence

from desk.events import Event, StepTaken
from desk.vendor import of_actor
from desk.vendor_events import VendorEnded, VendorUnreached
from desk.vendor_steps import VendorReply
from store.organisation import Organisation


def name_of(organisation: Organisation, actor: str | None) -> str | None:
    """What the vendor that acted is called, if it was one."""
    vendor = of_actor(actor)
    known = organisation.vendor(vendor) if vendor is not None else None
    return known.name if known else vendor


def about_vendor(organisation: Organisation, events: Sequence[Event]) -> dict[str, object]:
    """The vendor that these events are about, and why it was not told."""
    for event in events:
        match event.what:
            case StepTaken(step=VendorReply(vendor=vendor)) | VendorEnded(vendor=vendor):
                return {"vendor": _name(organisation, vendor)}
            case VendorUnreached(vendor=vendor, reason=reason):
                return {"vendor": _name(organisation, vendor), "vendor_refused": reason}
            case _:
                continue
    return {}


def _name(organisation: Organisation, vendor: str) -> str:
    known = organisation.vendor(vendor)
    return known.name if known else vendor
