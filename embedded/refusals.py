"""Why the embedded run cannot start, said so that a person can put it right."""


class CannotStart(Exception):
    """Nothing was started; the message says what to do."""


class AlreadyRunning(CannotStart):
    """Another desk runs on the same data folder."""
