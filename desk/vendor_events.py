"""What happened between the desk and a vendor about a ticket."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from desk.model import Frozen, Instant, absent

Cause = Literal["answered", "silent", "address", "refused"]
"""Why a message never arrives: its webhook answered so, or not for days; there is nobody at the
address; or a mail server refused it."""


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
    """The vendor works on it no more: it answered, was recalled, gave no answer, or it is over.

    Or it never did, as it could not be asked. `heard` is when it said something before it gave no
    answer.
    """

    event: Literal["vendor_ended"] = "vendor_ended"
    vendor: str
    contract: str
    how: Literal["answered", "recalled", "gave_up", "over", "unreached"]
    reference: str | None = None
    heard: Instant | None = Field(default=None, exclude_if=absent)


class VendorUnreached(Frozen):
    """The vendor could not be told, and will not be.

    `message` is what of: asked, told, chased, retargeted, recalled or over; `code` what its webhook
    or a mail server answered.
    """

    event: Literal["vendor_unreached"] = "vendor_unreached"
    vendor: str
    reason: str
    message: str
    cause: Cause
    code: int | None = Field(default=None, exclude_if=absent)
