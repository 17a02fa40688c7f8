"""Notices made into messages: one a person, in their language and time zone.

Nothing here reads a clock or the store: the same record and organisation give the same messages.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from jinja2 import TemplateError

from activities.deciding import asked_in_vain, told_instead
from activities.fields import Telling
from activities.people import may_be_told, resolve, with_deputies
from activities.wording import FALLBACK, Language, language, text_of
from desk.access import Part, plays, sees_internal
from desk.events import Event, RungFired, TaskEnded
from desk.ladder import Whom
from desk.order import Phase
from desk.record import Notice, Record
from store.messages import Decides, NewMessage
from store.organisation import Organisation, Person

ACKNOWLEDGED = "acknowledged"
ESCALATION = "escalation"
NOBODY = "nobody"
ASKED = "approval_asked"
# How an order stands, or what somebody is to do for it: told whoever brought it about.
STANDING = (ASKED, "fulfilled", "withdrawn", "unfulfilled")
TASKS = ("task_opened", "task_failed")
DROPPED, OVER = "task_dropped", "approval_over"
ANSWERED = "answered"
REPLIED = (ANSWERED, "unanswered")
"""What becomes of a question, told to whoever asked it."""
OWNERS = (ACKNOWLEDGED, "approved", "rejected", "fulfilled", "withdrawn", "unfulfilled")
"""Told who asked for it and, by name, whom it is for: both as those whose order it is."""
NOTHING_MORE = (DROPPED, OVER)
"""What people were asked for and need not do: told also who may not see the ticket any more."""
COMPLAINED = "complaint_opened"
AT_ONCE = {
    ESCALATION: ASKED,
    ASKED: ASKED,
    DROPPED: DROPPED,
    OVER: OVER,
    COMPLAINED: COMPLAINED,
}
"""A person is told of all notices of these templates of a record in one message."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Letter:
    """Notices that one person (or nobody) is told of in one message, in their order."""

    person: Person | None
    notices: tuple[Notice, ...]
    nobody: bool = False
    """Whether it tells the person that nobody could be told."""

    @property
    def key(self) -> str:
        # The last notice names it: a later record that adds another one makes another message.
        return f"{self.notices[-1].key}/{self.person.id if self.person else '-'}"

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(event for notice in self.notices for event in notice.events))

    @property
    def template(self) -> str:
        if self.nobody:
            return NOBODY
        # Who is asked to decide reads there what the time is that is over.
        templates = [notice.template for notice in self.notices]
        return ASKED if ASKED in templates else templates[0]


def messages_for(
    record: Record, organisation: Organisation, public_url: str
) -> tuple[NewMessage, ...]:
    """The messages of a record's notices.

    All escalations of a record are one message a person, and the request to decide is that one.
    Nobody is told of their own step, but for the acknowledgement, how their order ended, and what
    they are to do next. Nobody is asked for a decision that was made meanwhile. Any other notice
    that nobody can be told becomes a message to nobody, so that the timeline shows it, unless it
    says that there is nothing to do.
    """
    organisation = organisation.on(record.ticket)
    letters = _letters(record, organisation)
    return tuple(_message(record, organisation, letter, public_url) for letter in letters)


def _letters(record: Record, organisation: Organisation) -> list[_Letter]:
    letters: dict[tuple[str, str], _Letter] = {}
    for notice in record.notices:
        if notice.vendor is not None or _decided_meanwhile(record, notice):
            continue
        people = _meant(record, organisation, notice)
        if not people and notice.template not in NOTHING_MORE:
            letters[notice.key, "-"] = _Letter(None, (notice,))
            for one in _alerted(record, organisation, notice):
                letters[NOBODY, one.id] = _Letter(one, (notice,), nobody=True)
        for person in people:
            if not _worth_telling(record, organisation, notice, person):
                continue
            about = AT_ONCE.get(notice.template, notice.key)
            before = letters.get((about, person.id))
            notices = (*before.notices, notice) if before else (notice,)
            letters[about, person.id] = _Letter(person, notices)
    return list(letters.values())


def _to_decide(notice: Notice) -> bool:
    return notice.template == ASKED or notice.whom is Whom.APPROVERS


def _alerted(record: Record, organisation: Organisation, notice: Notice) -> tuple[Person, ...]:
    """Who has to know that an order waits for a decision that nobody may make."""
    return told_instead(organisation, record.ticket, notice) if _to_decide(notice) else ()


def _decided_meanwhile(record: Record, notice: Notice) -> bool:
    order = record.ticket.order
    return _to_decide(notice) and order is not None and order.phase is not Phase.APPROVAL


def _meant(record: Record, organisation: Organisation, notice: Notice) -> tuple[Person, ...]:
    at = _at(record, _events(record, notice.events))
    if notice.template == DROPPED and notice.whom is Whom.GROUP:
        return organisation.members(notice.group)
    if notice.template == OVER and notice.person is None:
        return asked_in_vain(organisation, record.ticket, notice)
    if notice.whom is not None:
        return resolve(organisation, record.ticket, notice.whom, notice.group, at)
    person = organisation.person(notice.person) if notice.person else None
    if person is None:
        return ()
    # What one is asked to decide, or not to decide any more, is their deputy's meanwhile.
    theirs = notice.template in (ASKED, OVER, *REPLIED)
    people = with_deputies(organisation, record.ticket, person, at) if theirs else (person,)
    if notice.template in NOTHING_MORE:
        return tuple(one for one in people if one.active)
    told = tuple(one for one in people if may_be_told(organisation, record.ticket, one, at))
    if not told and notice.template in REPLIED:
        # Whoever asked decides no more; the request still waits for somebody who does.
        return resolve(organisation, record.ticket, Whom.APPROVERS, notice.group, at)
    return told


def _worth_telling(
    record: Record, organisation: Organisation, notice: Notice, person: Person
) -> bool:
    events = _events(record, notice.events)
    if not events:
        return True
    if notice.template in STANDING:
        return True
    seen = _visible(events, _as_requester(record, organisation, notice, person))
    own = all(e.actor == person.id for e in events) and not _left_as_done(events)
    return bool(seen) and (not own or notice.template in (ACKNOWLEDGED, *TASKS))


def _left_as_done(events: Sequence[Event]) -> bool:
    """Whether somebody is to see what becomes of what was done, who ended the order or not."""
    return any(isinstance(event.what, TaskEnded) and event.what.how == "kept" for event in events)


def _as_requester(
    record: Record, organisation: Organisation, notice: Notice, person: Person
) -> bool:
    """Whether the person is told as the requester is: nothing of what is the desk's own."""
    if notice.template in (*TASKS, *NOTHING_MORE) and notice.whom is not Whom.REQUESTER:
        return False
    if notice.template in OWNERS and notice.person is not None:
        return True
    actor = organisation.actor(person.id)
    return notice.whom is Whom.REQUESTER or not sees_internal(actor, record.ticket)


def _events(record: Record, ids: Sequence[str]) -> list[Event]:
    return [event for event in record.events if event.id in ids]


def _at(record: Record, events: Sequence[Event]) -> datetime:
    """The instant that a message is of: who is away then is told by it, and by no clock."""
    return events[-1].at if events else record.ticket.last_at


def _visible(events: Sequence[Event], as_requester: bool) -> list[Event]:
    """For a requester nothing internal, but the targets that a rule says to tell them of."""
    return [
        event
        for event in events
        if not (as_requester and event.internal) or isinstance(event.what, RungFired)
    ]


def _message(
    record: Record, organisation: Organisation, letter: _Letter, public_url: str
) -> NewMessage:
    number, person, first = record.ticket.number, letter.person, letter.notices[0]
    events = _events(record, letter.ids)
    tongue = language(person.language if person else FALLBACK)
    if person is None or letter.nobody:
        fields = _to_nobody(record, organisation, tongue, first)
        fields["link"] = f"{public_url}/tickets/{number}"
        subject, body = rendered(tongue, NOBODY, fields, number)
    else:
        as_requester = any(_as_requester(record, organisation, n, person) for n in letter.notices)
        seen = tuple(_visible(events, as_requester))
        telling = Telling(record, organisation, tongue, person, as_requester, seen, public_url)
        subject, body = rendered(tongue, letter.template, telling.fields(), number)
    return NewMessage(
        key=letter.key,
        events=letter.ids,
        template=letter.template,
        person=person.id if person else None,
        address=person.email if person else None,
        language=tongue.code,
        subject=subject,
        body=body,
        message_id=message_id(number, letter.key, public_url),
        created_at=_at(record, events),
        correlation=events[-1].correlation if events else "",
        state="queued" if person else "nobody",
        decides=_decides(record, organisation, letter, _at(record, events)),
    )


def _decides(
    record: Record, organisation: Organisation, letter: _Letter, at: datetime
) -> Decides | None:
    """The question of the message, if its person may answer it."""
    order, person = record.ticket.order, letter.person
    if person is None or order is None or order.stage is None:
        return None
    actor = organisation.actor(person.id, at)
    asks = letter.template in (ASKED, ESCALATION, ANSWERED)
    if not asks or not plays(actor, Part.APPROVER, record.ticket):
        return None
    return Decides(stage=order.stage, form=order.form, wish=order.wish)


def _to_nobody(
    record: Record, organisation: Organisation, tongue: Language, notice: Notice
) -> dict[str, object]:
    group = organisation.group(notice.group)
    named = organisation.person(notice.person) if notice.person else None
    meant = tongue.words.whom[notice.whom.value if notice.whom else "person"]
    return {
        "number": record.ticket.number,
        "summary": record.ticket.summary,
        "meant": named.name if named else meant,
        "deciding": notice.whom is Whom.APPROVERS,
        "group": group.name if group else notice.group,
    }


def rendered(
    tongue: Language, template: str, fields: dict[str, object], number: str
) -> tuple[str, str]:
    """Subject and body. A broken text must not keep a ticket from being recorded."""
    try:
        text = text_of(tongue, template, complaint=bool(fields.get("complaint"))).render(fields)
    except (TemplateError, AttributeError, TypeError, ValueError) as error:
        log.error(
            "template_broken",
            ticket=number,
            template=template,
            language=tongue.code,
            error=type(error).__name__,
        )
        return f"[{number}] {fields['summary']}", str(fields.get("link", number))
    subject, _, body = text.strip().partition("\n")
    # No line break gets into the subject, whatever the template and the ticket hold.
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", body.strip())


def message_id(number: str, key: str, public_url: str) -> str:
    """The same for the same message, and on the host that links to it lead to."""
    host = urlsplit(public_url).hostname or "localhost"
    place = f"[{host}]" if ":" in host else host
    return f"<{number}.{hashlib.sha256(key.encode()).hexdigest()[:24]}@{place}>"
