"""How the commands of `firstline audit` and `firstline process` end: in words, and with a code.

0 all is as it should be; 1 something was found, or the desk refused; 2 the command was wrong, or
what it is about could not be looked at.
"""

import sys

from temporalio.service import RPCError

from audit.keys import KeyRefused
from audit.reaching import NotReached
from audit.targets import TargetAway
from desk.errors import DeskError, InvalidFact
from desk.numbers import parse
from settings import SettingsError
from store.accesses import NotNoted
from store.reads import AWAY

DONE, FOUND, WRONG = 0, 1, 2


class Refused(Exception):
    """What was asked for cannot be done; the message is for whoever asked."""


NOT_LOOKED_AT = (
    InvalidFact, KeyRefused, NotReached, Refused, RPCError, SettingsError, TargetAway, *AWAY,
)  # fmt: skip
REFUSALS = (*NOT_LOOKED_AT, DeskError, NotNoted)


def refuse(error: Exception) -> int:
    """Say why nothing was done; the code to end with."""
    words = str(error)
    if isinstance(error, RPCError):
        words = f"the engine did not answer: {error.message or error.status.name}"
    print(f"firstline: {words}", file=sys.stderr)
    return WRONG if isinstance(error, NOT_LOOKED_AT) else FOUND


def number_in(text: str) -> str:
    """The ticket's number that somebody typed.

    Raises:
        InvalidFact: it is none.
    """
    try:
        return parse(text)
    except InvalidFact as error:
        raise InvalidFact("NUMBER", f"{text}: {error}") from None


def counted(count: int, thing: str) -> str:
    """So many things, in words: `1 ticket`, `1,200 tickets`."""
    several = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{count:,} {thing if count == 1 else several}"
