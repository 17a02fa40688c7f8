"""What befalls the desk: parts are killed, frozen or locked out of their file, at random."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.torture.desk import PARTS, TorturedDesk

FAULTS = (
    *("worker",) * 3,
    *("temporal",) * 3,
    *("api",) * 2,
    "supervisor",
    *("lock",) * 2,
    *("freeze",) * 2,
    "everything",
)
READY_WITHIN = 90.0


@dataclass
class Faults:
    """The faults of a campaign, in an order that its seed decides."""

    desk: TorturedDesk
    seed: int
    happened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed}/faults")

    async def go_on(self, enough: asyncio.Event, planned: Sequence[str] | None = None) -> None:
        """The planned faults, or one after the other for as long as anybody calls."""
        for fault in self._random() if planned is None else planned:
            await _sleep(enough, self._dice.uniform(1, 10))
            if enough.is_set():
                break
            await self.befall(fault)
            if self._dice.random() < 0.7:
                await self._recovered()
        await self._recovered()

    def _random(self) -> Iterator[str]:
        while True:
            yield self._dice.choice(FAULTS)

    async def befall(self, fault: str) -> None:
        """One fault, from its beginning to its end."""
        self.happened.append(fault)
        print(f"  fault {len(self.happened)}: {fault}", flush=True)
        if fault in PARTS:
            self.desk.kill_part(fault)
        elif fault == "supervisor":
            await asyncio.to_thread(self.desk.kill_supervisor)
        elif fault == "everything":
            for part in PARTS:
                self.desk.kill_part(part)
        elif fault == "lock":
            await asyncio.to_thread(self._lock, self._dice.uniform(1, 14))
        else:
            part, seconds = self._dice.choice(tuple(PARTS)), self._dice.uniform(0.5, 8)
            with self.desk.frozen(part):
                await asyncio.sleep(seconds)

    def _lock(self, seconds: float) -> None:
        with self.desk.locked():
            time.sleep(seconds)

    async def _recovered(self) -> None:
        async with asyncio.timeout(READY_WITHIN):
            while not await asyncio.to_thread(self.desk.is_ready):
                await asyncio.sleep(0.2)


async def _sleep(enough: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(enough.wait(), seconds)
    except TimeoutError:
        return
