"""What a vendor is told: the ticket's number, summary and priority, and the words meant for it.

Never an internal note, and never who asked. By its webhook a vendor gets the same as JSON.
"""

import json
from datetime import datetime

from activities.messages import message_id, rendered
from activities.vendors import reference_of
from activities.wording import dates, language
from desk.events import Event, StepTaken
from desk.record import Notice, Record
from desk.vendor import clock_of
from desk.vendor_steps import HandToVendor, Recall, TellVendor
from store.messages import NewMessage
from store.organisation import Organisation
from store.vendors import Vendor


def vendor_letters(
    record: Record, organisation: Organisation, public_url: str
) -> tuple[NewMessage, ...]:
    """The messages of a record's notices to vendors, one each."""
    return tuple(
        _letter(record, organisation.vendor(notice.vendor), notice, public_url)
        for notice in record.notices
        if notice.vendor is not None
    )


def _letter(record: Record, vendor: Vendor | None, notice: Notice, public_url: str) -> NewMessage:
    events = [event for event in record.events if event.id in notice.events]
    key = f"{notice.key}/{notice.vendor}"
    tongue = language(vendor.language if vendor else "")
    due, reference = _due(record, notice.vendor), reference_of(record, notice.vendor)
    heard = next((one.heard for one in record.ticket.vendors if one.vendor == notice.vendor), None)
    when = dates(tongue.words, vendor.zone if vendor else "UTC")
    ticket = record.ticket
    at = events[-1].at if events else ticket.last_at
    fields: dict[str, object] = {
        "link": ticket.number,
        "name": vendor.name if vendor else notice.vendor,
        "number": ticket.number,
        "summary": " ".join(ticket.summary.split()),
        "priority": tongue.words.priorities[ticket.priority],
        "text": _said(events),
        "due": when(due) if due else None,
        "late": _is_late(record, notice.vendor),
        "heard": when(heard) if heard else None,
        "reference": reference,
    }
    subject, body = rendered(tongue, notice.template, fields, ticket.number)
    if vendor is not None and vendor.webhook is not None:
        body = _as_json(record, notice, at, fields["text"], due, reference)
    return NewMessage(
        key=key,
        events=notice.events,
        template=notice.template,
        person=None,
        vendor=notice.vendor,
        address=vendor.address if vendor else None,
        language=tongue.code,
        subject=subject,
        body=body,
        message_id=message_id(ticket.number, key, public_url),
        created_at=at,
        correlation=events[-1].correlation if events else "",
        state="queued" if vendor else "nobody",
    )


def _as_json(
    record: Record,
    notice: Notice,
    at: datetime,
    text: object,
    due: datetime | None,
    reference: str | None,
) -> str:
    told = {
        "type": notice.template.removeprefix("vendor_"),
        "at": at.isoformat(),
        "ticket": record.ticket.number,
        "priority": record.ticket.priority.value,
        "summary": record.ticket.summary,
        "text": text,
        "due": due.isoformat() if due else None,
        "reference": reference,
    }
    return json.dumps(told, ensure_ascii=False)


def _said(events: list[Event]) -> str | None:
    """The words that are meant for the vendor."""
    for event in events:
        match event.what:
            case StepTaken(step=HandToVendor(text=text) | TellVendor(text=text)):
                return text
            case StepTaken(step=Recall(reason=reason)):
                return reason
            case _:
                continue
    return None


def _due(record: Record, vendor: str | None) -> datetime | None:
    """When it owes an answer, as long as it does."""
    target = clock_of(vendor or "")
    running = (clock for clock in record.clocks if clock.target == target)
    return next((clock.due for clock in running if clock.state in ("running", "breached")), None)


def _is_late(record: Record, vendor: str | None) -> bool:
    target = clock_of(vendor or "")
    return any(clock.target == target and clock.state == "breached" for clock in record.clocks)
