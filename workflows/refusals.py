"""A refusal of the pure desk, and an answer, as the engine carries them to the caller."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError

from desk.errors import DeskError

ANSWER = "Answer"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a DeskError into a failure whose type is its class name and whose detail its facts."""
    try:
        yield
    except DeskError as error:
        raise as_failure(error) from error


def answer(what: object) -> ApplicationError:
    """The failure that carries the answer to a question."""
    return ApplicationError("answered", what, type=ANSWER, non_retryable=True)


def as_failure(error: DeskError) -> ApplicationError:
    """The failure that carries the refusal."""
    name = type(error).__name__
    return ApplicationError(str(error), error.details(), type=name, non_retryable=True)
