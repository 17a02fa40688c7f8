"""Waiting for what will be so, with an end to patience."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(so: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Return as soon as it is so; fail when it is not within so many seconds."""
    end = time.monotonic() + seconds
    while not await so():
        assert time.monotonic() < end, f"not so within {seconds} s"
        await asyncio.sleep(0.05)


def until(what: Callable[[], T], seconds: float = 15) -> T:
    """The first true answer of `what`; fails the test when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, f"not so within {seconds} s: {what}"
        time.sleep(0.02)
    return answer
