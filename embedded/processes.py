"""One program kept running: it dies with its supervisor and is restarted with back-off."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from embedded import child

Say = Callable[[str], None]

FIRST_DELAY = timedelta(seconds=0.5)
LONGEST_DELAY = timedelta(seconds=30)
STEADY_AFTER = timedelta(seconds=60)
LARGEST_LOG = 10 * 2**20
_LAST_WORDS = 300


@dataclass(frozen=True)
class Program:
    """What to run and where, where its output goes, and how long it may take to end."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    grace: timedelta


@dataclass
class Backoff:
    """How long to wait before the next start: longer each time, until one lived long enough."""

    next: timedelta = field(default=FIRST_DELAY)

    def after(self, lived: timedelta) -> timedelta:
        """The delay before the next start, given how long the program lived."""
        delay = FIRST_DELAY if lived >= STEADY_AFTER else self.next
        self.next = min(delay * 2, LONGEST_DELAY)
        return delay


class Kept:
    """A program that is started again whenever it ends, until it is told to end."""

    def __init__(self, program: Program, say: Say) -> None:
        self.program = program
        self._say = say
        self._process: Process | None = None
        self._ending = asyncio.Event()
        self._keeping = asyncio.create_task(self._keep(), name=program.name)

    async def end(self) -> None:
        """Ask it to end, wait for as long as it may take, then kill it."""
        self._ending.set()
        self._send(signal.SIGTERM)
        grace = self.program.grace.total_seconds()
        _, late = await asyncio.wait({self._keeping}, timeout=grace)
        if late:
            self._say(f"{self.program.name} did not end within {grace:g} s and is killed")
            self._send(signal.SIGKILL)
        await self._keeping

    def kill(self) -> None:
        """End it now."""
        self._ending.set()
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _keep(self) -> None:
        backoff = Backoff()
        while not self._ending.is_set():
            began = time.monotonic()
            end = await self._run_once()
            if self._ending.is_set():
                return
            delay = backoff.after(timedelta(seconds=time.monotonic() - began)).total_seconds()
            self._say(f"{self.program.name} {end}; it is started again in {delay:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay)

    async def _run_once(self) -> str:
        """Run the program to its end; how it ended, in words."""
        try:
            self._process = process = await _start(self.program)
        except OSError as error:
            return f"could not be started ({error.strerror}: {error.filename})"
        if self._ending.is_set():
            self._send(signal.SIGTERM)
        return _in_words(await process.wait(), self.program.log)


async def _start(program: Program) -> Process:
    """Start the program; to be called in the main thread, whose end is what the kernel watches.

    It gets a process group of its own, so that a Ctrl-C at the terminal reaches the supervisor
    alone, which ends everything in order.
    """
    program.log.parent.mkdir(parents=True, exist_ok=True)
    _rotate(program.log)
    shim = (sys.executable, "-I", "-S", child.__file__, str(os.getpid()))
    with program.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *shim,
            *program.command,
            cwd=program.folder,
            env=dict(program.environment),
            stdin=DEVNULL,
            stdout=log,
            stderr=STDOUT,
            process_group=0,
        )


def _rotate(log: Path) -> None:
    with suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_name(f"{log.name}.1"))


def _in_words(code: int, log: Path) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name} (its log: {log})"
    if code == 0:
        return f"ended by itself (its log: {log})"
    return f"failed with exit code {code}: {last_words(log)} (its log: {log})"


def last_words(log: Path) -> str:
    """The last line of a log, shortened: most often the reason."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError as error:
        return f"its log cannot be read ({error.strerror})"
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:_LAST_WORDS] if said else "it said nothing"
