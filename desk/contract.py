"""An underpinning contract: what a vendor owes the desk, as data that travels with the ticket."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from desk.calendar import Calendar
from desk.ladder import Ladder
from desk.model import Frozen, Name
from desk.target import Target
from desk.ticket import Priority
from desk.vendor import actor_of, of_clock

Some = Annotated[timedelta, Field(gt=timedelta())]


class Contract(Frozen):
    """So much working time of the vendor's a priority; after `gives_up_after` of it nobody waits.

    `calendar` and `ladder` are called as the vendor acts, so that none of the desk's is meant.
    """

    vendor: Name
    id: Name
    until: date
    calendar: Calendar
    targets: dict[Priority, Some]
    gives_up_after: Some | None = None
    pauses: bool
    ladder: Ladder

    @model_validator(mode="after")
    def _hangs_together(self) -> "Contract":
        missing = [priority.value for priority in Priority if priority not in self.targets]
        if missing:
            raise ValueError(f"contract {self.id}: no target for {', '.join(missing)}")
        longest = max(self.targets.values())
        if self.gives_up_after is not None and self.gives_up_after <= longest:
            raise ValueError(f"contract {self.id}: gives_up_after has to be more than {longest}")
        if {self.calendar.name, self.ladder.name} != {actor_of(self.vendor)}:
            raise ValueError(f"contract {self.id}: its calendar and ladder are the vendor's own")
        return self


def contract_of(contracts: Iterable[Contract], vendor: str) -> Contract | None:
    """The contract with the vendor, if there is one."""
    return next((contract for contract in contracts if contract.vendor == vendor), None)


def promised_by(contracts: Iterable[Contract], priority: Priority, target: str) -> Target | None:
    """What the contract that the target is of promises the priority."""
    contract = contract_of(contracts, of_clock(target) or "")
    if contract is None:
        return None
    name = actor_of(contract.vendor)
    return Target(length=contract.targets[priority], calendar=name, ladder=name)
