"""What mails tell of another ticket, or kind of one: which, and what was said of both."""

from collections.abc import Sequence

from desk.events import Became, Event, What
from desk.related_events import Heard, Merged, ResolvedWith, SplitOff


def said_of(what: What) -> str | None:
    """What a person said that was taken over from another ticket, parts both, or made it other."""
    match what:
        case Became(said=said):
            return said
        case ResolvedWith(text=text):
            return text
        case SplitOff(said=said):
            return said
        case _:
            return None


def related_to(events: Sequence[Event]) -> dict[str, str | None] | None:
    """The other ticket that the newest of these events is about."""
    for event in reversed(events):
        match event.what:
            case SplitOff(other=other, because=because):
                return {"other": other, "because": because}
            case Heard(other=other) | Merged(other=other) | ResolvedWith(other=other):
                return {"other": other, "because": None}
    return None
