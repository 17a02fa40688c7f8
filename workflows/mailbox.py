"""The desk's mailbox, read for as long as there is one: by one worker, and then by the next."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.shapes import READ_MAILBOX, Seen

MAILBOX = "mailbox"
HALF_A_DAY = timedelta(hours=13)
"""More than a worker reads without a word of how far it came."""
LOST_AFTER = timedelta(seconds=30)
FOR_EVER = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=MAILBOX)
class Mailbox:
    """Has the mailbox read, however often a worker ends or a mail server is away."""

    @workflow.run
    async def run(self, seen: Seen | None = None) -> None:
        """Goes on for ever: a desk without a mailbox never starts it, or somebody ends it."""
        while not workflow.info().is_continue_as_new_suggested():
            seen = await workflow.execute_activity(
                READ_MAILBOX,
                seen,
                result_type=Seen,
                start_to_close_timeout=HALF_A_DAY,
                heartbeat_timeout=LOST_AFTER,
                retry_policy=FOR_EVER,
                summary="the desk's mailbox",
            )
        workflow.continue_as_new(seen)
