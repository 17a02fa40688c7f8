"""Tokens prove who somebody is until they expire, and nobody else can make one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest

import tokens

SECRET = b"s" * 32
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_token_names_its_person_and_its_expiry() -> None:
    claims = tokens.verify(SECRET, tokens.sign(SECRET, "p-1", 30, NOW), NOW)
    assert claims.person == "p-1"
    assert claims.expires == NOW + timedelta(days=30)


def test_two_tokens_of_one_person_can_be_told_apart() -> None:
    ids = {tokens.verify(SECRET, tokens.sign(SECRET, "p-1", 1, NOW), NOW).id for _ in range(2)}
    assert len(ids) == 2


def test_a_token_is_good_until_the_second_in_which_it_expires() -> None:
    token = tokens.sign(SECRET, "p-1", 1, NOW)
    last = NOW + timedelta(hours=23, minutes=59, seconds=59)
    assert tokens.verify(SECRET, token, last).person == "p-1"
    with pytest.raises(tokens.TokenExpired):
        tokens.verify(SECRET, token, NOW + timedelta(days=1))


def test_an_expired_token_can_still_be_read_to_revoke_it() -> None:
    token = tokens.sign(SECRET, "p-1", 1, NOW - timedelta(days=400))
    assert tokens.read(SECRET, token).person == "p-1"


def test_a_token_of_another_desk_is_forged() -> None:
    token = tokens.sign(b"t" * 32, "p-1", 1, NOW)
    with pytest.raises(tokens.TokenForged):
        tokens.verify(SECRET, token, NOW)


def test_a_token_signed_with_the_bare_secret_is_forged() -> None:
    claims = {"sub": "p-1", "jti": "1", "exp": int(NOW.timestamp()) + 60}
    with pytest.raises(tokens.TokenForged):
        tokens.verify(SECRET, jwt.encode(claims, SECRET, algorithm="HS256"), NOW)


def test_a_token_without_signature_is_forged() -> None:
    claims = {"sub": "p-1", "jti": "1", "exp": int(NOW.timestamp()) + 60}
    with pytest.raises(tokens.TokenForged):
        tokens.verify(SECRET, jwt.encode(claims, "", algorithm="none"), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {"jti": "1", "exp": 4102444800},
        {"sub": "p-1", "exp": 4102444800},
        {"sub": "p-1", "jti": "1"},
        {"sub": 7, "jti": "1", "exp": 4102444800},
        {"sub": "p-1", "jti": 1, "exp": 4102444800},
        {"sub": "p-1", "jti": "1", "exp": "soon"},
        {"sub": "p-1", "jti": "1", "exp": None},
        {"sub": "p-1", "jti": "1", "exp": 10**30},
    ],
)
def test_a_token_that_says_too_little_or_nonsense_is_forged(claims: dict[str, object]) -> None:
    token = jwt.encode(claims, tokens._key(SECRET), algorithm="HS256")
    with pytest.raises(tokens.TokenForged):
        tokens.verify(SECRET, token, NOW)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä", "\x00", "." * 5000])
def test_what_is_no_token_is_forged(token: str) -> None:
    with pytest.raises(tokens.TokenForged):
        tokens.verify(SECRET, token, NOW)


def test_a_changed_token_is_forged() -> None:
    head, body, mark = tokens.sign(SECRET, "p-1", 1, NOW).split(".")
    other = tokens.sign(SECRET, "p-2", 1, NOW).split(".")[1]
    assert other != body
    with pytest.raises(tokens.TokenForged):
        tokens.verify(SECRET, ".".join((head, other, mark)), NOW)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_for_no_time_or_for_ever_is_not_made(days: int) -> None:
    with pytest.raises(ValueError, match="1 to 3650 days"):
        tokens.sign(SECRET, "p-1", days, NOW)


QUESTION = tokens.Question("p-1", "REQ-7K3M9Q2M", "budget", 2, "w", NOW + timedelta(days=7))


def test_a_link_says_who_was_asked_what_and_is_the_same_each_time() -> None:
    made = tokens.sign_question(SECRET, QUESTION)
    assert made == tokens.sign_question(SECRET, QUESTION)
    assert tokens.read_question(SECRET, made) == QUESTION


def test_an_expired_link_can_still_be_read() -> None:
    late = replace(QUESTION, expires=NOW - timedelta(days=400))
    assert tokens.read_question(SECRET, tokens.sign_question(SECRET, late)) == late


def test_a_link_is_no_token_and_a_token_no_link() -> None:
    with pytest.raises(tokens.TokenForged):
        tokens.read(SECRET, tokens.sign_question(SECRET, QUESTION))
    with pytest.raises(tokens.TokenForged):
        tokens.read_question(SECRET, tokens.sign(SECRET, "p-1", 1, NOW))


@pytest.mark.parametrize("change", [{"aud": "other"}, {"form": "x"}, {"exp": None}, {"form": None}])
def test_a_link_that_lacks_something_is_forged(change: dict[str, object]) -> None:
    key = tokens._decide_key(SECRET)
    good = {
        "aud": "decide",
        "sub": "p",
        "ticket": "t",
        "stage": "s",
        "form": 1,
        "wish": "w",
        "exp": 1,
    }
    assert tokens.read_question(SECRET, jwt.encode(good, key, algorithm="HS256")).form == 1
    wrong = {name: value for name, value in (good | change).items() if value is not None}
    with pytest.raises(tokens.TokenForged):
        tokens.read_question(SECRET, jwt.encode(wrong, key, algorithm="HS256"))


def test_a_link_of_another_desk_is_forged() -> None:
    made = tokens.sign_question(b"t" * 32, QUESTION)
    with pytest.raises(tokens.TokenForged):
        tokens.read_question(SECRET, made)
