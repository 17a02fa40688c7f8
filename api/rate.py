"""How many requests a person may send: counted by the minute, in this process."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from api.errors import Problem
from desk.people import Actor, Role


class Rate:
    """Counts the requests of each person; who imports another desk's history is not counted."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._window = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, actor: Actor) -> None:
        """Count one request.

        Raises:
            Problem: 429 with the seconds until the next one is taken.
        """
        if actor.has(Role.IMPORT) or await self._window.hit(self._item, actor.person):
            return
        stats = await self._window.get_window_stats(self._item, actor.person)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        raise Problem(
            "too-many-requests",
            f"{self._item.amount} requests a minute are the most: wait {seconds} s",
            headers={"Retry-After": str(seconds)},
        )
