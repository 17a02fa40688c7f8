"""Reading a mail in a process of its own, which has no secrets and is ended when it takes long."""

import asyncio
import json
import os
import sys

from activities.letter import Letter, Unreadable
from activities.wording import languages

SECONDS = 20.0
HANDED_ON = ("PYTHONPATH", "PATH", "LANG", "LC_ALL")


async def read_apart(raw: bytes) -> Letter:
    """The answer that a mail holds.

    Raises:
        Unreadable: there is none in it, or nobody can read it in time.
    """
    marks = [one.words.answer_above for one in languages().values()]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "utf8", "-m", "activities.letter", *marks),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in HANDED_ON if name in os.environ},
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate(raw)
    except TimeoutError:
        raise Unreadable("it takes too long to read") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _letter(said)


def _letter(said: bytes) -> Letter:
    try:
        told = json.loads(said)
    except ValueError:
        raise Unreadable("it cannot be read") from None
    if "unreadable" in told:
        raise Unreadable(told["unreadable"])
    return Letter(**told)
