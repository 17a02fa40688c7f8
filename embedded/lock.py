"""The data folder and its lock: one supervisor a folder, for as long as that process lives."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.refusals import AlreadyRunning, CannotStart

NAME = "lock"
LEAST_FREE = 50 * 2**20


@contextmanager
def hold(home: Path, least_free: int = LEAST_FREE) -> Iterator[None]:
    """Make the data folder if it is not there, and keep everybody else out of it.

    The kernel lets go of the lock when the process ends, also by kill -9: there is no stale lock.

    Raises:
        AlreadyRunning: when another process holds it.
        CannotStart: when the folder cannot be made or written to, or its disk is full.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(home, error) from error
    try:
        _take(descriptor, home)
        _prove_writable(descriptor, home, least_free)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, home: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise AlreadyRunning(
            f"a desk is already running on the data folder {home} (process {holder}). "
            "Stop it first, or set FIRSTLINE_HOME to another folder."
        ) from None
    except OSError as error:
        raise _unusable(home, error) from error


def _prove_writable(descriptor: int, home: Path, least_free: int) -> None:
    free = shutil.disk_usage(home).free
    if free < least_free:
        raise CannotStart(
            f"the disk of the data folder {home} is full: {free // 2**20} MB are free and "
            f"{least_free // 2**20} MB are needed. Make room, or set FIRSTLINE_HOME to a folder "
            "on another disk."
        )
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        os.fsync(descriptor)
    except OSError as error:
        raise _unusable(home, error) from error


def _unusable(home: Path, error: OSError) -> CannotStart:
    return CannotStart(
        f"the data folder {home} cannot be written to ({error.strerror}). Make it writable, or "
        "set FIRSTLINE_HOME to another folder."
    )
