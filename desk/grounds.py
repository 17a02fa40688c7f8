"""What the reasons of a ticket's events are looked up in: its rules, clocks and earlier events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from desk import clock as clocks
from desk.catalogue import Item
from desk.clock import Calendars, Clock
from desk.events import (
    Adopted,
    Became,
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
from desk.ticket import Kind, Priority, Reported
from desk.vendor import of_clock
from desk.vendor_events import WithVendor
from desk.vendor_steps import HandToVendor, TellVendor

Texts = dict[str, str]


@dataclass(frozen=True)
class Grounds:
    """The terms that the ticket has, its clocks, and what it had before.

    `turns` are its events (all of them) by which it moved to other terms or became of another
    kind. `older` has the terms of until then by their digest, and those of older policy versions.
    The terms hold each calendar that the clocks were ever measured in; those of versions that were
    `left` only later had no name but their own.
    """

    terms: Terms | None
    clocks: tuple[Clock, ...] = ()
    older: Mapping[str, Terms] = field(default_factory=dict)
    turns: tuple[Event, ...] = ()
    calendars: Calendars | None = None
    left: tuple[str, ...] = ()

    @property
    def item(self) -> Item | None:
        """What was ordered, if anything was, and the terms are known."""
        return self.terms.item if self.terms is not None else None

    def when(self, event: Event) -> "Grounds":
        """The same as it was when the event happened: the terms then, and the clocks of that kind.

        A step that turns the ticket was taken before, and whatever follows from it after the turn.
        """
        later = [turn for turn in self.turns if _is_before(event, turn)]
        adopted = [turn.what for turn in later if isinstance(turn.what, Adopted)]
        terms = self._until(adopted[0]) if adopted else self.terms
        left = tuple(turn.before for turn in adopted)
        found = replace(self, terms=terms, calendars=self._calendars, left=left)
        for turn in later:
            if isinstance(turn.what, Became):
                after = self.when(turn).terms
                calendars = after.calendars if after is not None else {}
                return replace(found, clocks=turn.what.clocks, calendars=calendars)
        return found

    def _until(self, adopted: Adopted) -> Terms | None:
        """The terms that were left; those of their policy version say less, and nothing untrue."""
        return self.older.get(adopted.terms_before or "") or self.older.get(adopted.before)

    @property
    def _calendars(self) -> Calendars:
        own = self.terms.calendars if self.terms is not None else {}
        return own if self.calendars is None else self.calendars

    def of(self, version: str) -> Terms | None:
        """The terms of a policy version, if they are known."""
        known = self.terms is not None and self.terms.policy_version == version
        return self.terms if known else self.older.get(version)

    def target(self, version: str, priority: Priority | None, name: str) -> Target | None:
        """What a policy version promised a priority."""
        terms = self.of(version)
        return terms.target(priority, name) if terms and priority else None

    def calendar(self, target: str, group: str | None, at: datetime) -> str | None:
        """What a clock was measured in then; None when there was no such clock."""
        for clock in self.clocks:
            if (clock.target, clock.group) == (target, group):
                marks = [m for m in clock.marks if m.at <= at and m.calendar is not None]
                return self._named(marks[-1].calendar) if marks else None
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

    def _named(self, calendar: str | None) -> str:
        """What a calendar was called before it was carried along as one of older rules."""
        name, _, version = (calendar or "").partition("@")
        return name if version.partition(".")[0] in self.left else calendar or ""

    def _promise(self, clock: Clock) -> Texts:
        marks = [mark for mark in clock.marks if mark.calendar is not None]
        if any(mark.calendar not in self._calendars for mark in marks):
            return {}
        length, due = clocks.length(clock), clocks.due(clock, self._calendars)
        return {
            clock.target: f"{duration(length)} in {self._named(marks[-1].calendar)}",
            f"{clock.target}_due": said(due) if due else "paused",
        }


def _is_before(event: Event, turn: Event) -> bool:
    """Whether the event happened before a turn, as the step did that made it."""
    taken = event.version == turn.version and isinstance(event.what, StepTaken)
    return event.version < turn.version or taken


def _moves(step: Step, kind: str) -> bool:
    """Whether such a step makes such a mark: several steps may be taken in one instant."""
    match step:
        case Comment(internal=True):
            return False
        case Delegate() | TellVendor():
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
            case Became(kind=Kind.REQUEST):
                self.category = None
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
    """An instant as a fact: ISO 8601 in UTC, to the second unless there is more."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def told(fact: str) -> str:
    """An instant of the facts as people read it: 2026-11-22 10:00 UTC, with seconds if it has."""
    instant = datetime.fromisoformat(fact)
    exact = f"{instant:%S}" != "00"
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC" if exact else f"{instant:%Y-%m-%d %H:%M} UTC"
