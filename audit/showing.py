"""A ticket as of an instant, in lines for a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from audit.telling import in_words
from audit.travel import Standing
from desk.order import Order

FACTS = (
    "kind", "status", "waiting_for", "priority", "summary", "requester", "customer", "category",
    "impact", "urgency", "service", "about", "line", "group", "assignee", "bounces", "opened_at",
    "resolved_at", "closed_at", "resolution", "merged_into", "policy_version",
)  # fmt: skip


def as_text(standing: Standing) -> str:
    """The whole account."""
    return "\n".join(_lines(standing))


def _lines(standing: Standing) -> Iterator[str]:
    ticket = standing.ticket
    yield f"{ticket.number} as of {at(standing.at)}, version {ticket.version}"
    yield f"  last event: {standing.last}"
    for name in FACTS:
        value = getattr(ticket, name)
        if value is not None:
            yield f"  {name}: {in_words(value)}"
    if ticket.order is not None:
        yield from _order(ticket.order)
    yield "clocks:"
    for clock, account in zip(ticket.clocks, standing.accounts, strict=True):
        of = f" of {clock.group}" if clock.group else ""
        due = f", due {at(clock.due)}" if clock.due else ""
        spent, length = _time(account.elapsed), _time(account.length)
        yield f"  {clock.target}{of}: {clock.state}, {spent} of {length} spent{due}"
        yield from (f"    {at(line.start)}  {line.note}" for line in account.lines)
    yield "waited for:" if standing.tasks else "waited for: nobody"
    for task in standing.tasks:
        until = f" until {at(task.due)}" if task.due else ""
        yield f"  {task.name}: {task.whom}{until}"
    following = standing.next_due
    if following is None:
        yield "next: nothing is due"
    else:
        yield f"next: {following.what}, at {at(following.at)}"


def _order(order: Order) -> Iterator[str]:
    stage = f", asking {order.stage}" if order.stage else ""
    yield f"ordered: {order.title} for {order.wanted_for}, {order.phase}{stage}"
    yield from (f"  {name}: {in_words(answer)}" for name, answer in order.answers.items())
    yield from (f"  {one.verdict} by {one.person} at {at(one.at)}" for one in order.decisions)
    yield from (f"  task {work.task} of {work.group}: {work.state}" for work in order.works)


def at(instant: datetime) -> str:
    """An instant as these commands write it."""
    return in_words(instant)


def _time(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"
