"""The engine's own words are kept away from whoever reads ours: a replay says what it found."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig


@cache
def quiet_runtime() -> Runtime:
    """Where histories are replayed: the engine's core says nothing there."""
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="off")))


@contextmanager
def quiet() -> Iterator[None]:
    """No log lines among the lines of an answer, for as long as the block lasts."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)
