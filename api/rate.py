"""How many requests a person may send: counted by the minute, in this process."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.errors import Problem
from desk.people import Actor, Role


class Rate:
    """Counts the requests of each person; who imports another desk's history is not counted."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._window = FixedWindowRateLimiter(MemoryStorage())

    def count(self, actor: Actor) -> None:
        """Count one request.

        Raises:
            Problem: 429 with the seconds until the next one is taken.
        """
        if actor.has(Role.IMPORT) or self._window.hit(self._item, actor.person):
            return
        reset = self._window.get_window_stats(self._item, actor.person).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        raise Problem(
            "too-many-requests",
            f"{self._item.amount} requests a minute are the most: wait {seconds} s",
            headers={"Retry-After": str(seconds)},
        )
