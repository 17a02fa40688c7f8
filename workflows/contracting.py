"""The contract that a vendor is asked under: looked up once, and kept in the history."""

from datetime import datetime, timedelta

from temporalio import workflow

from activities.shapes import RESOLVE_CONTRACT, ContractAnswer, ContractFor
from desk.contract import Contract
from desk.errors import InvalidFact
from desk.steps import Step
from desk.ticket import Ticket
from desk.vendor_steps import HandToVendor


async def contracted(ticket: Ticket, step: Step, at: datetime) -> Contract | None:
    """The contract that the step needs, if it hands the ticket to a vendor.

    Raises:
        InvalidFact: there is no contract in force.
    """
    if not isinstance(step, HandToVendor):
        return None
    answer: ContractAnswer = await workflow.execute_local_activity(
        RESOLVE_CONTRACT,
        ContractFor(vendor=step.vendor, service=ticket.service, at=at),
        result_type=ContractAnswer,
        start_to_close_timeout=timedelta(seconds=10),
    )
    if answer.contract is None:
        raise InvalidFact("vendor", answer.why)
    return answer.contract
