"""What a vendor's answer by mail is addressed to: proof that it was asked, in an address.

Mail programs keep an address that they answer to, whatever else they change. Case does not count
in it, so the proof is of 100 bits in base32.
"""

import base64
import hashlib
import hmac
import re

from desk.errors import InvalidFact
from desk.numbers import parse

PROOF = 20
_TAG = rf"([a-z]{{3}}-[0-9a-z]{{8}})-([a-z2-7]{{{PROOF}}})"


def made(secret: bytes, vendor: str, generation: int, number: str) -> str:
    """What stands for vendor and ticket; a new generation makes the older ones worthless."""
    signed = f"vendor-mail\n{vendor}\n{generation}\n{number}".encode()
    proof = base64.b32encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return f"{number}-{proof[:PROOF]}".lower()


def tagged(pattern: str, tag: str) -> str:
    """The address, from a pattern like `desk+{}@example.org`."""
    return pattern.replace("{}", tag)


def tags_in(pattern: str, text: str) -> list[str]:
    """What looks like the tag of an address of the pattern, wherever it stands in the text.

    Whether it is one only the proof says.
    """
    before, _, after = pattern.lower().partition("{}")
    found = re.finditer(re.escape(before) + _TAG + re.escape(after), text.lower())
    return list(dict.fromkeys(f"{one[1]}-{one[2]}" for one in found))


def number_in(tag: str) -> str | None:
    """The ticket that the tag names, whether or not it proves anything."""
    try:
        return parse(tag[: -PROOF - 1])
    except InvalidFact:
        return None


def proves(secret: bytes, vendor: str, generation: int, tag: str) -> bool:
    """Whether the tag was made for this vendor."""
    number = number_in(tag)
    right = made(secret, vendor, generation, number) if number is not None else ""
    return hmac.compare_digest(right, tag)
