"""What every test runs under: profiles of hypothesis, order of the files, end of the session."""

import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.detection import is_hypothesis_test

settings.register_profile("house", deadline=None, print_blob=True)
settings.register_profile(
    "torture",
    deadline=None,
    print_blob=True,
    max_examples=5000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What holds for all tests, before the first of them runs."""
    long_files_first(items)
    for item in items:
        # What random examples touch is luck, and measuring takes as long as the examples.
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.no_cover)


def long_files_first(items: list[pytest.Item]) -> None:
    """Files whose tests may take longest come first, then those that need an engine.

    Several processes share the files; the last ones are short, and none of them waits long for
    another at the end.
    """
    allowed: dict[Path, float] = {}
    for item in items:
        limit = item.get_closest_marker("timeout")
        seconds = float(limit.args[0]) if limit is not None else 0
        allowed[item.path] = max(seconds, allowed.get(item.path, 0))
    items.sort(key=lambda item: (-allowed[item.path], item.get_closest_marker("temporal") is None))


def pytest_unconfigure() -> None:
    """Threads of the Temporal client may abort an interpreter that ends while they are at work."""
    if "temporalio" in sys.modules:
        time.sleep(0.3)
