"""What came of a feed: the log's own figures beside the desk's, as a table and as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from statistics import mean, median

from desk.model import Frozen
from feed.figures import Figures, figures_of, share
from feed.log import Log
from feed.mapping import Meaning, meaning
from feed.measuring import Measured
from feed.progress import Journal, Refusal

NOTES = (
    "events: the log's are its rows, the desk's all entries of the timelines.",
    "handed off, ping-pong, highest line: by people; what rungs moved is told apart.",
    "ping-pong: A-B-A with nobody in between; a bounce is any return to a group, after rungs too.",
    "highest line: a team of lines 2/L3 is on line 2 of the desk.",
    "waiting: the log's are its rows for the user; the desk waits for the requester also where "
    "the log waits for the customer. Time ends with the last row, or the last step taken.",
    "reopened: a row after the reopening window is refused.",
    "refused, confirm while closed: the desk had closed the ticket by silence before the log did.",
)


class Desk(Frozen):
    """The same figures as the desk has them, and what only a desk can tell."""

    cases: int
    events: int
    events_mean: float
    events_median: float
    events_max: int
    steps: int
    hand_off_cases: int
    ping_pong_cases: int
    highest_line: dict[str, int]
    highest_line_with_rungs: dict[str, int]
    waited_cases: int
    waiting_share: float
    reopened_cases: int
    hand_offs: int
    rung_hand_offs: int
    bounces: int
    closed_by_silence: int
    rungs: dict[str, int]
    breaches: dict[str, int]


class Report(Frozen):
    """Everything that a feed tells at its end; `refused` is counted by reason."""

    log: Figures
    desk: Desk
    refused_rows: int
    refused: dict[str, int]
    refused_cases: int
    unknown_statuses: dict[str, int]
    disordered_cases: int
    unfinished_cases: int
    answers: int
    seconds: float
    answers_a_second: float
    notes: tuple[str, ...] = NOTES


def report_of(log: Log, journal: Journal, answers: int, seconds: float) -> Report:
    """The report on the cases of this log, whichever run has fed them."""
    fed = [journal.of(case.id) for case in log.cases]
    measured = [case.measured for case in fed if case.measured is not None]
    refused = [refusal for case in fed for refusal in case.refused]
    unknown = (row for row in log.rows if meaning(row) is Meaning.UNKNOWN)
    return Report(
        log=figures_of(log.cases),
        desk=_desk(measured),
        refused_rows=len(refused),
        refused=_counted(map(_reason, refused)),
        refused_cases=sum(case.given_up for case in fed),
        unknown_statuses=_counted(f"{row.status} / {row.sub_status}" for row in unknown),
        disordered_cases=log.disordered,
        unfinished_cases=sum(not case.done for case in fed),
        answers=answers,
        seconds=round(seconds, 1),
        answers_a_second=round(answers / seconds, 1) if seconds else 0.0,
    )


def _desk(tickets: Sequence[Measured]) -> Desk:
    events = [ticket.events for ticket in tickets]
    return Desk(
        cases=len(tickets),
        events=sum(events),
        events_mean=round(mean(events or [0]), 2),
        events_median=median(events or [0]),
        events_max=max(events, default=0),
        steps=sum(ticket.steps for ticket in tickets),
        hand_off_cases=sum(ticket.hand_offs > 0 for ticket in tickets),
        ping_pong_cases=sum(ticket.ping_pong for ticket in tickets),
        highest_line=_lines(ticket.highest_line for ticket in tickets),
        highest_line_with_rungs=_lines(ticket.highest_line_with_rungs for ticket in tickets),
        waited_cases=sum(ticket.waited for ticket in tickets),
        waiting_share=share(
            sum((ticket.waiting for ticket in tickets), timedelta()),
            sum((ticket.lasted for ticket in tickets), timedelta()),
        ),
        reopened_cases=sum(ticket.reopened for ticket in tickets),
        hand_offs=sum(ticket.hand_offs for ticket in tickets),
        rung_hand_offs=sum(ticket.rung_hand_offs for ticket in tickets),
        bounces=sum(ticket.bounces for ticket in tickets),
        closed_by_silence=sum(ticket.closed_by_silence for ticket in tickets),
        rungs=_summed(ticket.rungs for ticket in tickets),
        breaches=_summed(ticket.breaches for ticket in tickets),
    )


def _reason(refusal: Refusal) -> str:
    return f"{refusal.problem}: {refusal.step} while {refusal.status}"


def _lines(lines: Iterable[int]) -> dict[str, int]:
    return {str(line): many for line, many in sorted(Counter(lines).items())}


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _summed(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


def as_text(report: Report) -> str:
    """The report as a person reads it."""
    return "\n".join(_lines_of(report))


def _lines_of(report: Report) -> Iterator[str]:
    yield f"{'':38}{'the log':>12}{'the desk':>12}"
    for name, log, desk in _rows(report.log, report.desk):
        yield f"{name:38}{log:>12}{desk:>12}"
    yield ""
    yield from _section("rungs fired", report.desk.rungs)
    yield from _section("targets breached", report.desk.breaches)
    yield from _section("rows refused", report.refused)
    yield from _section("rows of an unknown status", report.unknown_statuses)
    yield from _remarks(report)
    yield ""
    yield from (f"* {note}" for note in report.notes)


def _rows(log: Figures, desk: Desk) -> Iterator[tuple[str, str, str]]:
    """Each figure by name, as the log and as the desk has it."""
    yield "cases", f"{log.cases:,}", f"{desk.cases:,}"
    yield "events", f"{log.events:,}", f"{desk.events:,}"
    yield "steps taken", "-", f"{desk.steps:,}"
    yield "events a case, mean", f"{log.events_mean:.2f}", f"{desk.events_mean:.2f}"
    yield "events a case, median", f"{log.events_median:g}", f"{desk.events_median:g}"
    yield "events a case, most", f"{log.events_max:,}", f"{desk.events_max:,}"
    yield "cases handed off between teams", f"{log.hand_off_cases:,}", f"{desk.hand_off_cases:,}"
    yield "cases of ping-pong A-B-A", f"{log.ping_pong_cases:,}", f"{desk.ping_pong_cases:,}"
    for line in sorted({*log.highest_line, *desk.highest_line}):
        mine, its = log.highest_line.get(line, 0), desk.highest_line.get(line, 0)
        yield f"cases whose highest line is {line}", f"{mine:,}", f"{its:,}"
    for line, many in desk.highest_line_with_rungs.items():
        yield f"  with what rungs handed on, {line}", "-", f"{many:,}"
    yield "cases that waited for the requester", f"{log.waited_cases:,}", f"{desk.waited_cases:,}"
    yield "share of time in that wait", f"{log.waiting_share:.1%}", f"{desk.waiting_share:.1%}"
    yield "cases reopened", f"{log.reopened_cases:,}", f"{desk.reopened_cases:,}"
    yield "hand-offs by people", "-", f"{desk.hand_offs:,}"
    yield "hand-offs by rungs", "-", f"{desk.rung_hand_offs:,}"
    yield "bounces", "-", f"{desk.bounces:,}"
    yield "closed by silence", "-", f"{desk.closed_by_silence:,}"


def _section(title: str, counted: dict[str, int]) -> Iterator[str]:
    yield f"{title}: {sum(counted.values()):,}"
    yield from (f"  {name:48}{many:>14,}" for name, many in counted.items())


def _remarks(report: Report) -> Iterator[str]:
    if report.refused_cases:
        yield f"cases whose opening was refused, and with it all their rows: {report.refused_cases}"
    if report.disordered_cases:
        yield f"cases whose rows went back in time, and were sorted: {report.disordered_cases}"
    if report.unfinished_cases:
        yield f"cases not fed to their end yet: {report.unfinished_cases}"
    yield (
        f"this run: {report.answers:,} openings and steps in {report.seconds:,.1f} s, "
        f"{report.answers_a_second:,.1f} a second"
    )
