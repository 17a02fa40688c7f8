"""`python -m activities.check`: do the rules make sense, and can all of them be kept?"""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from activities.calls import Calls, check_calls
from desk.calendar import Calendar
from desk.catalogue import Item
from desk.errors import PolicyError
from desk.ladder import Ladder, Tell, Whom
from desk.target import Target
from desk.terms import Terms
from desk.ticket import Kind
from desk.working_time import worked
from settings import Settings

FROM = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
OF_VENDORS = "vendor"


def check_due_times(terms: Terms) -> None:
    """Refuse a target that its calendar does not reach within a year.

    Raises:
        PolicyError: naming the priority, the target and its calendar.
    """
    for priority, targets in terms.targets.items():
        for name, target in targets.items():
            _check_due(f"{priority}: {name}", target, terms.calendars[target.calendar])


def check_vendors_told(ladders: Mapping[str, Ladder]) -> None:
    """Refuse to tell a vendor of a target that is of no contract: there is none to be told.

    Raises:
        PolicyError: naming the ladder, and the one that may.
    """
    for ladder in ladders.values():
        for rung in ladder.rungs:
            firings = [rung.actions, *(repeat.actions for repeat in rung.then)]
            told = [a.whom for actions in firings for a in actions if isinstance(a, Tell)]
            if Whom.VENDOR in told and ladder.name != OF_VENDORS:
                raise PolicyError(
                    f"ladder {ladder.name!r}, rung {rung.key}: tells the vendor, but only ladder "
                    f"{OF_VENDORS!r} is climbed by a vendor's clock: tell somebody of the desk"
                )


def check_catalogue(
    catalogue: Mapping[str, Item], calendars: Mapping[str, Calendar], ladders: Mapping[str, Ladder]
) -> None:
    """Refuse an item that counts in a calendar, or climbs a ladder, that there is not.

    Raises:
        PolicyError: naming the item, the target and what there is; or as for `check_due_times`.
    """
    for item in catalogue.values():
        for name, target in item.targets().items():
            where = f"item {item.key}: {name}"
            _check_known(where, "calendar", target.calendar, calendars)
            if target.ladder is not None:
                _check_known(where, "ladder", target.ladder, ladders)
            _check_due(where, target, calendars[target.calendar])


def _check_known(where: str, what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise PolicyError(f"{where}: there is no {what} {name!r}, but {', '.join(sorted(known))}")


def _check_due(where: str, target: Target, calendar: Calendar) -> None:
    if not target.length:
        raise PolicyError(f"{where}: its time is over as it begins: give it a minute at least")
    if worked(calendar, FROM, FROM + YEAR) < target.length:
        raise PolicyError(
            f"{where} of {target.length} takes more than a year of calendar "
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
        # Both read the rules, which may make no sense.
        from activities.automation import AUTOMATIONS, check_automation
        from policies.in_force import CATALOGUE, IN_FORCE, every_ladder, terms_for

        calls = Calls(Settings(home=Path("var"))).registered()
        for terms in (IN_FORCE, terms_for(kind=Kind.COMPLAINT)):
            check_due_times(terms)
        check_calls(every_ladder(), calls)
        check_vendors_told(every_ladder())
        check_catalogue(CATALOGUE, IN_FORCE.calendars, every_ladder())
        check_automation(CATALOGUE, AUTOMATIONS)
    except (PolicyError, ValidationError) as error:
        print(f"policies/: {in_words(error)}", file=sys.stderr)
        return 1
    items = len(CATALOGUE)
    print(f"policies/: version {IN_FORCE.policy_version} with {items} items makes sense")
    return 0


if __name__ == "__main__":
    sys.exit(main())
