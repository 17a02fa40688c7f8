"""A supervisor with three fake programs that write down when they start and end.

Run as `fake_desk.py FOLDER [TEMPER]`: stubborn programs take no notice of SIGTERM, and with
hopeless ones a fourth cannot be started.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from embedded.processes import Program
from embedded.refusals import CannotStart
from embedded.supervisor import Supervisor, supervise

FAKE = """
import os, signal, sys
def note(what):
    with open("journal", "a") as journal:
        journal.write(f"{sys.argv[1]} {what} {os.getpid()}\\n")
def end(*_):
    if sys.argv[2] != "stubborn":
        note("ended")
        sys.exit(0)
    note("asked")
signal.signal(signal.SIGTERM, end)
note("started")
while True:
    signal.pause()
"""


def fake(folder: Path, name: str, temper: str) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", FAKE, name, temper),
        environment=os.environ,
        folder=folder,
        log=folder / f"{name}.log",
        grace=timedelta(seconds=60),
    )


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def main(folder: Path, temper: str) -> int:
    async def start(supervisor: Supervisor) -> None:
        for name in ("temporal", "worker", "api"):
            supervisor.start(fake(folder, name, temper))
        if temper == "hopeless":
            journal = folder / "journal"
            while not journal.exists() or journal.read_text().count("started") < 3:
                await asyncio.sleep(0.02)
            raise CannotStart("the fourth is missing")

    return await supervise(start, say)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), (sys.argv[2:] or ["willing"])[0])))
