"""Becomes a program that ends when its supervisor does, however that dies (Linux; see prctl(2)).

Run by its path as `child.py SUPERVISOR_PID PROGRAM ARGUMENT...`. The kernel is asked for the
signal after the fork, in the process that becomes the program, because nothing but the request
itself is safe between fork and exec of a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(supervisor: int) -> None:
    """Have the kernel kill this process when its parent dies; end now if that happened already."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != supervisor:
        sys.exit(0)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
