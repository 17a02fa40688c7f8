"""Signed webhooks, after Standard Webhooks: who sent a body, and that it is not an old one.

Signed is "id.timestamp.body", by HMAC-SHA-256 under a key that both sides know.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MOST_APART = timedelta(minutes=5)
VERSION = "v1"
LONGEST_ID = 200
MOST_SIGNATURES = 10


class Forged(ValueError):
    """It is not proven who sent it, or when; the message says what to do."""


def secret_of(desk: bytes, vendor: str, generation: int) -> bytes:
    """The key of a vendor, derived from the desk's: nobody needs to keep it."""
    return hmac.digest(desk, f"vendor\n{vendor}\n{generation}".encode(), hashlib.sha256)


def shown(secret: bytes) -> str:
    """The key as it is handed over to the vendor."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def signed(secret: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that prove a body."""
    seconds = str(int(at.timestamp()))
    proof = base64.b64encode(_digest(secret, id, seconds, body)).decode()
    return {ID: id, TIMESTAMP: seconds, SIGNATURE: f"{VERSION},{proof}"}


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a body that was sent with these headers.

    Raises:
        Forged: a header is missing or wrong, it was sent too long ago, or under another key.
    """
    id, seconds, signatures = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (0 < len(id) <= LONGEST_ID and id.isascii() and id.isprintable() and seconds):
        raise Forged(f"send the headers {ID}, {TIMESTAMP} and {SIGNATURE}")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 12):
        raise Forged(f"{TIMESTAMP} has to be seconds since 1970")
    right = _digest(secret, id, seconds, body)
    if not any(_is(right, one) for one in signatures.split(" ")[:MOST_SIGNATURES]):
        raise Forged("the signature does not fit: sign with the secret that the desk gave you")
    if abs(now.timestamp() - int(seconds)) > MOST_APART.total_seconds():
        minutes = MOST_APART // timedelta(minutes=1)
        raise Forged(f"{TIMESTAMP} is more than {minutes} minutes away: sign it anew, and now")
    return id


def _digest(secret: bytes, id: str, seconds: str, body: bytes) -> bytes:
    return hmac.digest(secret, f"{id}.{seconds}.".encode() + body, hashlib.sha256)


def _is(right: bytes, signature: str) -> bool:
    version, _, proof = signature.partition(",")
    try:
        given = base64.b64decode(proof, validate=True)
    except (binascii.Error, ValueError):
        return False
    return version == VERSION and hmac.compare_digest(right, given)
