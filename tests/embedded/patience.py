"""Waiting in tests: for a condition, until a deadline, and never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: Callable[[], T], seconds: float = 15) -> T:
    """The first true answer of `what`; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not so within {seconds} s: {what}"
        time.sleep(0.02)
