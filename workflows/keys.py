"""Idempotency keys: a ticket knows the last two hundred, through every continue-as-new."""

import hashlib

from desk.errors import KeyReused
from desk.steps import Taken
from workflows.shapes import KeyUse, State, UsedKey

KEYS_KEPT = 200
REFUSALS_KEPT = 50


def use_of(state: State, taken: Taken) -> KeyUse:
    """What the step's key was used for before."""
    sought = _key(taken) if taken.key is not None else None
    used = next((key for key in state.keys if key.key == sought), None)
    if used is None:
        return "new"
    return "same" if used.body_hash == taken.body_hash else "other"


def known(state: State, taken: Taken) -> bool:
    """Whether the step was taken before under its key.

    Raises:
        KeyReused: the key was used with another body.
    """
    use = use_of(state, taken)
    if use == "other":
        raise KeyReused
    return use == "same"


def remember(state: State, taken: Taken) -> None:
    """Keep the key of a step that was taken."""
    if taken.key is not None:
        used = UsedKey(key=_key(taken), body_hash=taken.body_hash)
        state.keys = [*state.keys, used][-KEYS_KEPT:]


def is_first_refusal(state: State, taken: Taken) -> bool:
    """Whether a machine's step was not refused before under its key, which is kept in mind.

    It may be taken yet, when it comes again and is possible.
    """
    if taken.key is None:
        return True
    key = _key(taken)
    if key in state.refused:
        return False
    state.refused = [*state.refused, key][-REFUSALS_KEPT:]
    return True


def _key(taken: Taken) -> str:
    return hashlib.sha256(f"{taken.actor.person}\n{taken.key}".encode()).hexdigest()[:24]
