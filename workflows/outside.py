"""What a ticket sets going outside: messages, hand-offs and calls, each once and for sure."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.shapes import (
    DELIVER,
    HAND_OFF,
    CallAnswer,
    CallOf,
    Delivered,
    DeliverInput,
    HandOffOf,
    OnDuty,
)
from desk.change import Change, Outcome
from desk.events import Called, Event, HandedOff, Routed, RungFired
from desk.fulfilling import machine_ended
from desk.ladder import Call, Whom
from desk.order import Work
from desk.ticket import OPEN, Ticket
from desk.vendor import message_of, told_by
from desk.vendor_events import VendorUnreached
from desk.vendors import unreached
from workflows.machines import carried_out
from workflows.shapes import PendingCall, PendingHandOff, State
from workflows.speaking import Speaking

WHILE_AT_WORK = frozenset({"told", "chased", "retargeted"})
PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))

Run = Callable[[Coroutine[None, None, None]], None]
News = Callable[[State, datetime], Outcome]
Take = Callable[[News], Coroutine[None, None, None]]


class Outside:
    """Runs each pending thing by an activity of its own; what is pending is in the state.

    `run` starts a supervised coroutine; `take_in` brings news back into the ticket, as it stands
    then.
    """

    def __init__(self, run: Run, take_in: Take) -> None:
        self._run = run
        self._take_in = take_in
        self._started: set[str] = set()
        self._telling: set[str] = set()
        self._speaking = Speaking(run, take_in)

    def note(self, state: State, events: tuple[Event, ...]) -> None:
        """Remember what follows from new events; a given clock acts on nothing."""
        if state.ticket.clock == "given":
            return
        for event in events:
            what = event.what
            if isinstance(what, Routed) and what.by != "routing":
                state.hand_offs.append(_pending(event, what))
            if isinstance(what, RungFired):
                state.calls += [
                    PendingCall(event=event.id, name=action.name, correlation=event.correlation)
                    for action in what.actions
                    if isinstance(action, Call)
                ]

    def start(self, state: State) -> None:
        """Start whatever is pending and not yet under way in this run."""
        for key in state.undelivered:
            vendor = told_by(key)
            if vendor is None:
                self._once(key, self._deliver(state, key))
            elif vendor not in self._telling:
                self._telling.add(vendor)
                self._run(self._tell(state, vendor))
        for hand_off in state.hand_offs:
            self._once(f"hand-off {hand_off.event}", self._hand_off(state, hand_off))
        for call in state.calls:
            self._once(f"call {call.event} {call.name}", self._call(state, call))
        for work in state.ticket.order.at_machines if state.ticket.order else ():
            self._once(f"{work.state} {work.task}", self._work(state, work))
        self._speaking.start(state)

    def _once(self, name: str, coroutine: Coroutine[None, None, None]) -> None:
        if name in self._started:
            coroutine.close()
            return
        self._started.add(name)
        self._run(coroutine)

    async def _tell(self, state: State, vendor: str) -> None:
        """One after the other: no vendor hears that it was asked after it was recalled."""
        while key := next((key for key in state.undelivered if told_by(key) == vendor), None):
            await self._deliver(state, key)
        self._telling.discard(vendor)

    async def _deliver(self, state: State, key: str) -> None:
        unwanted = None if _is_wanted(state.ticket, key) else True
        delivered: Delivered = await workflow.execute_activity(
            DELIVER,
            DeliverInput(key=key, unwanted=unwanted),
            result_type=Delivered,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=PATIENT,
            summary=key.rsplit("/", 2)[-2],
        )
        state.undelivered.remove(key)
        vendor = told_by(key)
        if vendor is not None and delivered.state == "failed":
            what, said_at = _unreached(vendor, key, delivered), delivered.said_at
            await self._take_in(lambda now, at: unreached(now.ticket, now.terms, what, said_at, at))

    async def _hand_off(self, state: State, pending: PendingHandOff) -> None:
        on_duty = await workflow.execute_activity(
            HAND_OFF,
            HandOffOf(ticket=state.ticket.number, group=pending.group),
            result_type=OnDuty,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=PATIENT,
            summary=pending.group,
        )
        state.hand_offs.remove(pending)
        await self._take_in(lambda now, at: _handed_off(now, pending, on_duty, at))

    async def _call(self, state: State, pending: PendingCall) -> None:
        answer = await workflow.execute_activity(
            pending.name,
            CallOf(ticket=state.ticket.number, event=pending.event),
            result_type=CallAnswer,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=PATIENT,
            summary=pending.event,
        )
        state.calls.remove(pending)
        await self._take_in(lambda now, at: _called(now, pending, answer, at))

    async def _work(self, state: State, work: Work) -> None:
        answer, sure = await carried_out(state, work)

        def ended(now: State, at: datetime) -> Outcome:
            return machine_ended(
                now.ticket, now.terms, work.task, answer.done, answer.note, at, sure=sure
            )

        await self._take_in(ended)


def _called(state: State, pending: PendingCall, answer: CallAnswer, at: datetime) -> Outcome:
    change = _news(state, f"{pending.event}-{pending.name}", pending.correlation, at)
    change.note(Called(name=pending.name, done=answer.done, note=answer.note), internal=True)
    return change.outcome()


def _handed_off(state: State, pending: PendingHandOff, on_duty: OnDuty, at: datetime) -> Outcome:
    change = _news(state, f"{pending.event}-handed-off", pending.correlation, at)
    still = _still_waits(state.ticket, pending.group)
    if still:
        change.set(duty=on_duty.duty)
    change.note(
        HandedOff(group=pending.group, duty=on_duty.duty, by=pending.by, reason=pending.reason),
        internal=True,
    )
    if still:
        change.tell("handed_off", whom=Whom.DUTY)
    return change.outcome()


def _pending(event: Event, routed: Routed) -> PendingHandOff:
    return PendingHandOff(
        event=event.id,
        group=routed.group.id,
        by=event.actor,
        reason=routed.reason,
        correlation=event.correlation,
    )


def _unreached(vendor: str, key: str, delivered: Delivered) -> VendorUnreached:
    return VendorUnreached(
        vendor=vendor,
        reason=delivered.why or "the address is wrong",
        message=message_of(key),
        cause=delivered.cause or "address",
        code=delivered.code,
    )


def _is_wanted(ticket: Ticket, key: str) -> bool:
    """Whether a vendor still needs what was to be said to it: it may be let go meanwhile."""
    vendor = told_by(key)
    if vendor is None or message_of(key) not in WHILE_AT_WORK:
        return True
    return any(at.vendor == vendor for at in ticket.vendors)


def _news(state: State, source: str, correlation: str, at: datetime) -> Change:
    """A change that adds what was done outside to the present version."""
    return Change(state.ticket, state.terms, source, at, correlation=correlation, same_version=True)


def _still_waits(ticket: Ticket, group: str) -> bool:
    return ticket.group == group and ticket.assignee is None and ticket.status in OPEN
