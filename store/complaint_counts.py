"""How many complaints there were, month by month, and what became of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from desk.access import Sight
from desk.model import Frozen
from desk.ticket import Kind, Status
from desk.view import View
from store.sights import visible_to
from store.tables import snapshots, tickets

ANSWERED = (Status.RESOLVED, Status.CLOSED)
PAGE = 500


class Month(Frozen):
    """The complaints that were opened in a month (`2026-11`, in UTC), as they stand now.

    Of those that are answered: how many within their target, and with which result.
    """

    month: str
    opened: int
    answered: int
    within_target: int
    withdrawn: int
    by_code: Mapping[str, int]
    about: Mapping[str, int]


def complaint_counts(
    connection: Connection, sight: Sight, since: datetime, until: datetime
) -> list[Month]:
    """Each month in which a complaint was opened, from `since` on and before `until`.

    Whoever may ask is told of all, but for those that are kept from them.
    """
    counting = replace(sight, all=True, confidential=True)
    months: dict[str, list[View]] = {}
    for view in _complaints(connection, counting, since, until):
        months.setdefault(f"{view.opened_at:%Y-%m}", []).append(view)
    return [_month(month, views) for month, views in sorted(months.items())]


def _complaints(
    connection: Connection, sight: Sight, since: datetime, until: datetime
) -> Iterator[View]:
    query = (
        select(snapshots.c.body)
        .join_from(tickets, snapshots)
        .where(
            tickets.c.kind == Kind.COMPLAINT.value,
            tickets.c.opened_at >= since,
            tickets.c.opened_at < until,
            visible_to(sight),
        )
        .execution_options(yield_per=PAGE)
    )
    for body in connection.execute(query).scalars():
        yield View.model_validate_json(body)


def _month(month: str, views: list[View]) -> Month:
    answered = [view for view in views if view.status in ANSWERED]
    return Month(
        month=month,
        opened=len(views),
        answered=len(answered),
        within_target=sum(map(_in_time, answered)),
        withdrawn=sum(view.status is Status.CANCELLED for view in views),
        by_code=Counter(view.resolution.code for view in answered if view.resolution),
        about=Counter(_subject(view) for view in views),
    )


def _in_time(view: View) -> bool:
    return all(clock.state == "met" for clock in view.clocks if clock.target == "resolution")


def _subject(view: View) -> str:
    about = view.about
    if about is not None and about.ticket is not None:
        return "ticket"
    return "person" if about is not None and about.person is not None else "service"
