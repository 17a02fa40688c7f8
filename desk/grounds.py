"""What the reasons of a ticket's events are looked up in: its rules, clocks and earlier events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from desk import clock as clocks
from desk.clock import Clock
from desk.events import (
    Adopted,
    ClosedBySilence,
    Event,
    Fulfilled,
    Opened,
    Ordered,
    Prioritised,
    RungFired,
    StepTaken,
    TaskEnded,
)
from desk.explain import duration
from desk.related_events import ResolvedWith
from desk.related_steps import Merge
from desk.steps import Ask, Classify, Comment, Delegate, Step, Wait
from desk.terms import Target, Terms
from desk.ticket import Priority, Reported
from desk.vendor import of_clock
from desk.vendor_events import WithVendor
from desk.vendor_steps import HandToVendor

Texts = dict[str, str]


@dataclass(frozen=True)
class Grounds:
    """The terms that the ticket has, its clocks, and the terms of older policy versions.

    The ticket's own terms hold each calendar that its clocks were ever measured in.
    """

    terms: Terms
    clocks: tuple[Clock, ...] = ()
    older: Mapping[str, Terms] = field(default_factory=dict)

    def of(self, version: str) -> Terms | None:
        """The terms of a policy version, if they are known."""
        return self.terms if self.terms.policy_version == version else self.older.get(version)

    def target(self, version: str, priority: Priority | None, name: str) -> Target | None:
        """What a policy version promised a priority."""
        terms = self.of(version)
        return terms.target(priority, name) if terms and priority else None

    def calendar(self, target: str, group: str | None, at: datetime) -> str | None:
        """What a clock was measured in then; None when there was no such clock."""
        for clock in self.clocks:
            if (clock.target, clock.group) == (target, group):
                marks = [m for m in clock.marks if m.at <= at and m.calendar is not None]
                return marks[-1].calendar if marks else None
        return None

    def promises(self, at: datetime, *, opening: bool = False) -> Texts:
        """What each clock of the whole ticket ran against, and until when, at the end of `at`.

        But for those of vendors: the next hand-over begins them anew, and its event says of each.
        """
        found: Texts = {}
        for clock in self.clocks:
            marks = tuple(mark for mark in clock.marks if mark.at <= at)
            if not marks or clock.group is not None or of_clock(clock.target) is not None:
                continue
            then = clock.model_copy(update={"marks": marks[:1] if opening else marks})
            if not clocks.stopped(then):
                found |= self._promise(then)
        return found

    def moved(self, at: datetime, step: Step) -> Texts:
        """Which clocks of the whole ticket the step began, paused, let go on or stopped."""
        found: Texts = {}
        for clock in self.clocks:
            begun = 0 if clock.target == "next_response" else 1
            kinds = [m.kind for m in clock.marks[begun:] if m.at == at and _moves(step, m.kind)]
            if kinds and clock.group is None and of_clock(clock.target) is None:
                found[f"{clock.target}_clock"] = kinds[-1]
        return found

    def _promise(self, clock: Clock) -> Texts:
        marks = [mark for mark in clock.marks if mark.calendar is not None]
        length, due = clocks.length(clock), clocks.due(clock, self.terms.calendars)
        return {
            clock.target: f"{duration(length)} in {marks[-1].calendar}",
            f"{clock.target}_due": said(due) if due else "paused",
        }


def _moves(step: Step, kind: str) -> bool:
    """Whether such a step makes such a mark: several steps may be taken in one instant."""
    match step:
        case Comment(internal=True):
            return False
        case Delegate():
            return False
        case Wait() | Ask() | HandToVendor() | Merge():
            return kind == "pause"
        case _ if step.step in ("resolve", "cancel"):
            return kind in ("pause", "stop")
        case _:
            return kind not in ("pause", "retarget")


class Known:
    """What the earlier events of a ticket say that bears on a later one."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.version = ""
        self.requester = ""
        self.reported = Reported()
        self.category: str | None = None
        self.priority: Priority | None = None
        self.step: Step | None = None
        self.wait: Wait | None = None
        self.rungs: dict[str, RungFired] = {}
        self.silent_since: datetime | None = None
        self.closed_at: datetime | None = None
        self.form = 0
        self.done: set[str] = set()
        self.asked: dict[str, WithVendor] = {}
        for event in events:
            self.learn(event)

    @property
    def rung(self) -> RungFired | None:
        """The last rung that fired."""
        return next(reversed(self.rungs.values()), None)

    def learn(self, event: Event) -> None:
        """Take in the next event."""
        match event.what:
            case Opened(reported=reported, requester=requester):
                self.reported, self.requester = reported, requester
                self.category = reported.category
            case StepTaken(step=step):
                self._learn_step(event, step)
            case Prioritised(priority=priority, policy_version=version):
                self.priority, self.version = priority, version
            case Adopted(policy_version=version):
                self.version = version
            case RungFired() as fired:
                self.rungs[event.id] = fired
            case ClosedBySilence():
                self.closed_at = event.at
            case Ordered(form=form):
                self.form = form
            case TaskEnded(task=task, how="done"):
                self.done.add(task)
            case WithVendor(vendor=vendor) as asked:
                self.asked[vendor] = asked
            case Fulfilled() | ResolvedWith():
                self.silent_since = event.at
            case _:
                return

    def _learn_step(self, event: Event, step: Step) -> None:
        self.step = step
        match step:
            case Classify(category=category):
                self.category = category
            case Wait():
                self.wait = step
            case Comment(internal=False) if event.actor == self.requester and self.silent_since:
                self.silent_since = event.at
            case _ if step.step == "resolve":
                self.silent_since = event.at
            case _ if step.step == "confirm":
                self.closed_at = event.at
            case _ if step.step == "reopen":
                self.silent_since = self.closed_at = None
            case _:
                return


def said(instant: datetime) -> str:
    """An instant as ISO 8601 in UTC, to the second unless there is more."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
