"""Contracts with vendors that the lives of tickets are lived under."""

from datetime import date, timedelta
from typing import Any

from desk.calendar import Calendar
from desk.contract import Contract
from desk.ladder import Ladder, Repeat, Rung, Tell, Whom
from desk.ticket import Priority
from desk.vendor import actor_of
from tests.desk.oracle import BERLIN, weekly

HOUR = timedelta(hours=1)
CHASING = (
    Rung(key="75%", percent=75, actions=(Tell(whom=Whom.VENDOR), Tell(whom=Whom.ASSIGNEE))),
    Rung(
        key="100%",
        percent=100,
        actions=(Tell(whom=Whom.VENDOR), Tell(whom=Whom.LEAD)),
        then=(Repeat(every="working_day", times=5, actions=(Tell(whom=Whom.VENDOR),)),),
    ),
)


def make_contract(vendor: str = "acme", **changes: Any) -> Contract:
    """Two hours for P1 up to 16 for P4, and nobody waits for more than 40; monday to friday."""
    contract = Contract(
        vendor=vendor,
        id=f"{vendor}-2026",
        until=date(2026, 12, 31),
        calendar=Calendar(name=actor_of(vendor), zone=BERLIN, shifts=weekly("09:00-17:00")),
        targets={p: HOUR * many for p, many in zip(Priority, (2, 4, 8, 16), strict=True)},
        gives_up_after=40 * HOUR,
        pauses=False,
        ladder=Ladder(name=actor_of(vendor), rungs=CHASING),
    )
    return Contract.model_validate({**dict(contract), **changes})
