"""Signed tokens: who somebody is and until when, provable without a database.

A token is a JSON Web Token (RFC 7519) signed with HMAC-SHA-256 under a key derived from the
desk's secret. Whether it was revoked is for the caller to ask, by its id.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import uuid4

import jwt

ALGORITHM = "HS256"
DECIDE = "decide"
"""The audience of links that decide: one is no token, and a token is no link."""
LEAST_DAYS, MOST_DAYS = 1, 3650
KNOWN = 1024
"""Tokens whose signature was proven lately, and is not proven again at each request."""


@dataclass(frozen=True)
class Claims:
    """What a token says: the person's id, its own id, and when it expires."""

    person: str
    id: str
    expires: datetime


class TokenRefused(Exception):
    """The token proves nothing; the message says why, and never repeats the token."""


class TokenExpired(TokenRefused):
    """The token was good once: a new one is needed."""


class TokenForged(TokenRefused):
    """Not a token of this desk, or not as the desk signed it."""


def _key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"tokens", hashlib.sha256)


def sign(secret: bytes, person_id: str, days: int, now: datetime) -> str:
    """A token for the person that is good for `days` days from `now`."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise ValueError(f"a token is good for {LEAST_DAYS} to {MOST_DAYS} days")
    claims = {
        "sub": person_id,
        "jti": uuid4().hex,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(days=days)).timestamp()),
    }
    return jwt.encode(claims, _key(secret), algorithm=ALGORITHM)


def verify(secret: bytes, token: str, now: datetime) -> Claims:
    """What the token says.

    Raises:
        TokenForged: when it is no token, or not one that this desk signed.
        TokenExpired: when `now` is not before its expiry.
    """
    claims = read(secret, token)
    if claims.expires <= now:
        raise TokenExpired("the token has expired: ask for a new one")
    return claims


@lru_cache(maxsize=KNOWN)
def read(secret: bytes, token: str) -> Claims:
    """What the token says, also when it has expired: enough to revoke it.

    Raises:
        TokenForged: when it is no token, or not one that this desk signed.
    """
    # The expiry is judged by the caller's instant, not by the library's clock.
    options: jwt.types.Options = {
        "require": ["sub", "jti", "exp"],
        "verify_exp": False,
        "verify_iat": False,
    }
    try:
        claims = jwt.decode(token, _key(secret), algorithms=[ALGORITHM], options=options)
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        return Claims(person=claims["sub"], id=claims["jti"], expires=expires)
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError) as error:
        raise TokenForged("the token was not made by this desk") from error


@dataclass(frozen=True)
class Question:
    """What a link lets one person decide: a stage of a ticket's order, on the answers `form`.

    `wish` is the digest of what is ordered: a ticket may come to have another order.
    """

    person: str
    ticket: str
    stage: str
    form: int
    wish: str
    expires: datetime


def sign_question(secret: bytes, question: Question) -> str:
    """What proves that the person was asked: the same for the same question, and for no other."""
    claims = {
        "aud": DECIDE,
        "sub": question.person,
        "ticket": question.ticket,
        "stage": question.stage,
        "form": question.form,
        "wish": question.wish,
        "exp": int(question.expires.timestamp()),
    }
    return jwt.encode(claims, _decide_key(secret), algorithm=ALGORITHM)


def read_question(secret: bytes, token: str) -> Question:
    """What the link asks, also when it has expired.

    Raises:
        TokenForged: when it is no such token, or not one that this desk signed.
    """
    options: jwt.types.Options = {
        "require": ["sub", "aud", "exp", "ticket", "stage", "form", "wish"],
        "verify_exp": False,
    }
    try:
        claims = jwt.decode(
            token, _decide_key(secret), algorithms=[ALGORITHM], audience=DECIDE, options=options
        )
        return Question(
            person=str(claims["sub"]),
            ticket=str(claims["ticket"]),
            stage=str(claims["stage"]),
            form=int(claims["form"]),
            wish=str(claims["wish"]),
            expires=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError) as error:
        raise TokenForged("the link was not made by this desk") from error


def _decide_key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"decide links", hashlib.sha256)
