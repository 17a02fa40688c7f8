"""Tickets, events and human tasks as rows, and back."""

from datetime import UTC, datetime
from typing import Any

from desk.clock import running
from desk.events import Event, StepTaken
from desk.model import Frozen
from desk.record import Record, canonical
from desk.steps import Comment
from desk.ticket import Facts
from desk.view import View
from store.tables import NEVER


def folded(text: str) -> str:
    """Text as it is searched: upper and lower case are the same in every script."""
    return text.casefold()


def ticket_row(record: Record, tasks: str) -> dict[str, Any]:
    """What lists of tickets filter and sort by, and what the next record is compared with."""
    ticket = record.ticket
    due = [
        view.due
        for clock, view in zip(ticket.clocks, record.clocks, strict=True)
        if running(clock) and view.due is not None
    ]
    return {
        "number": ticket.number,
        "kind": ticket.kind.value,
        "summary": ticket.summary,
        "status": ticket.status.value,
        "group": ticket.group,
        "assignee": ticket.assignee,
        "requester": ticket.requester,
        "wanted_for": _wanted_for(ticket),
        "customer": ticket.customer,
        "priority": ticket.priority.value,
        "line": ticket.line,
        "confidential": ticket.confidential,
        "clock": ticket.clock,
        "opened_at": ticket.opened_at,
        "due": min(due, default=NEVER),
        "version": ticket.version,
        "next_index": ticket.index,
        "run": record.run,
        "length": record.length,
        "opening_id": ticket.opening_id,
        "terms_digest": record.terms_digest,
        "tasks": tasks,
        "recorded_at": datetime.now(UTC),
        "search": folded(f"{ticket.number}\n{ticket.summary}\n{ticket.description or ''}"),
    }


def _wanted_for(ticket: Facts) -> str | None:
    wanted_for = ticket.order.wanted_for if ticket.order is not None else None
    return wanted_for if wanted_for != ticket.requester else None


def snapshot_row(record: Record, inner: str) -> dict[str, Any]:
    """The ticket as it is answered, and as its process has it."""
    facts = {name: getattr(record.ticket, name) for name in Facts.model_fields}
    body = View.model_construct(**facts, clocks=record.clocks).model_dump_json()
    return {"number": record.ticket.number, "body": body, "inner": inner}


def event_row(ticket: str, event: Event, body: str) -> dict[str, Any]:
    """One event; only what was said to everybody can be searched."""
    said = event.what.step if isinstance(event.what, StepTaken) else None
    public = isinstance(said, Comment) and not said.internal and not event.internal
    return {
        "ticket": ticket,
        "version": event.version,
        "index": event.index,
        "id": event.id,
        "at": event.at,
        "actor": event.actor,
        "internal": event.internal,
        "body": body,
        "search": folded(said.text) if isinstance(said, Comment) and public else None,
    }


def task_rows(record: Record) -> list[dict[str, Any]]:
    """The human tasks that are open, in their order."""
    return [
        {
            "ticket": record.ticket.number,
            "position": position,
            "task": task.task.value,
            "group": task.group,
            "person": task.person,
            "due": task.due or NEVER,
            "role": task.role,
            "of": task.of,
        }
        for position, task in enumerate(record.tasks)
    ]


def text_of(value: Frozen) -> str:
    """Canonical JSON as text."""
    return canonical(value).decode()


def tasks_text(record: Record) -> str:
    """All human tasks in one text, to see at once whether they have changed."""
    return "\n".join(text_of(task) for task in record.tasks)
