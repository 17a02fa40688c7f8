"""Fulfilment: the tasks of an order, each begun when those before it are done, and taken back.

later ──> open ───────────────┬──> done ──> undo ──> undone
  └────> machine ──> failed ──┘               └──> undo_failed ──> undone

`open`, `failed` and `undo_failed` are a person's; the desk itself is at `machine` and `undo`.
What was not done when the order ends early is `dropped`, but `impossible` is what it ended for;
what nobody knows of is taken back as if it had been. What nothing takes back stays `done`, and
whose it is hears so.
"""

from datetime import datetime
from typing import Literal

from desk import clock as clocks
from desk.catalogue import task_clock
from desk.change import Change, Outcome
from desk.events import Fulfilled, OrderEnded, TaskEnded, TaskOpened
from desk.ladder import Whom
from desk.order import Phase, Work
from desk.terms import Terms
from desk.ticket import Resolution, Status, Ticket
from desk.vendors import let_go

Ending = Literal["withdrawn", "unfulfilled"]
FULFILLED = "fulfilled"


def begin_fulfilment(change: Change) -> None:
    """Everything is approved: the time to fulfil it begins."""
    change.set(status=Status.IN_PROGRESS)
    change.set_order(phase=Phase.FULFILMENT)
    change.begin("resolution")
    if change.item.approvals:
        change.tell_owners("approved")
    _open_ready(change)


def complete(change: Change, task: str, note: str | None) -> None:
    """A person has done the task, or taken it back by hand."""
    work = _work(change, task)
    if work.state == "undo_failed":
        _taken_back(change, work, note)
    else:
        _done(change, work, note)


def reopen_tasks(change: Change, why: str) -> None:
    """It is not fulfilled after all: the tasks that nothing comes after are people's again."""
    change.set_order(phase=Phase.FULFILMENT)
    before = {key for task in change.item.tasks for key in task.after}
    for work in change.order.works:
        if work.task not in before:
            _set(change, work, again=why)
            _open(change, work, "open")


def fail(change: Change, task: str, reason: str) -> None:
    """A person says that the task cannot be done: the order ends with that."""
    unwind(change, "unfulfilled", reason, because_of=_work(change, task))


def unwind(
    change: Change, ending: Ending, reason: str | None, because_of: Work | None = None
) -> None:
    """End the order early: nothing more is begun, and what was done is taken back.

    A task that was done before the order was reopened is one of those. Whose order it is hears
    at once how it ended; who withdrew it themselves, when everything is taken back.
    """
    withdrawn = ending == "withdrawn"
    change.tell_owners(ending, but=change.actor if withdrawn else None)
    change.set_order(phase=Phase.UNDOING, ending=ending, ended_by=change.actor, because=reason)
    change.set(status=Status.IN_PROGRESS, waiting_for=None, wait_until=None)
    change.each(clocks.stop)
    if because_of is not None:
        _give_up(change, because_of, reason)
    drop_tasks(change)
    for work in change.order.works:
        if work.state == "done":
            _keep(change, work)
    _take_back_next(change)


def _give_up(change: Change, work: Work, reason: str | None) -> None:
    """What was done of it before, or may have been, is taken back if it can be."""
    change.note(TaskEnded(task=work.task, how="failed", note=reason), internal=True)
    if work.unsure and _undoable(change, work):
        _perhaps_done(change, work)
    elif work.turn and _undoable(change, work):
        _set(change, work, state="done")
    else:
        if work.turn:
            _keep(change, work)
        facts = {"at": change.at, "by": change.actor, "note": reason}
        _set(change, work, state="impossible", **facts)


def drop_tasks(change: Change) -> None:
    """Nothing more is begun, and nobody need go on with what was."""
    for work in change.order.works:
        if work.state in ("later", "open", "failed"):
            _drop(change, work)


def _drop(change: Change, work: Work) -> None:
    """Nobody need do it any more; what was done before, or may have been, is to be taken back."""
    if work.unsure:
        _perhaps_done(change, work)
    else:
        _set(change, work, state="done" if work.turn else "dropped")
    to_look_at = (work.unsure or work.turn) and _stays(change, work)
    if work.state != "later" and not to_look_at:
        change.note(TaskEnded(task=work.task, how="dropped"), internal=True)
        change.tell("task_dropped", whom=Whom.GROUP, group=work.group)


def _keep(change: Change, work: Work) -> None:
    """Whose task it was decides what becomes of what stays."""
    if _stays(change, work):
        change.note(TaskEnded(task=work.task, how="kept", note=work.note), internal=True)
        change.tell("task_dropped", whom=Whom.GROUP, group=work.group)


def _stays(change: Change, work: Work) -> bool:
    """Whether nothing takes it back by itself, and somebody is there to look at it."""
    return change.ticket.clock == "real" and not _undoable(change, work)


def _perhaps_done(change: Change, work: Work) -> None:
    turn = change.order.done + 1
    change.set_order(done=turn)
    _set(change, work, state="done", turn=turn)


def machine_ended(
    ticket: Ticket,
    terms: Terms,
    task: str,
    done: bool,
    note: str,
    at: datetime,
    *,
    sure: bool = True,
) -> Outcome:
    """What an activity has come to that did a task, or took it back.

    Unless `sure`, it gave up without an answer: it may have been done all the same.
    """
    order = ticket.order
    work = order.work(task) if order is not None else None
    source = f"{task}-{work.state if work else 'gone'}-{ticket.version + 1}"
    change = Change(ticket, terms, source, at)
    if work is None or work.state not in ("machine", "undo"):
        return Outcome(ticket, (), ())
    if work.state == "machine":
        _machine_did(change, work, done, note, unsure=not sure)
    elif done:
        _taken_back(change, work, note)
    else:
        _set(change, work, unsure=not sure)
        _failed(change, work, "undo_failed", note)
    let_go(change)
    return change.outcome()


def _machine_did(change: Change, work: Work, done: bool, note: str, *, unsure: bool) -> None:
    if done:
        _done(change, work, note)
        return
    _set(change, work, unsure=unsure)
    if change.order.phase is not Phase.UNDOING:
        _failed(change, work, "failed", note)
        return
    _set(change, work, note=note, state="dropped")
    change.note(TaskEnded(task=work.task, how="failed", note=note), internal=True)
    if unsure:
        _perhaps_done(change, work)
        _keep(change, _work(change, work.task))
    _take_back_next(change)


def _done(change: Change, work: Work, note: str | None) -> None:
    turn = change.order.done + 1
    change.set_order(done=turn)
    facts = {"at": change.at, "by": change.actor, "note": note}
    _set(change, work, state="done", unsure=False, turn=turn, again=None, **facts)
    change.each(clocks.stop, task_clock(work.task))
    change.note(TaskEnded(task=work.task, how="done", note=note), internal=True)
    if change.order.phase is Phase.UNDOING:
        _keep(change, _work(change, work.task))
        _take_back_next(change)
    elif all(other.state == "done" for other in change.order.works):
        _fulfil(change)
    else:
        _open_ready(change)


def _failed(change: Change, work: Work, state: str, note: str) -> None:
    _set(change, work, state=state, note=note)
    if state == "undo_failed":
        change.begin(task_clock(work.task), work.group)
    change.note(TaskEnded(task=work.task, how="failed", note=note), internal=True)
    change.tell("task_failed", whom=Whom.GROUP, group=work.group)


def _fulfil(change: Change) -> None:
    change.set_order(phase=Phase.DONE)
    change.set(
        status=Status.RESOLVED,
        waiting_for=None,
        wait_until=None,
        resolved_at=change.at,
        silent_since=change.at,
        reminders=0,
        resolution=Resolution(code=FULFILLED, text=change.order.title),
    )
    change.each(clocks.stop)
    change.note(Fulfilled())
    change.tell_owners("fulfilled")


def _open_ready(change: Change) -> None:
    done = {work.task for work in change.order.works if work.state == "done"}
    for task, work in zip(change.item.tasks, change.order.works, strict=True):
        if work.state == "later" and done.issuperset(task.after):
            by_machine = task.does is not None and change.ticket.clock == "real"
            _open(change, work, "machine" if by_machine else "open")


def _open(change: Change, work: Work, state: str) -> None:
    _set(change, work, state=state)
    clock = task_clock(work.task)
    change.begin(clock, work.group)
    if change.pauses:
        change.each(clocks.pause, clock)
    by_machine = state == "machine"
    change.note(TaskOpened(task=work.task, group=work.group, machine=by_machine), internal=True)
    if not by_machine:
        change.tell("task_opened", whom=Whom.GROUP, group=work.group)


def _take_back_next(change: Change) -> None:
    """One at a time, the last one done first; what nothing undoes stays done."""
    works = change.order.works
    if any(work.state in ("machine", "undo", "undo_failed") for work in works):
        return
    left = [work for work in works if work.state == "done" and _undoable(change, work)]
    if left:
        _set(change, max(left, key=lambda work: work.turn), state="undo")
        return
    _end(change)


def _undoable(change: Change, work: Work) -> bool:
    return change.item.task(work.task).undoes is not None and change.ticket.clock == "real"


def _taken_back(change: Change, work: Work, note: str | None) -> None:
    facts = {"at": change.at, "by": change.actor, "note": note}
    _set(change, work, state="undone", unsure=False, **facts)
    change.each(clocks.stop, task_clock(work.task))
    change.note(TaskEnded(task=work.task, how="undone", note=note), internal=True)
    _take_back_next(change)


def _end(change: Change) -> None:
    withdrawn = change.order.ending == "withdrawn"
    change.set_order(phase=Phase.ENDED)
    status = Status.CANCELLED if withdrawn else Status.UNFULFILLED
    change.set(status=status, closed_at=change.at)
    change.note(OrderEnded(how="withdrawn" if withdrawn else "unfulfilled"))
    if withdrawn:
        by, requester = change.order.ended_by, change.ticket.requester
        change.tell_owners("withdrawn", only=by or requester)


def _set(change: Change, work: Work, **facts: object) -> None:
    works = tuple(
        other.model_copy(update=facts) if other.task == work.task else other
        for other in change.order.works
    )
    change.set_order(works=works)


def _work(change: Change, task: str) -> Work:
    work = change.order.work(task)
    assert work is not None, "rules.check lets only tasks of the order come here"
    return work
