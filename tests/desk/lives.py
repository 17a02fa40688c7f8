"""Whole lives of tickets, lived as the process lives them, under rules that one can do by hand.

The office works monday to friday, 08:00 to 18:00 in Berlin, but not on Good Friday and Easter
Monday 2026. Instants are said and told as month, day and time of 2026 in Berlin: 2 March is a
monday, summer time begins on sunday, 29 March.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from desk.access import OF_KIND, STEPS
from desk.adoption import carry_calendars
from desk.advance import advance, catch_up
from desk.apply import apply
from desk.calendar import Calendar, Holiday, around_the_clock
from desk.change import Outcome
from desk.clock import Clock, state
from desk.deadlines import next_due
from desk.events import Breached, Event, Routed, RungFired, StepTaken, WaitOver
from desk.ladder import HandToNextLine, Ladder, Repeat, Rung, Tell, Whom
from desk.opening import Opening, open_ticket
from desk.people import Actor, GroupRef, Role
from desk.record import Notice, terms_digest
from desk.rules import check
from desk.steps import Taken
from desk.terms import Closure, Routing, Target, Terms
from desk.ticket import Kind, Level, Link, LinkKind, Priority, WaitFor
from desk.vendors import with_contracts
from desk.zone import zone
from tests.desk.contracts import make_contract
from tests.desk.oracle import BERLIN, local, weekly

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
NUMBER = "INC-7K3M9Q2M"

ROSA = Actor(person="p-rosa", roles=(Role.REQUESTER,))
FINN = Actor(person="p-finn", roles=(Role.AGENT,), groups=("service-desk",))
SENA = Actor(person="p-sena", roles=(Role.AGENT,), groups=("network-2", "workplace-2"))
PIA = Actor(person="p-pia", roles=(Role.PROCESS_OWNER,))
ADAM = Actor(person="p-adam", roles=(Role.IMPORT,))

OFFICE = Calendar(
    name="office",
    zone=BERLIN,
    shifts=weekly("08:00-18:00"),
    holidays=(
        Holiday.model_validate({"date": "2026-04-03", "name": "Good Friday"}),
        Holiday.model_validate({"date": "2026-04-06", "name": "Easter Monday"}),
    ),
)
LINE_OF = {
    "service-desk": 1, "network-1": 1, "workplace-2": 2, "network-2": 2,
    "engineering-3": 3, "network-3": 3,
}  # fmt: skip


def at(text: str) -> datetime:
    """`at("03-06 17:00")` is friday, 6 March 2026, 17:00 in Berlin."""
    return local(f"2026-{text}")


def said(instant: datetime) -> str:
    """The inverse of `at`."""
    return f"{instant.astimezone(zone(BERLIN)):%m-%d %H:%M}"


def climbing(name: str, *early: Rung) -> Ladder:
    """These rungs, and at 100 % the whole escalation of the house."""
    missed = Rung(
        key="100%",
        percent=100,
        actions=(HandToNextLine(), Tell(whom=Whom.MANAGER)),
        then=(
            Repeat(every=HOUR, times=5, actions=(Tell(whom=Whom.LEAD),)),
            Repeat(every="working_day", times=3, actions=(Tell(whom=Whom.MANAGER),)),
        ),
    )
    return Ladder(name=name, rungs=(*early, missed))


def rung(percent: int, *whom: Whom) -> Rung:
    """At so many percent, tell them."""
    return Rung(key=f"{percent}%", percent=percent, actions=tuple(Tell(whom=who) for who in whom))


HALF, THREE_QUARTERS = rung(50, Whom.ASSIGNEE), rung(75, Whom.LEAD)
LADDERS = {
    "response": climbing("response", HALF, THREE_QUARTERS),
    "resolution": climbing("resolution", HALF, THREE_QUARTERS),
    "next": Ladder(name="next", rungs=(rung(100, Whom.GROUP),)),
}
HOURS = {
    Priority.P1: ("always", 0.25, 4, 0.5, (0.5, 2, 3)),
    Priority.P2: ("office", 0.5, 8, 1, (1, 4, 6)),
    Priority.P3: ("office", 2, 20, 4, (4, 12, 16)),
    Priority.P4: ("office", 4, 50, 8, (8, 24, 36)),
}


def targets_of(priority: Priority) -> dict[str, Target]:
    """The targets of a priority, by `HOURS`."""
    calendar, response, resolution, following, groups = HOURS[priority]
    found = {
        "response": Target(length=response * HOUR, calendar=calendar, ladder="response"),
        "resolution": Target(length=resolution * HOUR, calendar=calendar, ladder="resolution"),
        "next_response": Target(length=following * HOUR, calendar=calendar, ladder="next"),
    }
    for line, hours in enumerate(groups, start=1):
        found[f"ola_{line}"] = Target(length=hours * HOUR, calendar=calendar)
    return found


def make_groups(*names: str) -> tuple[GroupRef, ...]:
    """Groups with the lines that they sit on."""
    return tuple(GroupRef(id=name, line=LINE_OF[name]) for name in names)


def make_rules(**changes: Any) -> Terms:
    """The rules of these tests; waiting for a change stops no clock, other waits do."""
    high, medium, low = Level.HIGH, Level.MEDIUM, Level.LOW
    p1, p2, p3, p4 = Priority
    rules = Terms(
        policy_version="v1",
        zone_data="test",
        matrix={
            high: {high: p1, medium: p2, low: p3},
            medium: {high: p2, medium: p3, low: p4},
            low: {high: p3, medium: p4, low: p4},
        },
        default_impact=medium,
        default_urgency=medium,
        targets={priority: targets_of(priority) for priority in Priority},
        calendars={"office": OFFICE, "always": around_the_clock("always")},
        ladders=LADDERS,
        routing=Routing(
            default=make_groups("service-desk", "workplace-2", "engineering-3"),
            categories={
                "hardware": make_groups("service-desk", "workplace-2", "engineering-3"),
                "network": make_groups("network-1", "network-2", "network-3"),
                "phones": make_groups("service-desk", "workplace-2"),
            },
        ),
        closure=Closure(
            codes=("fixed", "workaround"),
            calendar="office",
            remind_after_working_days=2,
            close_after_working_days=5,
            reopen_for=timedelta(days=14),
        ),
        pausing=(WaitFor.REQUESTER, WaitFor.VENDOR),
    )
    return with_contracts(Terms.model_validate({**dict(rules), **changes}), (make_contract(),))


RULES = make_rules()


def make_opening(**changes: Any) -> Opening:
    """Rosa reports a hardware incident of middling impact and urgency."""
    fields = {
        "opening_id": "opening-1",
        "number": NUMBER,
        "kind": Kind.INCIDENT,
        "summary": "The printer on floor 3 prints blank pages",
        "requester": ROSA.person,
        "customer": "northwind",
        "actor": ROSA,
        "channel": "web",
        "category": "hardware",
        "impact": Level.MEDIUM,
        "urgency": Level.MEDIUM,
    }
    return Opening.model_validate({**fields, **changes})


def make_taken(step: str, by: Actor = FINN, *, id: str = "u1", **fields: Any) -> Taken:
    """A step as it is sent: fields of `Taken` go into the envelope, all others into the step."""
    envelope = {name: fields.pop(name) for name in Taken.model_fields if name in fields}
    if "group" in fields:
        envelope.setdefault("group_line", LINE_OF.get(fields["group"]))
    if "wait_for" in fields:
        fields["for"] = fields.pop("wait_for")
    body = {"id": id, "actor": by, "step": {"step": step, **fields}, **envelope}
    return Taken.model_validate(body)


LINKED = Link(kind=LinkKind.RELATED, ticket="INC-00000023")
"""What a ticket has to be linked to before the body of `unlink` is right."""

# A body with which each step is right by the rules above, on a ticket of `Life`.
BODIES: dict[str, dict[str, Any]] = {
    "classify": {"category": "hardware", "impact": "medium", "urgency": "medium"},
    "assign": {"assignee": "p-theo"},
    "accept": {},
    "comment": {"text": "The fuser is too hot."},
    "hand_off": {"group": "network-3", "reason": "It takes a specialist."},
    "wait": {"wait_for": "requester", "reason": "Which printer is it?"},
    "resume": {},
    "workaround": {"text": "Print on floor 2."},
    "resolve": {"code": "fixed", "text": "The fuser was replaced."},
    "confirm": {"rating": 5},
    "reopen": {"reason": "It prints blank pages again."},
    "cancel": {"reason": "Reported by mistake."},
    "adopt": {},
    "link": {"kind": "related", "ticket": "INC-00000012"},
    "unlink": {"kind": "related", "ticket": LINKED.ticket},
    "merge": {"into": "INC-00000012"},
    "split": {"reason": "It is another printer."},
    "approve": {},
    "reject": {"reason": "It is too dear."},
    "ask": {"text": "Would a smaller one do?"},
    "delegate": {"to": "p-theo"},
    "amend": {"answers": {"model": "small"}},
    "complete": {"task": "buy", "result": "It is number 4711."},
    "fail": {"task": "buy", "reason": "Nobody sells it any more."},
    "become": {"kind": "service_request", "item": "laptop", "reason": "Nothing is broken."},
    "hand_to_vendor": {"vendor": "acme", "text": "The fuser of model 12 is too hot."},
    "tell_vendor": {"vendor": "acme", "text": "It is model 12b."},
    "vendor_reply": {"vendor": "acme", "text": "Replace part 7."},
    "recall": {"vendor": "acme", "reason": "It works again."},
    "withdraw": {},
}
OF_INCIDENTS = [step for step in BODIES if step in OF_KIND[Kind.INCIDENT]]
EITHER = {"hand_off": {"group", "line"}, "assign": {"group", "assignee"}}
assert set(BODIES) == set(STEPS)


def make_step(step: str, by: Actor = FINN, *, id: str = "u1", **fields: Any) -> Taken:
    """The same with the fields of `BODIES`, unless said otherwise."""
    either = EITHER.get(step, set())
    out = either if either & set(fields) else set()
    usual = {name: value for name, value in BODIES[step].items() if name not in out}
    return make_taken(step, by, id=id, **{**usual, **fields})


E = TypeVar("E")


class Life:
    """A ticket from its opening on, with all its events and notices.

    Before each step, time passes until then, and after it whatever is due at once happens: the
    order in which the process does it. Between steps nothing happens unless time is told to pass.
    """

    def __init__(
        self, opened: str | datetime = "03-02 09:00", rules: Terms = RULES, **opening: Any
    ) -> None:
        self.rules = rules
        self.former: dict[str, Terms] = {}
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        instant = at(opened) if isinstance(opened, str) else opened
        self.take_in(open_ticket(make_opening(**opening), rules, instant))

    def take_in(self, outcome: Outcome) -> None:
        """Remember what came of a change."""
        self.ticket = outcome.ticket
        self.events += outcome.events
        self.notices += outcome.notices

    def pass_until(self, to: str | datetime) -> Self:
        """One look at the clock, however late."""
        to = at(to) if isinstance(to, str) else to
        given = self.ticket.clock == "given"
        self.take_in((catch_up if given else advance)(self.ticket, self.rules, to))
        return self

    def live_until(self, to: str | datetime) -> Self:
        """Each timer goes off on time."""
        to = at(to) if isinstance(to, str) else to
        while (due := next_due(self.ticket, self.rules)) is not None and due <= to:
            self.take_in(advance(self.ticket, self.rules, max(due, self.ticket.last_at)))
        return self

    def take(
        self, when: str | datetime, step: str, by: Actor = FINN, *,
        rules: Terms | None = None, **fields: Any,
    ) -> Self:  # fmt: skip
        """Take a step, with the fields of `BODIES` unless said otherwise; `rules` are adopted."""
        when = at(when) if isinstance(when, str) else when
        taken = make_step(step, by, id=f"u{len(self.events)}", **fields)
        self.pass_until(when)
        check(self.ticket, self.rules, taken, when)
        ticket, before = self.ticket, self.rules
        if rules is not None:
            ticket, self.rules = carry_calendars(ticket, before, rules)
            self.former[terms_digest(before)] = before
        self.take_in(apply(ticket, before, taken, when, self.rules if rules else None))
        return self.pass_until(when)

    def clock(self, target: str) -> Clock:
        """The clock of a target."""
        return next(clock for clock in self.ticket.clocks if clock.target == target)

    def states(self) -> dict[str, str]:
        """How each clock stands."""
        return {clock.target: state(clock) for clock in self.ticket.clocks}

    def happened(self, what: type[E]) -> list[E]:
        """Every event of that class."""
        return [event.what for event in self.events if isinstance(event.what, what)]

    def told(self) -> Counter[tuple[str, str]]:
        """How often which template goes to whom."""
        return Counter((note.template, note.whom or note.person or "") for note in self.notices)

    def story(self, since: int = 0) -> list[str]:
        """What happened after so many events, a line each."""
        return [told(event) for event in self.events[since:]]


def told(event: Event) -> str:
    """An event in a line: when, and what."""
    late = getattr(event.what, "late_by", timedelta())
    return f"{said(event.at)} {_what(event)}{f', {late} late' if late else ''}"


def _what(event: Event) -> str:
    match event.what:
        case StepTaken(step=step):
            return step.step
        case RungFired(target=target, rung=rung, nth=nth):
            return f"{target} {rung}{f'+{nth}' if nth else ''}"
        case Breached(target=target):
            return f"{target} breached"
        case Routed(group=group, bounced=bounced, by=by):
            return f"to {group.id}{' again' if bounced else ''} by {by}"
        case WaitOver(because=because):
            return f"wait over: {because}"
        case other:
            return other.event


def utc(text: str) -> datetime:
    """An instant in UTC, for what must not depend on Berlin."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)
