"""What happened between the desk and a vendor about a ticket."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from desk.model import Frozen, Instant, absent


class WithVendor(Frozen):
    """A vendor was asked, under this contract; `due` is when it owes an answer.

    After `gives_up_after` of its working time nobody waits any more, if the contract says so.
    """

    event: Literal["with_vendor"] = "with_vendor"
    vendor: str
    contract: str
    length: timedelta
    due: Instant | None
    pauses: bool
    gives_up_after: timedelta | None = Field(default=None, exclude_if=absent)


class VendorEnded(Frozen):
    """The vendor works on it no more: it answered, was recalled, gave no answer, or it is over."""

    event: Literal["vendor_ended"] = "vendor_ended"
    vendor: str
    contract: str
    how: Literal["answered", "recalled", "gave_up", "over"]
    reference: str | None = None


class VendorUnreached(Frozen):
    """The vendor could not be told, and will not be."""

    event: Literal["vendor_unreached"] = "vendor_unreached"
    vendor: str
    reason: str
