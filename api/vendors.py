"""The vendors that there are, and how long the contracts with them run."""

from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import Field

from api.dependencies import Caller, StateOfDesk
from api.view import as_json
from desk.access import STAFF
from desk.errors import NotPermitted
from desk.model import Frozen
from desk.ticket import Priority
from desk.zone import zone
from store.organisation import Organisation
from store.vendors import Vendor, VendorContract

router = APIRouter(prefix="/vendors", tags=["vendors"])


class ShownContract(Frozen):
    """A contract; `days_left` counts today, and is 0 once it has ended."""

    id: str
    starts: date | None = Field(serialization_alias="from")
    until: date
    days_left: int
    in_force: bool
    calendar: str
    targets: dict[Priority, timedelta]
    gives_up_after: timedelta | None
    pauses: bool
    services: tuple[str, ...]


class ShownVendor(Frozen):
    """A vendor, whether it is told by webhook or by mail, and its contracts."""

    id: str
    name: str
    webhook: bool
    contracts: tuple[ShownContract, ...]


class Vendors(Frozen):
    """Every vendor, by id."""

    items: tuple[ShownVendor, ...]


@router.get("", response_model=Vendors)
async def list_vendors(state: StateOfDesk, actor: Caller) -> Response:
    """The vendors and their contracts, for the desk's own people."""
    if not actor.has(*STAFF):
        raise NotPermitted("only the desk's own people read the contracts with vendors")
    now, organisation = datetime.now(UTC), state.organisation
    vendors = (_shown(organisation, vendor, now) for vendor in organisation.vendors.values())
    return as_json(Vendors(items=tuple(vendors)))


def _shown(organisation: Organisation, vendor: Vendor, now: datetime) -> ShownVendor:
    return ShownVendor(
        id=vendor.id,
        name=vendor.name,
        webhook=vendor.webhook is not None,
        contracts=tuple(_contract(organisation, one, now) for one in vendor.contracts),
    )


def _contract(organisation: Organisation, one: VendorContract, now: datetime) -> ShownContract:
    calendar = organisation.calendar(one.calendar)
    today = now.astimezone(zone(calendar.zone if calendar else "UTC")).date()
    left = max(0, (one.until - today).days + 1)
    return ShownContract(**dict(one), days_left=left, in_force=one.in_force(today))
