"""The ports that the embedded run needs, asked for before anything is started."""

import errno
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from embedded.refusals import CannotStart

PATIENCE = timedelta(seconds=2)
_PAUSE = 0.1


@dataclass(frozen=True)
class Port:
    """A port, what it is for, and the setting that moves it."""

    host: str
    number: int
    purpose: str
    setting: str


def refuse_taken(ports: Iterable[Port], patience: timedelta = PATIENCE) -> None:
    """See that all of these ports are free, together.

    A port that is taken is asked for again until `patience` is over: what a killed desk leaves
    behind is gone in a moment.

    Raises:
        CannotStart: naming the port, its purpose and the setting that moves it.
    """
    deadline = time.monotonic() + patience.total_seconds()
    with ExitStack() as held:
        for port in ports:
            while (problem := _problem(port, held)) is not None:
                if problem != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise _refusal(port, problem)
                time.sleep(_PAUSE)


def _problem(port: Port, held: ExitStack) -> int | None:
    """The error number of an attempt to listen as the servers do, or None and it is held."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    attempt = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
    attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        attempt.bind((port.host, port.number))
        attempt.listen(1)
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno or errno.EIO
    return None


def _refusal(port: Port, problem: int) -> CannotStart:
    if problem == errno.EADDRINUSE:
        why = "is used by another program, or by another part of the desk"
    elif problem == errno.EACCES:
        why = "may not be used by this user"
    else:
        return CannotStart(
            f"{port.host} is not an address of this machine, so {port.purpose} cannot listen "
            "there. Set FIRSTLINE_HOST to an address of this machine, such as 127.0.0.1."
        )
    return CannotStart(
        f"port {port.number}, which {port.purpose} needs, {why}. "
        f"Free it, or set {port.setting} to a free port."
    )
