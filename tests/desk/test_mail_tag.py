"""The address that a vendor answers to proves that it was asked, and nothing else does."""

import pytest

from desk.mail_tag import made, number_in, proves, tagged, tags_in
from desk.numbers import derive

SECRET, OTHER = b"s" * 32, b"o" * 32
NUMBER = derive("INC", SECRET, "an opening", 0)
PATTERN = "desk+{}@example.org"
TAG = made(SECRET, "meridian", 1, NUMBER)


def test_an_address_leads_back_to_ticket_and_vendor() -> None:
    address = tagged(PATTERN, TAG)
    assert len(address.partition("@")[0]) <= 64
    assert tags_in(PATTERN, f"To: Desk <{address}>, x@example.org") == [TAG]
    assert number_in(TAG) == NUMBER
    assert proves(SECRET, "meridian", 1, TAG)


@pytest.mark.parametrize(
    ("secret", "vendor", "generation"),
    [(OTHER, "meridian", 1), (SECRET, "druckwerk", 1), (SECRET, "meridian", 2)],
)
def test_a_tag_of_another_secret_vendor_or_generation_proves_nothing(
    secret: bytes, vendor: str, generation: int
) -> None:
    assert not proves(secret, vendor, generation, TAG)


def test_a_tag_of_another_ticket_proves_nothing() -> None:
    other = derive("INC", SECRET, "another opening", 0)
    mixed = f"{other.lower()}{TAG[len(NUMBER) :]}"
    assert number_in(mixed) == other
    assert not proves(SECRET, "meridian", 1, mixed)


def test_case_does_not_count_in_an_address() -> None:
    assert tags_in("Desk+{}@Example.org", f" DESK+{TAG.upper()}@EXAMPLE.ORG ") == [TAG]


def test_each_tag_counts_and_each_once() -> None:
    other = made(SECRET, "druckwerk", 1, NUMBER)
    text = ", ".join(tagged(PATTERN, tag) for tag in (other, TAG, other))
    assert tags_in(PATTERN, text) == [other, TAG]


@pytest.mark.parametrize(
    "address",
    [
        "desk@example.org",
        "desk+@example.org",
        f"desk+{TAG}@example.com",
        f"desk+{TAG[:-1]}@example.org",
        f"desk+{TAG}x@example.org",
        f"deskx{TAG}@example.org",
        "",
    ],
)
def test_what_only_looks_like_it_is_no_tag(address: str) -> None:
    assert tags_in(PATTERN, address) == []


def test_a_tag_of_no_number_proves_nothing() -> None:
    wrong = "0" if NUMBER[-1] != "0" else "1"
    tag = f"{NUMBER[:-1]}{wrong}{TAG[len(NUMBER) :]}".lower()
    assert tags_in(PATTERN, tagged(PATTERN, tag)) == [tag]
    assert number_in(tag) is None
    assert not proves(SECRET, "meridian", 1, tag)
