"""How each process of the desk ends: with the exit code it means, whatever the client does.

A Python process that used a Temporal client may abort while the interpreter is taken down
(temporalio/sdk-python#300), and then says 134 where it meant 0.
"""

import atexit
import contextlib
import os
import sys
from typing import NoReturn


def finish(code: int) -> NoReturn:
    """End this process now with `code`, after exit handlers and with everything printed.

    The interpreter is not taken down, so threads of the client cannot run into its end. Code
    after this call, `finally` blocks of callers included, does not run.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # Whoever read the stream may be gone: nobody is left to be told.
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
