"""Vendors as the organisation knows them: how each is told, and the contracts with it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from desk.model import Frozen
from desk.ticket import Priority
from store.vendor_file import VendorEntry


class VendorContract(Frozen):
    """What a vendor owes from `starts` (None: for ever) until the end of `until`.

    `calendar` is the id of a service calendar; `gives_up_after` so much of its working time
    nobody waits for the vendor any more; without `services` it is for all of them.
    """

    id: str
    starts: date | None = None
    until: date
    calendar: str
    targets: dict[Priority, timedelta]
    gives_up_after: timedelta | None = None
    pauses: bool = False
    services: tuple[str, ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether it is one on that day."""
        return (self.starts is None or self.starts <= day) and day <= self.until


class Vendor(Frozen):
    """Somebody outside; told by its `webhook` if it has one, else by mail.

    `generation` counts the secrets that its webhook was ever given.
    """

    id: str
    name: str
    email: str | None = None
    webhook: str | None = None
    language: str = "en"
    zone: str = "UTC"
    generation: Annotated[int, Field(ge=1)] = 1
    contracts: tuple[VendorContract, ...] = ()

    @property
    def address(self) -> str:
        """Where it is told."""
        return self.webhook or self.email or ""


def vendor_row(entry: VendorEntry) -> dict[str, Any]:
    """A vendor of the file as a row."""
    return _row(Vendor.model_validate(entry.model_dump()))


def vendors_before(vendors: Mapping[str, Vendor]) -> dict[str, dict[str, Any]]:
    """The rows that there are, by id."""
    return {id: _row(vendor) for id, vendor in vendors.items()}


def _row(vendor: Vendor) -> dict[str, Any]:
    return {"body": vendor.model_dump_json()}
