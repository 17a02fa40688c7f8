"""The service request: from an order to what was ordered, or to everything being taken back."""

from temporalio import workflow

from desk.order import Phase
from desk.ticket import OVER, Status
from workflows.archiving import leave_to_archive
from workflows.closing import ClosingProcess
from workflows.shapes import Start


@workflow.defn(name="service_request")
class ServiceRequest(ClosingProcess):
    """ITIL request fulfilment: approve, provide, and be told that it is right."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        """Ask who has to approve; fulfil task by task; confirm; leave it to be reopened."""
        await self.open()
        while not self.ended:
            await self.until(self.approved)
            await self.until(self.fulfilled)
            await self.until(self.agreed)
            await self.until(self.final)
        await self.settle()
        await leave_to_archive(self.ticket.number)
        return self.ticket.status

    def approved(self) -> bool:
        """Everybody who has to approve has, or one of them refused, or nobody wants it more."""
        return self.ticket.order is None or self.ticket.order.phase is not Phase.APPROVAL

    def fulfilled(self) -> bool:
        """Every task is done, or what was done is taken back."""
        return self.ticket.status is Status.RESOLVED or self.ticket.status in OVER
