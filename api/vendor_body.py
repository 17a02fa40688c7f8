"""The body of a vendor's answer."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from desk.model import Frozen, Line, Name, Text


class VendorAnswer(Frozen):
    """What a vendor says of a ticket; unless it is `final`, the vendor goes on with its work.

    `reference` is what the vendor calls the ticket.
    """

    ticket: Name
    text: Text
    reference: Line | None = None
    final: Annotated[bool, Field(strict=True)] = True


VENDOR_ANSWER: TypeAdapter[VendorAnswer] = TypeAdapter(VendorAnswer)
