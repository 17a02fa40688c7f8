"""Waiting for what will be so, with an end to patience."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(so: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Return as soon as it is so; fail when it is not within so many seconds."""
    end = time.monotonic() + seconds
    while not await so():
        assert time.monotonic() < end, f"not so within {seconds} s"
        await asyncio.sleep(0.05)
