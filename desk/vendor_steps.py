"""What people, and a vendor itself, do about the work of a vendor on a ticket."""

from typing import Annotated, Literal

from pydantic import Field

from desk.model import Frozen, Line, Name, Reason, Text

VENDOR_STEPS = ("hand_to_vendor", "tell_vendor", "vendor_reply", "recall")


class HandToVendor(Frozen):
    """Let a vendor work on it, by its contract; the vendor reads this text."""

    step: Literal["hand_to_vendor"]
    vendor: Name
    text: Text


class TellVendor(Frozen):
    """Say more to a vendor at work, or answer what it asked; its clock runs on as it does."""

    step: Literal["tell_vendor"]
    vendor: Name
    text: Text


class VendorReply(Frozen):
    """What the vendor says; unless it is `final`, it goes on with its work.

    `reference` is what the vendor calls the ticket.
    """

    step: Literal["vendor_reply"]
    vendor: Name
    text: Text
    reference: Line | None = None
    final: Annotated[bool, Field(strict=True)] = True


class Recall(Frozen):
    """The vendor need not work on it any more."""

    step: Literal["recall"]
    vendor: Name
    reason: Reason
