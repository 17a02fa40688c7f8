"""The complaint: from what somebody is not content with to an answer that they accept."""

from temporalio import workflow

from desk.ticket import OVER, Status
from workflows.archiving import leave_to_archive
from workflows.closing import ClosingProcess
from workflows.shapes import Start


@workflow.defn(name="complaint")
class Complaint(ClosingProcess):
    """ITIL complaint management: hear it, look into it, and answer whoever complained."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        """Log and acknowledge; investigate and answer; agree; close; leave it to be reopened."""
        await self.open()
        while not self.ended:
            await self.until(self.answered)
            await self.until(self.agreed)
            await self.until(self.final)
        await self.settle()
        await leave_to_archive(self.ticket.number)
        return self.ticket.status

    def answered(self) -> bool:
        """The complainant has an answer, or has withdrawn the complaint."""
        return self.ticket.status is Status.RESOLVED or self.ticket.status in OVER
