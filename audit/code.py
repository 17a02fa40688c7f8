"""Which code this is: what an archived history was made by, and what it is replayed with."""

from functools import cache
from importlib.metadata import version


@cache
def code_version() -> str:
    """The version of the installed desk."""
    return version("firstline")
