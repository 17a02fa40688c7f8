"""Where a replay came to something else than the life it replays, for somebody who can mend it."""

import re

from audit.evidence import Evidence
from audit.fingerprints import tasks

RUN = re.compile(r"run (\d+): ")
# As the engine's core writes an event: in short, in full, and as audit.replay puts it.
EVENTS = (
    re.compile(r"HistoryEvent\(id: (?P<id>\d+), (?:Some\()?(?P<type>\w+)"),
    re.compile(r"HistoryEvent \{ event_id: (?P<id>\d+), .*?event_type: (?P<type>\w+)"),
    re.compile(r"event (?P<id>\d+) of the history, (?P<type>\w+), does not follow"),
)
SAID = re.compile(r"(?:error|follow): (?:\[\w+\] )?(?:Nondeterminism error: )?(.+?):? ?(?:Hist|$)")
BARE = re.compile(r"\[TMPRL\d*\] Nondeterminism error: ")
PLACE = re.compile(r"\d+\.\d+ |\d+")


def _event(words: str) -> re.Match[str] | None:
    return next((found for one in EVENTS if (found := one.search(words))), None)


def reason(words: str) -> str:
    """What differs, without what is of this one ticket: to count those of a kind."""
    event = _event(words)
    if event is None:
        of_a_kind = (
            PLACE.sub("", RUN.sub("", words, count=1))
            .replace("()", "")
            .replace("version ,", "a version,")
        )
        return BARE.sub("other commands: ", of_a_kind)
    said = SAID.search(words)
    return f"other commands at {event['type']}" + (f": {said[1]}" if said else "")


def exact(words: str) -> str:
    """What differs of one ticket, with the identifiers that `reason` leaves out."""
    return reason(words) if _event(words) else BARE.sub("other commands: ", RUN.sub("", words))


def where(evidence: Evidence, words: str) -> str:
    """The same, with what the task in question asked for when it was lived."""
    event = _event(words)
    if event is None:
        return BARE.sub("other commands: ", words)
    run = int(found[1]) if (found := RUN.match(words)) else 1
    number = int(event["id"])
    asked = [
        (nth, task)
        for nth, (last, task) in enumerate(tasks(evidence.histories[run - 1].events), start=1)
        if number <= last
    ]
    of_run = f"of run {run} " if len(evidence.histories) > 1 else ""
    if not asked:
        return f"event {number} {of_run}({reason(words)})"
    nth, task = asked[0]
    return f"task {nth} {of_run}asked for [{'; '.join(task)}], and now does not ({reason(words)})"
