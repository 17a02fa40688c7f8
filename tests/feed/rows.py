"""Rows, cases and files of logs for tests, and the two logs that tests read."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feed.log import COLUMNS, Case, Row

EXAMPLES = Path(__file__).parents[2] / "examples" / "incidents.csv"
NINE = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
HEADER = ",".join(COLUMNS)
LINE = "C-1,2025-03-03T10:00:00+01:00,Accepted,In Progress,Front Desk,1,F,O,Low,P,Norway,e1"


def make_row(status: str = "Accepted / In Progress", minutes: float = 0, **changes: Any) -> Row:
    """A row of the front desk, so many minutes after nine."""
    first, _, second = status.partition(" / ")
    fields: dict[str, Any] = {
        "number": 2,
        "case": "C-1",
        "at": NINE + timedelta(minutes=minutes),
        "status": first,
        "sub_status": second,
        "team": "Front Desk",
        "line": "1",
        "function": "NO_1",
        "organisation": "Org North",
        "impact": "Medium",
        "product": "Label printing",
        "country": "Norway",
        "person": "e001",
    }
    return Row(**{**fields, **changes})


def make_case(*rows: Row) -> Case:
    """The rows as one case."""
    return Case(rows[0].case, rows)


def volvo() -> Path:
    """The real log; the test is skipped where it is not."""
    named = os.environ.get("FIRSTLINE_VOLVO", "")
    if not named or not Path(named).is_file():
        pytest.skip("FIRSTLINE_VOLVO names no file: the real incident log is not here")
    return Path(named)
