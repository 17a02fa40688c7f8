"""Idempotency keys: a ticket knows the last two hundred, through every continue-as-new."""

import hashlib

from desk.errors import KeyReused
from desk.steps import Taken
from workflows.shapes import State, UsedKey

KEYS_KEPT = 200


def known(state: State, taken: Taken) -> bool:
    """Whether the step was taken before under its key.

    Raises:
        KeyReused: the key was used with another body.
    """
    if taken.key is None:
        return False
    sought = _key(taken)
    used = next((key for key in state.keys if key.key == sought), None)
    if used is not None and used.body_hash != taken.body_hash:
        raise KeyReused("this Idempotency-Key was used with another body: take a new one")
    return used is not None


def remember(state: State, taken: Taken) -> None:
    """Keep the key of a step that was taken."""
    if taken.key is not None:
        used = UsedKey(key=_key(taken), body_hash=taken.body_hash)
        state.keys = [*state.keys, used][-KEYS_KEPT:]


def _key(taken: Taken) -> str:
    return hashlib.sha256(f"{taken.actor.person}\n{taken.key}".encode()).hexdigest()[:24]
