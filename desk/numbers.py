"""Ticket numbers that survive a telephone: Crockford's base32 with a check symbol of the same 32.

The check symbol is a weighted sum over GF(2^5) with distinct powers of a generator as weights,
so that each single wrong symbol and each swap of two symbols is found.
Source of the alphabet: Douglas Crockford, Base 32 (2002).
"""

import hashlib
import hmac
import re

from desk.errors import InvalidFact

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIXES = ("INC", "REQ", "CMP", "PRB", "CHG")
SYMBOLS = 7
_MISREAD = str.maketrans("OIL", "011")
_SHAPE = re.compile(rf"({'|'.join(PREFIXES)})-?([0-9A-Z]{{{SYMBOLS + 1}}})")


def _double(element: int) -> int:
    """Times the generator x in GF(2)[x] / (x^5 + x^2 + 1)."""
    element <<= 1
    return element ^ 0b100101 if element & 0b100000 else element


def check_symbol(symbols: str) -> str:
    """The symbol that guards `symbols` (of the alphabet)."""
    total = 0
    for symbol in symbols:
        total = _double(total ^ ALPHABET.index(symbol))
    return ALPHABET[total]


def derive(prefix: str, key: bytes, opening: str, attempt: int) -> str:
    """The number of an opening: the same key, opening and attempt always give the same."""
    digest = hmac.digest(key, f"{prefix}\n{opening}\n{attempt}".encode(), hashlib.sha256)
    value = int.from_bytes(digest[:8], "big")
    symbols = "".join(ALPHABET[value >> 5 * place & 31] for place in range(SYMBOLS))
    return f"{prefix}-{symbols}{check_symbol(symbols)}"


def parse(text: str) -> str:
    """The number as it is stored, from what a person typed.

    Raises:
        InvalidFact: when it is no number, or its check symbol does not fit.
    """
    prefix, dash, rest = text.strip().upper().partition("-")
    if not dash:
        prefix, rest = prefix[:3], prefix[3:]
    shape = _SHAPE.fullmatch(f"{prefix}-{rest.replace(' ', '').translate(_MISREAD)}")
    if shape is None:
        raise InvalidFact("ticket", "not a ticket number: it looks like INC-7K3M9Q2M")
    symbols = shape[2]
    if set(symbols) - set(ALPHABET) or check_symbol(symbols[:-1]) != symbols[-1]:
        raise InvalidFact("ticket", "the check symbol does not fit: read the number once more")
    return f"{shape[1]}-{symbols}"
