"""`python -m activities.check`: do the rules make sense, and can all of them be kept?"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from activities.calls import Calls, check_calls
from desk.errors import PolicyError
from desk.terms import Terms
from desk.working_time import worked
from settings import Settings

FROM = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def check_due_times(terms: Terms) -> None:
    """Refuse a target that its calendar does not reach within a year.

    Raises:
        PolicyError: naming the priority, the target and its calendar.
    """
    for priority, targets in terms.targets.items():
        for name, target in targets.items():
            calendar = terms.calendars[target.calendar]
            if worked(calendar, FROM, FROM + YEAR) < target.length:
                raise PolicyError(
                    f"{priority}: {name} of {target.length} takes more than a year of calendar "
                    f"{target.calendar!r}: make the target shorter or the calendar fuller"
                )


def in_words(error: Exception) -> str:
    """What is wrong with the rules, for whoever wrote them."""
    if isinstance(error, ValidationError):
        return "\n".join(
            ".".join([error.title, *map(str, found["loc"])])
            + f": {found['msg'].removeprefix('Value error, ')}"
            for found in error.errors()
        )
    return str(error)


def main() -> int:
    """Say which rules are in force, or what is wrong with them."""
    try:
        from policies.in_force import IN_FORCE

        check_due_times(IN_FORCE)
        check_calls(IN_FORCE, Calls(Settings(home=Path("var"))).registered())
    except (PolicyError, ValidationError) as error:
        print(f"policies/: {in_words(error)}", file=sys.stderr)
        return 1
    print(f"policies/: version {IN_FORCE.policy_version} makes sense")
    return 0


if __name__ == "__main__":
    sys.exit(main())
