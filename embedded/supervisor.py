"""Keeps the programs of the desk running until somebody asks, then ends them in order."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from embedded.processes import Kept, Program, Say

ORDERLY, CUT_SHORT = 0, 1
# `make` passes on a signal that reached its whole group: the same one, seen twice.
_SAME_SIGNAL = 1.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """The programs that run now, in the order in which they were started."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self._kept: list[Kept] = []
        self._asked: float | None = None
        self.stopping = asyncio.Event()
        self.cut_short = False

    def start(self, program: Program) -> None:
        """Start a program and keep it running."""
        self._kept.append(Kept(program, self.say))

    async def end(self) -> None:
        """End everything, the last started first, each before the next is asked to."""
        for kept in reversed(self._kept):
            await kept.end()

    def ask(self) -> None:
        """Somebody wants the end: in order, or at once when they ask again."""
        now = time.monotonic()
        if self._asked is None:
            self._asked = now
            self.say("stopping; once more to kill")
            self.stopping.set()
        elif now - self._asked > _SAME_SIGNAL:
            self.cut_short = True
            for kept in self._kept:
                kept.kill()


async def supervise(start: Callable[[Supervisor], Awaitable[None]], say: Say) -> int:
    """Let `start` start programs, keep them until SIGINT, SIGTERM or SIGHUP, then end them.

    Returns the exit code: 0 when all ended in order. What `start` raises is raised, after what
    it had started was ended. The process is to end then: it takes no notice of signals any more.
    """
    supervisor = Supervisor(say)
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, supervisor.ask)
    starting = asyncio.ensure_future(start(supervisor))
    stopping = asyncio.ensure_future(supervisor.stopping.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stopping
    finally:
        starting.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await starting
        await supervisor.end()
        stopping.cancel()
        _stop_listening(loop)
    return CUT_SHORT if supervisor.cut_short else ORDERLY


def _stop_listening(loop: asyncio.AbstractEventLoop) -> None:
    """An impatient last Ctrl-C must not change the exit code of what has ended in order."""
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
