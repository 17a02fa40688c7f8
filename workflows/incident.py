"""The incident: from a report to the end of the time in which it may be reopened."""

from temporalio import workflow

from desk.ticket import OVER, Status
from workflows.archiving import leave_to_archive
from workflows.closing import ClosingProcess
from workflows.shapes import Start


@workflow.defn(name="incident")
class Incident(ClosingProcess):
    """ITIL incident management: restore the service, and be told that it is restored."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        """Log, prioritise, route and acknowledge; work on it; confirm; leave it to be reopened."""
        await self.open()
        while not self.ended:
            await self.until(self.restored)
            await self.until(self.agreed)
            await self.until(self.final)
        await self.settle()
        await leave_to_archive(self.ticket.number)
        return self.ticket.status

    def restored(self) -> bool:
        """Service is restored, or there was nothing to restore."""
        return self.ticket.status is Status.RESOLVED or self.ticket.status in OVER
