"""The daily look for contracts that end soon: one process a contract and end date, for good."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities.shapes import ENDING_CONTRACTS, TELL_CONTRACT_ENDS, Ending, EndingAt, TellEnding

FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10)
)


@workflow.defn(name="contract_watch")
class ContractWatch:
    """Sees to it that whoever can renew a contract hears in time that it ends."""

    @workflow.run
    async def run(self) -> int:
        """How many contracts end soon of which nobody was told before."""
        ending: list[Ending] = await workflow.execute_activity(
            ENDING_CONTRACTS,
            EndingAt(at=workflow.now()),
            result_type=list[Ending],
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=FOR_EVER,
        )
        told = 0
        for one in ending:
            if not one.people:
                # Whoever can renew it may be there tomorrow.
                continue
            # Of a date that was told before there is one already, which the engine keeps longer
            # than it looks ahead.
            with suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    ContractEnds.run,
                    one,
                    id=f"contract/{one.vendor}/{one.contract}/{one.until}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                )
                told += 1
        return told


@workflow.defn(name="contract_ends")
class ContractEnds:
    """Tells each of them once, for as long as it takes, and nobody later for another's sake."""

    @workflow.run
    async def run(self, ending: Ending) -> int:
        """How many people were told."""
        return sum(await asyncio.gather(*(_tell(ending, person) for person in ending.people)))


async def _tell(ending: Ending, person: str) -> bool:
    told: bool = await workflow.execute_activity(
        TELL_CONTRACT_ENDS,
        TellEnding(ending=ending, person=person, at=workflow.info().start_time),
        result_type=bool,
        start_to_close_timeout=timedelta(seconds=30),
        retry_policy=FOR_EVER,
        summary=ending.contract,
    )
    return told
