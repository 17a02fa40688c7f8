"""A target: so much working time in a calendar, and what happens on the way."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from desk.model import Frozen, Name


class Target(Frozen):
    """So much working time in a calendar; `ladder` names what happens on the way."""

    length: Annotated[timedelta, Field(ge=timedelta())]
    calendar: Name
    ladder: Name | None = None
