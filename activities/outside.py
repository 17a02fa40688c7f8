"""Everything that the worker can do outside: the one list of activities."""

from collections.abc import Callable
from functools import partial

from activities.automation import Automation, check_automation
from activities.calls import Calls, check_calls
from activities.contracts import Contracts
from activities.delivery import Delivery
from activities.expiry import Expiry
from activities.hand_off import HandOff
from activities.promise import Promise
from activities.recording import Recording
from activities.reply_to import reply_to
from activities.vendor_calls import VendorCalls
from policies.in_force import CATALOGUE, every_ladder
from settings import Settings, desk_secret
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
    expiry = Expiry(settings, directory)
    answers = partial(reply_to, settings=settings, directory=directory)
    vendor_calls = VendorCalls(directory, lambda: desk_secret(settings))
    return [
        Recording(engine, directory, settings.address).record_ticket,
        Promise(directory).resolve_terms,
        HandOff(directory).hand_off_ticket,
        Delivery(settings, engine, vendor_calls, answers).deliver,
        Contracts(directory).resolve_contract,
        expiry.ending_contracts,
        expiry.tell_contract_ends,
        *calls.values(),
        *automation.values(),
    ]
