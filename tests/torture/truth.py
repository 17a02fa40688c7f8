"""What really happened to a ticket, asked of nobody but its histories."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

import workflows.ticket
from audit.evidence import fetch
from audit.replay import replay
from audit.witness import Handed
from desk.events import Event
from desk.record import Record, canonical
from tests.torture.quick_rules import STEPS_A_RUN

Place = tuple[int, int]


@dataclass
class Truth:
    """A ticket as its histories tell it; `wrong` is what does not fit together in them."""

    number: str
    histories: list[WorkflowHistory]
    handed: list[Handed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def last(self) -> Record | None:
        """The newest record: the ticket as it stands."""
        return self.handed[-1].record if self.handed else None

    def events(self) -> list[Event]:
        """Every event, in its place; two different ones at one place are wrong."""
        found: dict[Place, Event] = {}
        for handed in self.handed:
            for event in handed.record.events:
                place = (event.version, event.index)
                before = found.setdefault(place, event)
                if canonical(before) != canonical(event):
                    self.wrong.append(f"two events at {place}: {before.id} and {event.id}")
        return [found[place] for place in sorted(found)]

    def messages(self) -> set[str]:
        """The keys of the messages that the store was said to hold."""
        recorded = [handed.recorded for handed in self.handed if handed.recorded]
        return {key for answer in recorded for key in answer.messages}


async def truth_of(client: Client, number: str) -> Truth:
    """Replay all runs of a ticket."""
    evidence = await fetch(client, number)
    with _short_runs():
        lived = await replay(evidence)
    return Truth(number, list(evidence.histories), lived.handed, lived.wrong)


@contextmanager
def _short_runs() -> Iterator[None]:
    """The code that is replayed ends its runs as early as the tortured desk does."""
    usual = workflows.ticket.STEPS_A_RUN
    workflows.ticket.STEPS_A_RUN = STEPS_A_RUN
    yield
    workflows.ticket.STEPS_A_RUN = usual


def summary(truth: Truth) -> str:
    """The histories in a few lines, for whoever looks into a ticket that is wrong."""
    lines = []
    for run, history in enumerate(truth.histories, start=1):
        kinds = [_short(event.event_type) for event in history.events]
        lines.append(f"    run {run} ({len(kinds)} events): {' '.join(kinds)}")
    lines += [f"    {e.version}.{e.index} {e.what.event} {e.id}" for e in truth.events()]
    return "\n".join(lines)


def _short(kind: int) -> str:
    words = EventType.Name(kind).removeprefix("EVENT_TYPE_").split("_")  # type: ignore[arg-type]
    return "".join(word[0] for word in words)
