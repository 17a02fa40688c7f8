"""Reports: counts of what the desk had to do, for those who answer for it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import Field, field_validator, model_validator

from api.dependencies import Caller, StateOfDesk
from api.query import Asking
from api.view import as_json
from desk.access import sight
from desk.errors import NotPermitted
from desk.model import Frozen, Instant
from desk.people import Role
from desk.steps import wrong_fields
from desk.zone import FIRST_YEAR, LAST_YEAR
from store.complaint_counts import Month, complaint_counts
from store.engine import reading

router = APIRouter(prefix="/reports", tags=["reports"])
REPORTED_TO = frozenset({Role.MANAGER, Role.PROCESS_OWNER, Role.AUDITOR})
LONGEST = timedelta(days=3 * 366)
USUAL = timedelta(days=365)


class AskedPeriod(Asking):
    """From when on, and until when (not included); without them the last 365 days."""

    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None

    @field_validator("since", "until")
    @classmethod
    def _countable(cls, end: datetime | None) -> datetime | None:
        if end is not None and not FIRST_YEAR < end.year < LAST_YEAR - LONGEST.days // 365:
            raise ValueError("lies outside of the years that can be counted with")
        return end

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        since, until = self.period()
        if not since < until <= since + LONGEST:
            why = f"`from` has to be earlier than `to`, by {LONGEST.days} days at most"
            raise wrong_fields(why, "from", "to")
        return self

    def period(self) -> tuple[datetime, datetime]:
        """Both ends."""
        until = self.until or datetime.now(UTC)
        return self.since or until - USUAL, until


class ComplaintReport(Frozen):
    """Complaints by the month in which they were opened; those about the caller are not counted."""

    items: tuple[Month, ...]


@router.get("/complaints", response_model=ComplaintReport)
def count_complaints(
    state: StateOfDesk, actor: Caller, asked: Annotated[AskedPeriod, Query()]
) -> Response:
    """How many complaints there were, what about, and how they were answered."""
    if not actor.has(*REPORTED_TO):
        raise NotPermitted("only a manager, a process owner or an auditor reads reports")
    with reading(state.engine) as connection:
        months = complaint_counts(connection, sight(actor), *asked.period())
    return as_json(ComplaintReport(items=tuple(months)))
