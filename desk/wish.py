"""What whoever decides has read, as a short digest that stands in the link of their mail."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import JsonValue


def wish_of(
    item: str, answers: Mapping[str, JsonValue], wanted_for: str, since: int | None = None
) -> str:
    """A short digest of what is wanted, for whom; with the version that an order began at."""
    text = json.dumps([item, answers, wanted_for], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return digest if since is None else f"{digest}-{since}"


def is_same_order(wish: str, other: str) -> bool:
    """Whether two wishes of a ticket are of one order, whatever its answers are."""
    return wish.partition("-")[2] == other.partition("-")[2]
