"""What every test runs under: the profiles of hypothesis, and an orderly end of the session."""

import sys
import time

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, print_blob=True)
settings.register_profile(
    "torture",
    deadline=None,
    print_blob=True,
    max_examples=5000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_unconfigure() -> None:
    """Threads of the Temporal client may abort an interpreter that ends while they are at work."""
    if "temporalio" in sys.modules:
        time.sleep(0.3)
