"""What a person reads when the desk is ready: where it is, and whom they can be in it."""

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from desk.people import Role
from embedded.address import local_url
from embedded.temporal_server import HOST
from settings import Settings
from store.organisation import Person

# Reserved for examples (RFC 2606), so nobody's real organisation is taken for it.
DEMONSTRATION = "@example.org"
_TEXT = """
Firstline is ready.

  The desk          {url}
  Temporal's pages  {ui}
  Data and logs     {home}
{people}
Ctrl-C stops it; started again it goes on where it stopped.
"""
_PEOPLE = """
The demonstration organisation; each command prints a token:

{tokens}

Report an incident as one of them, then see it as an agent does:

  TOKEN=$({command} token {reporter})
  curl -s {url}/incidents -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"summary": "The printer is on fire"}}'
  {command} tickets --as {worker}
"""


def welcome(settings: Settings, own_temporal: bool, people: Iterable[Person]) -> str:
    """The text, with the people of the demonstration organisation when it is the one loaded."""
    ui = f"http://{HOST}:{settings.temporal_ui_port}"
    return _TEXT.format(
        url=local_url(settings),
        ui=ui if own_temporal else "where your Temporal shows them",
        home=settings.home,
        people=_people(local_url(settings), people),
    )


def _people(url: str, people: Iterable[Person]) -> str:
    shown = sorted(
        (one for one in people if one.active and one.email.endswith(DEMONSTRATION)),
        key=lambda one: ([[*Role].index(role) for role in one.roles], one.email),
    )
    reporter = next((one.email for one in shown if "requester" in one.roles), None)
    worker = next((one.email for one in shown if "agent" in one.roles), None)
    if reporter is None or worker is None:
        return ""
    command = command_name()
    width = max(len(one.email) for one in shown)
    tokens = "\n".join(
        f"  {command} token {one.email:{width}}  # {', '.join(one.roles)}" for one in shown
    )
    return _PEOPLE.format(url=url, command=command, tokens=tokens, reporter=reporter, worker=worker)


def command_name() -> str:
    """How this command is called from here, so that what is printed can be pasted."""
    called = Path(sys.argv[0])
    if called.name != "firstline":
        return f"{shlex.quote(os.path.relpath(sys.executable))} -m firstline"
    return shlex.quote(os.path.relpath(called))
