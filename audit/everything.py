"""Every activity of a worker: those of the tickets, of the evidence and of the mailbox."""

from collections.abc import Callable

from temporalio.client import Client

from activities.mailbox import reading_mail
from activities.outside import activities
from audit.archiving import archiving
from audit.replaying import replaying
from settings import Settings
from store.organisation import Directory
from store.reads import Engine


def every_activity(
    client: Client, settings: Settings, engine: Engine, directory: Directory
) -> list[Callable[..., object]]:
    """The activities, each with what it needs.

    Raises:
        PolicyError: the rules in force call an activity that is not registered.
    """
    return [
        *activities(settings, engine, directory),
        *archiving(client, settings, engine),
        *replaying(client, settings, engine),
        *reading_mail(client, settings, directory),
    ]
