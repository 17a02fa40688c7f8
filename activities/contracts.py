"""Contracts: by which one a vendor works on a ticket, from the organisation and the rules."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from temporalio import activity

from activities.promise import known
from activities.shapes import RESOLVE_CONTRACT, ContractAnswer, ContractFor
from desk.contract import Contract
from desk.vendor import actor_of
from desk.zone import zone
from policies.escalation import VENDOR_LADDER
from store.organisation import Directory, Organisation
from store.vendors import Vendor, VendorContract


class Found(NamedTuple):
    """A contract in force, or why there is none."""

    contract: VendorContract | None
    why: str = ""


@dataclass(frozen=True)
class Contracts:
    """The contract activity; like that of terms it never waits for a database."""

    directory: Directory

    @activity.defn(name=RESOLVE_CONTRACT)
    def resolve_contract(self, asked: ContractFor) -> ContractAnswer:
        """The contract that is in force with the vendor for the service at that instant."""
        organisation = known(self.directory)
        vendor = organisation.vendor(asked.vendor)
        if vendor is None:
            return ContractAnswer(why="there is no such vendor")
        found, why = in_force(organisation, vendor, asked)
        if found is None:
            return ContractAnswer(why=why)
        return ContractAnswer(contract=_travelling(organisation, vendor, found))


def in_force(organisation: Organisation, vendor: Vendor, asked: ContractFor) -> Found:
    """The contract of the service's own, else one for all services; of several the longest."""
    fitting = [c for c in vendor.contracts if not c.services or asked.service in c.services]
    if not fitting:
        return Found(None, f"no contract with {vendor.name} is for this ticket's service")
    now = [c for c in fitting if c.in_force(_day(organisation, c, asked))]
    if now:
        return Found(max(now, key=lambda c: (bool(c.services), c.until, c.id)))
    last = max(fitting, key=lambda c: c.until)
    if last.until >= _day(organisation, last, asked):
        told = f"contract {last.id} with {vendor.name} begins on {last.starts}"
    else:
        told = f"contract {last.id} with {vendor.name} ran until {last.until}"
    return Found(None, f"{told}: renew it and import it, or hand it to another vendor")


def _day(organisation: Organisation, contract: VendorContract, asked: ContractFor) -> date:
    """The day at that instant where the contract's hours are counted."""
    calendar = organisation.calendar(contract.calendar)
    return asked.at.astimezone(zone(calendar.zone if calendar else "UTC")).date()


def _travelling(organisation: Organisation, vendor: Vendor, found: VendorContract) -> Contract:
    """The contract as data that the ticket takes along, with its calendar and its ladder."""
    name = actor_of(vendor.id)
    calendar = organisation.calendars[found.calendar]
    return Contract(
        vendor=vendor.id,
        id=found.id,
        until=found.until,
        calendar=calendar.model_copy(update={"name": name}),
        targets=found.targets,
        gives_up_after=found.gives_up_after,
        pauses=found.pauses,
        ladder=VENDOR_LADDER.model_copy(update={"name": name}),
    )
