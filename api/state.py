"""What the api holds while it runs: made and closed by the lifespan, given to routes by type."""

import hashlib
import hmac
from dataclasses import dataclass

from api.process import Process
from api.rate import Rate
from api.reader import Reader
from api.rules import Rules
from audit.evidence import Sources
from store.organisation import Directory, Organisation
from store.reads import Engine


@dataclass(frozen=True)
class State:
    """The resources of one api process."""

    engine: Engine
    reader: Reader
    directory: Directory
    process: Process
    rate: Rate
    rules: Rules
    secret: bytes
    sources: Sources

    @property
    def organisation(self) -> Organisation:
        """People, groups and services as last known."""
        return self.directory.current

    @property
    def number_key(self) -> bytes:
        """The key that ticket numbers are derived with."""
        return hmac.digest(self.secret, b"numbers", hashlib.sha256)
