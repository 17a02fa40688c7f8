"""Ports that nobody uses now, for servers that tests start."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """So many ports that are free together; another program may still be quicker to take one."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def free_port() -> int:
    """One port that is free."""
    return free_ports(1)[0]


def free_temporal_port() -> int:
    """A port that is free together with the one 1000 above it, where the web UI listens."""
    while True:
        number = free_port()
        if number + 1000 > 65535:
            continue
        with socket.socket() as above:
            try:
                above.bind(("127.0.0.1", number + 1000))
            except OSError:
                continue
            return number
