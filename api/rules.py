"""The rules in force as the api knows them: read again every two seconds, kept while it cannot."""

import time

from api.reader import Away, Reader
from store.engine import reading
from store.policy import Policy, get_policy, policy_version
from store.reads import Engine

FRESH_FOR = 2.0


class Rules:
    """The policy in force, as last known."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: Policy | None = None
        self._fresh_until = 0.0

    async def current(self) -> Policy | None:
        """The policy in force; None when no worker has told of one yet."""
        if time.monotonic() >= self._fresh_until:
            self._fresh_until = time.monotonic() + FRESH_FOR
            try:
                self._known = await self._reader.read(self._newer)
            except Away:
                return self._known
        return self._known

    def _newer(self, engine: Engine) -> Policy | None:
        with reading(engine) as connection:
            version = policy_version(connection)
            if self._known is not None and self._known.terms.policy_version == version:
                return self._known
            return get_policy(connection)
