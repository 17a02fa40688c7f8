"""A refusal of the pure desk, as the engine carries it to the caller."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError

from desk.errors import DeskError


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a DeskError into a failure whose type is its class name and whose detail its facts."""
    try:
        yield
    except DeskError as error:
        name = type(error).__name__
        raise ApplicationError(
            str(error), error.details(), type=name, non_retryable=True
        ) from error
