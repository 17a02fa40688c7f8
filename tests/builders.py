"""Valid objects for tests: each builder makes a whole one and takes what a test cares about."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from desk.access import Sight, sight
from desk.calendar import Calendar, around_the_clock
from desk.clock import Clock, begin
from desk.events import Event, Opened, StepTaken
from desk.ladder import Ladder
from desk.people import Actor, GroupRef, Role
from desk.record import HumanTask, Notice, Record, Task, terms_digest
from desk.steps import Comment
from desk.terms import Closure, Routing, Target, Terms
from desk.ticket import Kind, Level, Priority, Reported, Status, Ticket, WaitFor
from desk.view import view
from store.messages import NewMessage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALENDAR = "always"
NUMBER = "INC-7K3M9Q2M"


def make_actor(person: str = "p-finn", *roles: Role, groups: tuple[str, ...] = ()) -> Actor:
    """An agent of no group, unless said otherwise."""
    return Actor(person=person, roles=roles or (Role.AGENT,), groups=groups)


def make_sight(person: str = "p-finn", *roles: Role, groups: tuple[str, ...] = ()) -> Sight:
    """What such an actor sees."""
    return sight(make_actor(person, *roles, groups=groups))


def make_calendars() -> dict[str, Calendar]:
    """One calendar in which it is always working time."""
    return {CALENDAR: around_the_clock(CALENDAR)}


def make_ticket(**changes: Any) -> Ticket:
    """A new P3 incident of rosa with the first line, its resolution clock running."""
    opened_at = changes.get("opened_at", NOW)
    ticket = Ticket(
        number=NUMBER,
        kind=Kind.INCIDENT,
        status=Status.NEW,
        version=1,
        summary="The printer on floor 3 prints blank pages",
        requester="p-rosa",
        reporter="p-rosa",
        customer="northwind",
        channel="api",
        impact=Level.MEDIUM,
        urgency=Level.MEDIUM,
        priority=Priority.P3,
        reported=Reported(),
        line=1,
        group="service-desk",
        opened_at=opened_at,
        policy_version="1",
        opening_id="opening-1",
        clocks=(begin("resolution", opened_at, timedelta(hours=8), CALENDAR),),
        trail=(GroupRef(id="service-desk", line=1),),
        last_at=opened_at,
        index=1,
    )
    return Ticket.model_validate({**dict(ticket), **changes})


def make_event(version: int = 1, index: int = 0, **changes: Any) -> Event:
    """The event at that place: the opening at version 1, a public comment of finn after it."""
    what: Opened | StepTaken = StepTaken(step=Comment(step="comment", text=f"Comment {version}"))
    if version == 1:
        what = Opened(
            summary="The printer on floor 3 prints blank pages",
            description=None,
            reported=Reported(),
            requester="p-rosa",
            channel="api",
        )
    event = Event(
        id=f"u{version}:{index}",
        version=version,
        index=index,
        at=NOW + timedelta(minutes=version),
        actor="p-rosa" if version == 1 else "p-finn",
        via="api",
        correlation="c-1",
        internal=False,
        what=what,
    )
    return Event.model_validate({**dict(event), **changes})


def make_comment(text: str, version: int, *, internal: bool = False, **changes: Any) -> Event:
    """Somebody said something at that version."""
    what = StepTaken(step=Comment(step="comment", text=text, internal=internal))
    return make_event(version, what=what, internal=internal, **changes)


@cache
def make_terms() -> Terms:
    """A promise that is the same for every priority, around the clock."""
    hours = {Priority.P1: 4, Priority.P2: 8, Priority.P3: 24, Priority.P4: 72}
    return Terms(
        policy_version="1",
        zone_data="test",
        matrix={impact: dict.fromkeys(Level, Priority.P3) for impact in Level},
        default_impact=Level.MEDIUM,
        default_urgency=Level.MEDIUM,
        targets={
            priority: {
                "response": Target(length=timedelta(hours=1), calendar=CALENDAR),
                "resolution": Target(length=timedelta(hours=many), calendar=CALENDAR),
            }
            for priority, many in hours.items()
        },
        calendars=make_calendars(),
        ladders={"quiet": Ladder(name="quiet", rungs=())},
        routing=Routing(
            default=(
                GroupRef(id="service-desk", line=1),
                GroupRef(id="workplace-2", line=2),
                GroupRef(id="engineering-3", line=3),
            ),
            categories={},
        ),
        closure=Closure(
            codes=("fixed", "workaround"),
            calendar=CALENDAR,
            remind_after_working_days=2,
            close_after_working_days=5,
            reopen_for=timedelta(days=14),
        ),
        pausing=(WaitFor.REQUESTER, WaitFor.VENDOR),
    )


def make_task(**changes: Any) -> HumanTask:
    """Somebody of the service desk is to accept the ticket."""
    fields = {"task": Task.ACCEPT, "group": "service-desk", "person": None, "due": None}
    return HumanTask.model_validate({**fields, **changes})


def make_notice(event: Event, **changes: Any) -> Notice:
    """The requester is to be told of an event."""
    fields = {
        "key": f"{event.id}:told",
        "template": "opened",
        "person": "p-rosa",
        "events": (event.id,),
    }
    return Notice.model_validate({**fields, **changes})


def make_message(event: Event, **changes: Any) -> NewMessage:
    """The requester is told of an event."""
    fields = {
        "key": f"{event.id}:told/p-rosa",
        "events": (event.id,),
        "template": "opened",
        "person": "p-rosa",
        "address": "rosa@example.org",
        "language": "en",
        "subject": "Your report",
        "body": "Thank you for your report.",
        "message_id": f"<{event.id}@example.org>",
        "created_at": event.at,
    }
    return NewMessage.model_validate({**fields, **changes})


def make_record(ticket: Ticket | None = None, *events: Event, **changes: Any) -> Record:
    """A record of the ticket with these events; version and index follow from the last one."""
    ticket = ticket or make_ticket()
    events = events or (make_event(),)
    last = events[-1]
    place = {"version": last.version, "index": last.index + 1, "last_at": last.at}
    ticket = ticket.model_copy(update=place)
    terms = make_terms()
    record = Record(
        ticket=ticket,
        clocks=view(ticket, terms.calendars).clocks,
        terms_digest=terms_digest(terms),
        terms=terms if events[0].version == 1 else None,
        events=events,
        tasks=(make_task(),),
        notices=(),
        since=(events[0].version, events[0].index),
        run=1,
        length=4 + 6 * ticket.version,
    )
    return Record.model_validate({**dict(record), **changes})


def make_clock(target: str = "resolution", at: datetime = NOW, hours: float = 8) -> Clock:
    """A clock that has run since `at`."""
    return begin(target, at, timedelta(hours=hours), CALENDAR)
