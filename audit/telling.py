"""Each event of a timeline in a sentence, for whoever reads a report and not its data."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from desk import events as happened
from desk import steps
from desk.about import About
from desk.events import Event, StepTaken
from desk.model import Frozen
from desk.order import Decided
from desk.steps import Step
from desk.ticket import Link, Reported, Resolution

Name = Callable[[str], str]
# As persons are named in histories.
PERSON = re.compile(r"\bp-[0-9a-f]{16}\b")
WAITS = {
    "date": "its date came",
    "answer": "an answer came",
    "hand_off": "handed off",
    "decision": "it was decided",
    "vendor": "the vendor works on it no more",
    "silence": "no answer came",
}


class Sentence(NamedTuple):
    """What happened, and the words that somebody used, if any."""

    says: str
    words: str | None = None


class People:
    """What persons are shown as: by name where that says who it is, or else by id."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._common = {name for name, times in Counter(names.values()).items() if times > 1}

    def __call__(self, id: str) -> str:
        name = self._names.get(id)
        if name is None:
            return id
        return f"{name} ({id})" if name in self._common else name

    def in_text(self, text: str) -> str:
        """The text with every id of a person in it as they are shown."""
        return PERSON.sub(lambda found: self(found[0]), text)


def instant(at: datetime) -> str:
    """An instant as it stands in a report: in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def in_words(value: object) -> str:
    """A fact of a ticket as a person reads it; nothing is the empty text."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{instant(value)} UTC"
        case Resolution(code=code, text=text):
            return f'{code}, "{text}"'
        case Link(kind=kind, ticket=ticket):
            return f"{kind} {ticket}"
        case Decided(person=person, verdict=verdict):
            return f"{verdict} by {person}"
        case Reported():
            return ", ".join(f"{k} {v}" for k, v in value if v is not None)
        case Frozen():
            return ", ".join(f"{k} {in_words(v)}" for k, v in value if in_words(v))
        case tuple():
            return "; ".join(in_words(one) for one in value)
        case dict():
            return ", ".join(f"{k} {in_words(v)}" for k, v in value.items())
        case _:
            return str(value)


def cut_in_words(cut: str) -> str:
    """What is to be said of a ticket whose replay fails after the event at that place."""
    return f"its replay ends at event {cut}: what followed in that run could not be made anew"


def sentence(event: Event, name: Name) -> Sentence:
    """What happened; `name` says what a person's id is to be shown as."""
    match event.what:
        case StepTaken(step=step):
            return _step(step, name)
        case happened.Opened() as what:
            words = "\n".join(filter(None, (what.summary, what.description)))
            says = f"opened for {name(what.requester)}, reported by {what.channel}"
            return Sentence(says + _about(what.about, name), words)
        case happened.Routed() as what:
            before = f" from {what.before.id}" if what.before else ""
            bounced = ", back to where it came from" if what.bounced else ""
            to = f"{what.group.id} (line {what.group.line})"
            return Sentence(f"came to {to}{before}, by {what.by}{bounced}", what.reason)
        case happened.HandedOff() as what:
            told = f"{name(what.duty)}, on duty, was told" if what.duty else "the group was told"
            return Sentence(f"hand-off to {what.group} carried out: {told}", what.reason)
        case _:
            return _by_the_desk(event, name)


def _about(about: About | None, name: Name) -> str:
    if about is None:
        return ""
    of = name(about.person) if about.person else about.ticket or f"service {about.service}"
    return f", about {of}"


def _by_the_desk(event: Event, name: Name) -> Sentence:
    match event.what:
        case happened.Prioritised() as what:
            before = f", {what.before} before" if what.before else ""
            return Sentence(
                f"priority {what.priority}{before}: impact {what.impact}, urgency {what.urgency}"
            )
        case happened.Breached() as what:
            of = f" of {what.group}" if what.group else ""
            return Sentence(f"target {what.target}{of} missed: due {instant(what.due)}")
        case happened.RungFired() as what:
            again = f", again ({what.nth})" if what.nth else ""
            return Sentence(
                f"{what.percent} % of {what.target} spent: ladder {what.ladder} acted{again}"
            )
        case happened.Called() as what:
            return Sentence(f"call of {what.name}: {'done' if what.done else 'failed'}", what.note)
        case happened.WaitOver() as what:
            return Sentence(f"the wait is over: {WAITS[what.because]}")
        case _:
            return _at_the_end(event)


def _at_the_end(event: Event) -> Sentence:
    match event.what:
        case happened.ConfirmationAsked(nth=nth):
            return Sentence(f"the requester was asked to confirm ({nth})")
        case happened.ClosedBySilence(working_days=days):
            return Sentence(f"closed: {days} working days without a word")
        case happened.Adopted() as what:
            if what.before == what.policy_version:
                return Sentence(f"moved to other terms of the rules {what.policy_version}")
            return Sentence(f"moved from the rules {what.before} to {what.policy_version}")
        case happened.Retired():
            return Sentence("the time to reopen it is over: nothing can happen to it any more")
        case happened.Refused() as what:
            return Sentence(f"step {what.step} was refused", what.reason)
        case what:
            return Sentence(what.event.replace("_", " "))


def _step(step: Step, name: Name) -> Sentence:
    """The step's name, its facts, and its words apart from them."""
    words = getattr(step, "reason", None) or getattr(step, "text", None)
    facts = ", ".join(_facts(step, name))
    return Sentence(step.step.replace("_", " ") + (f": {facts}" if facts else ""), words)


def _facts(step: Step, name: Name) -> Iterator[str]:
    match step:
        case steps.Assign(group=group, assignee=assignee):
            yield from filter(None, (group, assignee and name(assignee)))
        case steps.HandOff(group=group, line=line):
            yield group or f"line {line}"
        case steps.Wait(waiting_for=waiting_for, until=until):
            yield f"for {waiting_for}"
            yield from [f"until {instant(until)}"] if until else []
        case steps.Comment(internal=internal):
            yield from ["internal"] if internal else []
        case _:
            fields = step.model_dump(mode="json", exclude={"step", "reason", "text"})
            yield from (f"{k} {v}" for k, v in fields.items() if v is not None)
