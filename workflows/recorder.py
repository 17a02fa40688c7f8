"""Recording: the store learns every event of a ticket, in order, whatever fails on the way."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from activities.shapes import RECORD
from desk.record import Record, Recorded
from desk.tasks import human_tasks
from desk.view import clock_view
from workflows.shapes import State

AT_MOST = timedelta(seconds=7)
"""For a local activity, its wait for a turn included. A workflow task that lasts eight seconds is
prolonged by the engine, and replay then tells another time: see docs/decisions/0010."""
AT_ONCE = RetryPolicy(maximum_attempts=1)
FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)
)
BATCH = 16
"""Events a record: so many of the longest texts (80 KB each) are less than the engine's 2 MB."""


class Recorder:
    """Writes what is unrecorded: by a local activity, or, when that fails, by one that retries.

    While the store is behind, steps do not wait for it. `fell_behind` asks the process to run
    `catch_up` in the background.
    """

    def __init__(self) -> None:
        self.fell_behind = False
        self.owes = False
        self._writing = asyncio.Lock()

    async def record(self, state: State) -> None:
        """Record what there is; when it is owed, also that there is nothing new.

        Raises:
            ApplicationError: NumberTaken, when the store knows the number from another opening.
        """
        if self.fell_behind:
            return
        async with self._writing:
            while (self.owes or state.unrecorded) and not self.fell_behind:
                record = self._next(state)
                try:
                    recorded = await self._write_now(record)
                except FailureError as failure:
                    _raise_if_taken(failure)
                    self.fell_behind = True
                else:
                    self._confirm(state, record, recorded)

    async def catch_up(self, state: State) -> None:
        """Record what there is, for as long as it takes.

        Raises:
            ApplicationError: NumberTaken, as above.
        """
        async with self._writing:
            while self.owes or state.unrecorded:
                record = self._next(state)
                try:
                    recorded = await self._write_at_last(record)
                except FailureError as failure:
                    _raise_if_taken(failure)
                    raise
                self._confirm(state, record, recorded)
            self.fell_behind = False

    @property
    def busy(self) -> bool:
        """Whether a record is on its way."""
        return self._writing.locked()

    async def _write_now(self, record: Record) -> Recorded:
        recorded: Recorded = await workflow.execute_local_activity(
            RECORD,
            record,
            result_type=Recorded,
            schedule_to_close_timeout=AT_MOST,
            retry_policy=AT_ONCE,
        )
        return recorded

    async def _write_at_last(self, record: Record) -> Recorded:
        recorded: Recorded = await workflow.execute_activity(
            RECORD,
            record,
            result_type=Recorded,
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=FOR_EVER,
            summary=f"record {len(record.events)} events",
        )
        return recorded

    def _confirm(self, state: State, record: Record, recorded: Recorded) -> None:
        told = {notice.key for notice in record.notices}
        state.unrecorded = state.unrecorded[len(record.events) :]
        if record.events:
            last = record.events[-1]
            state.recorded = (last.version, last.index + 1)
        state.untold = [notice for notice in state.untold if notice.key not in told]
        state.terms_recorded = state.terms_recorded or record.terms_digest == state.terms_digest
        state.undelivered += recorded.messages
        self.owes = False

    def _next(self, state: State) -> Record:
        events = tuple(state.unrecorded[:BATCH])
        told_of = {event.id for event in events}
        ticket, terms = state.ticket, state.terms
        return Record(
            ticket=ticket,
            clocks=tuple(clock_view(clock, terms.calendars) for clock in ticket.clocks),
            terms_digest=state.terms_digest,
            terms=None if state.terms_recorded else terms,
            events=events,
            tasks=human_tasks(ticket, terms),
            notices=tuple(n for n in state.untold if told_of.issuperset(n.events)),
            since=state.recorded,
            run=state.run,
            length=workflow.info().get_current_history_length(),
        )


def _raise_if_taken(failure: FailureError) -> None:
    cause = failure.cause if isinstance(failure, ActivityError) else failure
    if isinstance(cause, ApplicationError) and cause.type == "NumberTaken":
        raise cause
