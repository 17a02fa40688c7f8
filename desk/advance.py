"""What time changes: every breach, rung and date that was due until an instant, in order.

The timer, the catching up after an outage, a given clock and the rehearsal of rules all call
this; nothing else fires anything.
"""

from datetime import datetime, timedelta

from desk import clock as clocks
from desk import questions
from desk.apply import close
from desk.approving import time_out
from desk.change import Change, Outcome
from desk.clock import Clock, Fired
from desk.deadlines import Breach, Deadline, Firing, GivingUp, next_deadline, next_due
from desk.events import (
    Breached,
    ClosedBySilence,
    ConfirmationAsked,
    Event,
    Retired,
    RungFired,
    WaitOver,
)
from desk.ladder import HandToNextLine, Tell, Whom
from desk.record import Notice
from desk.terms import Terms
from desk.ticket import Ticket
from desk.vendor import of_clock
from desk.vendors import give_up, let_go


def advance(ticket: Ticket, terms: Terms, to: datetime) -> Outcome:
    """Everything due until `to`, itself included, each event stamped with its due instant.

    An event that fell due only because of a later step (a target made shorter, a resumed clock)
    is stamped with that step's instant; its `due` and `late_by` say the rest. Nothing due: the
    very same ticket and no events.
    """
    change: Change | None = None
    while (deadline := next_deadline(ticket, terms)) is not None and deadline.at <= to:
        if change is None:
            source = f"due-{deadline.at:%Y%m%dT%H%M%S.%fZ}-{ticket.version + 1}"
            change = Change(ticket, terms, source, deadline.at)
        change.at = max(deadline.at, ticket.last_at)
        _happen(change, deadline, to)
        let_go(change)
        ticket = change.ticket
    return change.outcome() if change is not None else Outcome(ticket, (), ())


def catch_up(ticket: Ticket, terms: Terms, to: datetime) -> Outcome:
    """The same for a given clock: each due instant in its own version, as it then happened."""
    events: list[Event] = []
    notices: list[Notice] = []
    while (due := next_due(ticket, terms)) is not None and due <= to:
        then = max(due, ticket.last_at)
        ticket, new_events, new_notices, _ = advance(ticket, terms, then)
        events += new_events
        notices += new_notices
    return Outcome(ticket, tuple(events), tuple(notices))


def _happen(change: Change, deadline: Deadline, now: datetime) -> None:
    match deadline.does:
        case Breach() as breach:
            _breach(change, breach, deadline.at, now)
            if change.ticket.order is not None:
                time_out(change, breach.clock)
        case GivingUp(clock=clock):
            give_up(change, clock)
        case Firing() as firing:
            _fire(change, firing, deadline.at, now)
        case "resume":
            change.resume(WaitOver(because="date"))
            change.tell("wait_over", whom=Whom.ASSIGNEE)
        case "question":
            questions.remind(change)
        case "remind":
            _remind(change)
        case "close":
            _close(change)
        case "retire":
            change.set(retired=True, reopen_until=None)
            change.note(Retired())


def _late(due: datetime, now: datetime) -> timedelta:
    return timedelta(seconds=(now - due) // timedelta(seconds=1))


def _replace(change: Change, old: Clock, **facts: object) -> None:
    new = old.model_copy(update=facts)
    kept = tuple(new if clock is old else clock for clock in change.ticket.clocks)
    change.set(clocks=kept)


def _breach(change: Change, breach: Breach, due: datetime, now: datetime) -> None:
    clock = breach.clock
    _replace(change, clock, breached_at=change.at)
    change.note(
        Breached(
            target=clock.target,
            group=clock.group,
            length=clocks.length(clock),
            due=due,
            late_by=_late(due, now),
        ),
        internal=True,
    )


def _fire(change: Change, firing: Firing, due: datetime, now: datetime) -> None:
    clock, ladder, rung, nth = firing
    others = tuple(entry for entry in clock.fired if entry.rung != rung.key)
    _replace(change, clock, fired=(*others, Fired(rung=rung.key, times=nth + 1)))
    actions = rung.firing(nth)
    change.note(
        RungFired(
            target=clock.target,
            ladder=ladder.name,
            rung=rung.key,
            nth=nth,
            percent=rung.percent,
            actions=actions,
            due=due,
            target_due=clocks.due(clock, change.terms.calendars),
            late_by=_late(due, now),
            policy_version=change.ticket.policy_version,
        ),
        internal=True,
    )
    for action in actions:
        if isinstance(action, Tell) and action.whom is Whom.VENDOR:
            change.tell("vendor_chased", whom=Whom.VENDOR, vendor=of_clock(clock.target))
        elif isinstance(action, Tell):
            # Around the group that the clock is of: a task of an order is with its own.
            change.tell("escalation", whom=action.whom, group=clock.group)
    if any(isinstance(action, HandToNextLine) for action in actions):
        _hand_to_next_line(change)


def _hand_to_next_line(change: Change) -> None:
    ticket = change.ticket
    group = change.terms.routing.group(ticket.category, ticket.line + 1)
    if group is not None:
        change.resume(WaitOver(because="hand_off"))
        change.route(group, "rung")


def _remind(change: Change) -> None:
    change.set(reminders=change.ticket.reminders + 1)
    change.note(ConfirmationAsked(nth=change.ticket.reminders))
    change.tell("confirm_reminder", whom=Whom.REQUESTER)


def _close(change: Change) -> None:
    close(change)
    days = change.terms.closure.close_after_working_days
    change.note(ClosedBySilence(working_days=days, policy_version=change.ticket.policy_version))
    change.tell("closed", whom=Whom.REQUESTER)
