"""Waiting for what will be so, with an end to patience.

What takes long is asked for less and less often: asking takes from the time of what is waited for.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LATE = 0.02
"""How late an answer may be seen, as a part of the time that it took."""


async def eventually(so: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Return as soon as it is so; fail when it is not within so many seconds."""
    begun = time.monotonic()
    while not await so():
        waited = time.monotonic() - begun
        assert waited < seconds, f"not so within {seconds} s"
        await asyncio.sleep(max(0.05, waited * LATE))


def until(what: Callable[[], T], seconds: float = 15) -> T:
    """The first true answer of `what`; fails the test when there is none in time."""
    begun = time.monotonic()
    while not (answer := what()):
        waited = time.monotonic() - begun
        assert waited < seconds, f"not so within {seconds} s: {what}"
        time.sleep(max(0.02, waited * LATE))
    return answer
