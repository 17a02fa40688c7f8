"""Signed webhooks: what is proven, and what is not."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from desk.webhook import ID, SIGNATURE, TIMESTAMP, Forged, secret_of, shown, signed, verify

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = b'{"ticket": "INC-7K3M9Q2M"}'
SECRET = secret_of(b"the secret of a desk", "acme", 1)


def refused(body: bytes = BODY, now: datetime = NOW, secret: bytes = SECRET, **change: str) -> str:
    headers = signed(SECRET, "msg_1", NOW, BODY)
    names = {"id": ID, "at": TIMESTAMP, "proof": SIGNATURE}
    headers |= {names[name]: value for name, value in change.items()}
    with pytest.raises(Forged) as caught:
        verify(secret, headers, body, now)
    return str(caught.value)


def test_the_vector_of_the_standard_is_signed_as_it_says() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_what_was_signed_a_moment_ago_is_proven(minutes: int) -> None:
    headers = signed(SECRET, "msg_1", NOW, BODY)
    assert verify(SECRET, headers, BODY, NOW + timedelta(minutes=minutes)) == "msg_1"


def test_one_of_several_signatures_is_enough_while_a_secret_is_changed() -> None:
    headers = signed(SECRET, "msg_1", NOW, BODY)
    other = signed(secret_of(b"the secret of a desk", "acme", 2), "msg_1", NOW, BODY)
    headers[SIGNATURE] = f"v2,zzzz {other[SIGNATURE]} {headers[SIGNATURE]}"
    assert verify(SECRET, headers, BODY, NOW) == "msg_1"


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
def test_what_was_signed_long_ago_or_in_the_future_is_not(minutes: int) -> None:
    assert "more than 5 minutes" in refused(now=NOW + timedelta(minutes=minutes))


def test_another_body_id_time_or_secret_is_forged() -> None:
    fit = "does not fit"
    assert fit in refused(body=BODY + b" ")
    assert fit in refused(id="msg_2")
    assert fit in refused(at=str(int(NOW.timestamp()) + 1))
    for secret in (
        secret_of(b"another desk", "acme", 1),
        secret_of(b"the secret of a desk", "b", 1),
    ):
        assert fit in refused(secret=secret)


@pytest.mark.parametrize("proof", ["", "v1", "v1,", "v1,%%%", "v1,é", "v2,AAAA", " ", "v1a,zzzz"])
def test_a_signature_that_is_none_is_forged(proof: str) -> None:
    assert "does not fit" in refused(proof=proof)


@pytest.mark.parametrize("id", ["", "x" * 201, "a\nb", "é"])
def test_an_id_that_is_none_is_refused(id: str) -> None:
    assert "send the headers" in refused(id=id)


@pytest.mark.parametrize("at", ["now", "-1", "1.5", "9" * 13, "²"])
def test_a_time_that_is_none_is_refused(at: str) -> None:
    assert "seconds since 1970" in refused(at=at)
    assert "send the headers" in refused(at="")


def test_a_secret_is_shown_as_the_standard_says_and_differs_by_vendor_and_generation() -> None:
    assert shown(SECRET).startswith("whsec_")
    assert base64.b64decode(shown(SECRET).removeprefix("whsec_")) == SECRET
    assert len({SECRET, secret_of(b"the secret of a desk", "acme", 2)}) == 2
