"""What changed on a ticket between two instants, a fact at a time."""

from collections.abc import Iterator

from audit.telling import in_words
from audit.travel import Standing
from desk.model import Frozen
from desk.order import Order


class Difference(Frozen):
    """One fact that was another at two instants; nothing is the empty text."""

    fact: str
    before: str
    after: str


def difference(before: Standing, after: Standing) -> tuple[Difference, ...]:
    """Which facts, clocks and tasks of a ticket changed between two instants."""
    found = []
    olds, news = dict(_flat(before)), dict(_flat(after))
    for fact in sorted(olds.keys() | news.keys()):
        old, new = olds.get(fact, ""), news.get(fact, "")
        if old != new:
            found.append(Difference(fact=fact, before=old, after=new))
    return tuple(found)


def _flat(standing: Standing) -> Iterator[tuple[str, str]]:
    for name, value in standing.ticket:
        if name not in ("clocks", "order"):
            yield name, in_words(value)
    if standing.ticket.order is not None:
        yield from _order(standing.ticket.order)
    for clock in standing.ticket.clocks:
        of = f" of {clock.group}" if clock.group else ""
        yield f"clock {clock.target}{of} state", clock.state
        yield f"clock {clock.target}{of} due", in_words(clock.due)
    for task in standing.tasks:
        until = f", until {in_words(task.due)}" if task.due else ""
        yield f"task {task.name}", f"{task.whom}{until}"
    if standing.next_due is not None:
        yield "next due", f"{standing.next_due.what}, at {in_words(standing.next_due.at)}"


def _order(order: Order) -> Iterator[tuple[str, str]]:
    for name, value in order:
        if name == "works":
            yield from ((f"order task {work.task}", work.state) for work in order.works)
        else:
            yield f"order {name}", in_words(value)
