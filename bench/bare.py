"""What the desk is measured against: a workflow whose one update appends to a list."""

from temporalio import workflow

QUEUE = "bare"


@workflow.defn(name="bare")
class Bare:
    """As long-lived as a ticket, and as idle."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @workflow.run
    async def run(self) -> None:
        """Live until somebody ends it."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def add(self, text: str) -> int:
        """Append to the list."""
        self.texts.append(text)
        return len(self.texts)
