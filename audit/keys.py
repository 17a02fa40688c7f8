"""The desk's signing key: Ed25519, given by a setting or made once by the embedded desk."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.chain import Checkpoint, to_sign
from settings import KEY_BYTES, Settings, signing_seed


class KeyRefused(Exception):
    """The text is no public key; the message says what would be one."""


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that this desk signs with.

    Raises:
        SettingsError: see `settings.signing_seed`.
    """
    return Ed25519PrivateKey.from_private_bytes(signing_seed(settings))


def public_text(key: Ed25519PublicKey) -> str:
    """The public key as base64: what an auditor is given."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """The public key that the text is.

    Raises:
        KeyRefused: it is none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise KeyRefused(
            f"no public key: give the {KEY_BYTES} bytes as base64 that `firstline audit key` prints"
        ) from None


def key_id(key: Ed25519PublicKey) -> str:
    """What the key is called: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(key: Ed25519PrivateKey, seq: int, head: str, at: datetime) -> Checkpoint:
    """A checkpoint: this was the hash of record `seq` at that instant."""
    bare = Checkpoint(seq=seq, hash=head, at=at, key_id=key_id(key.public_key()), signature="")
    signature = base64.b64encode(key.sign(to_sign(bare))).decode()
    return bare.model_copy(update={"signature": signature})


def doubt(checkpoint: Checkpoint, keys: Mapping[str, Ed25519PublicKey]) -> str | None:
    """Why the checkpoint proves nothing under these keys (by id), in words; None when it does."""
    key = keys.get(checkpoint.key_id)
    if key is None:
        return (
            f"the checkpoint of record {checkpoint.seq} was signed by {checkpoint.key_id}, a key"
            " that is not known here: give its public key with --key"
        )
    try:
        key.verify(base64.b64decode(checkpoint.signature, validate=True), to_sign(checkpoint))
    except (InvalidSignature, binascii.Error):
        return f"the checkpoint of record {checkpoint.seq} was altered: its signature is not right"
    return None
