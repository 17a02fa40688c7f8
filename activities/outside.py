"""Everything that the worker can do outside: the one list of activities."""

from collections.abc import Callable

from activities.automation import Automation, check_automation
from activities.calls import Calls, check_calls
from activities.delivery import Delivery
from activities.hand_off import HandOff
from activities.promise import Promise
from activities.recording import Recording
from policies.in_force import CATALOGUE, every_ladder
from settings import Settings
from store.organisation import Directory
from store.reads import Engine


def activities(
    settings: Settings, engine: Engine, directory: Directory
) -> list[Callable[..., object]]:
    """The activities, each with what it needs.

    Raises:
        PolicyError: the rules in force call an activity that is not registered.
    """
    calls = Calls(settings).registered()
    check_calls(every_ladder(), calls)
    automation = Automation(settings, directory).registered()
    check_automation(CATALOGUE, automation)
    return [
        Recording(engine, directory, settings.address).record_ticket,
        Promise(directory).resolve_terms,
        HandOff(directory).hand_off_ticket,
        Delivery(settings, engine).deliver,
        *calls.values(),
        *automation.values(),
    ]
