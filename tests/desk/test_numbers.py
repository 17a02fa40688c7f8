"""Ticket numbers on the telephone: every single slip is caught, the same key gives the same."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import InvalidFact
from desk.numbers import ALPHABET, PREFIXES, check_symbol, derive, parse

KEY = b"a desk's own key"
NUMBERS = st.text(ALPHABET, min_size=7, max_size=7).map(lambda s: f"INC-{s}{check_symbol(s)}")


def accepted(number: str) -> bool:
    try:
        parse(number)
    except InvalidFact:
        return False
    return True


def test_the_alphabet_is_crockfords() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_the_number_that_is_shown_as_an_example_is_one() -> None:
    with pytest.raises(InvalidFact) as refused:
        parse("")
    example = str(refused.value).split()[-1]
    assert parse(example) == example


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_derived_number_is_a_number(prefix: str) -> None:
    number = derive(prefix, KEY, "opening-1", 0)
    assert number.startswith(f"{prefix}-")
    assert len(number) == len(prefix) + 9
    assert parse(number) == number


def test_the_same_opening_gives_the_same_number_and_the_next_attempt_another() -> None:
    numbers = [derive("INC", KEY, "opening-1", attempt) for attempt in range(20)]
    assert numbers == [derive("INC", KEY, "opening-1", attempt) for attempt in range(20)]
    assert len(set(numbers)) == 20


def test_another_key_prefix_or_opening_gives_another_number() -> None:
    numbers = {
        derive("INC", KEY, "opening-1", 0)[4:],
        derive("REQ", KEY, "opening-1", 0)[4:],
        derive("INC", KEY, "opening-2", 0)[4:],
        derive("INC", b"another desk", "opening-1", 0)[4:],
    }
    assert len(numbers) == 4


def test_openings_and_attempts_are_not_run_together() -> None:
    assert derive("INC", KEY, "1", 11) != derive("INC", KEY, "11", 1)


def test_ten_thousand_numbers_use_every_symbol_in_every_place() -> None:
    symbols = [derive("INC", KEY, f"opening-{n}", 0)[4:] for n in range(10_000)]
    assert len(set(symbols)) >= 9_990
    assert all(len(set(place)) == 32 for place in zip(*symbols, strict=True))


@settings(max_examples=settings().max_examples // 4)
@given(NUMBERS)
def test_every_single_wrong_symbol_is_found(number: str) -> None:
    for place in range(4, 12):
        for symbol in set(ALPHABET) - {number[place]}:
            assert not accepted(number[:place] + symbol + number[place + 1 :])


@given(NUMBERS)
def test_every_swap_of_two_symbols_is_found(number: str) -> None:
    for a, b in combinations(range(4, 12), 2):
        if number[a] != number[b]:
            swapped = list(number)
            swapped[a], swapped[b] = number[b], number[a]
            assert not accepted("".join(swapped))


@pytest.mark.parametrize(
    "typed",
    [
        "inc-7k3m9q2m",
        " INC-7K3M9Q2M ",
        "INC7K3M9Q2M",
        "inc 7k3m 9q2m",
        "INC-7K3M 9Q2M",
        "INC- 7K3M9Q2M",
    ],
)
def test_what_a_person_types_is_understood(typed: str) -> None:
    assert parse(typed) == "INC-7K3M9Q2M"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    symbols = "0011234"
    number = f"INC-{symbols}{check_symbol(symbols)}"
    assert parse(f"INC-OoIl234{check_symbol(symbols)}") == number


@pytest.mark.parametrize(
    "typed",
    [
        "", "INC", "INC-", "7K3M9Q2M", "XYZ-7K3M9Q2M", "INC-7K3M9Q2", "INC-7K3M9Q2M4",
        "INC--7K3M9Q2M", "INC-7K3M9Q2$", "INC-7K3M9Q2M\x00", "INC-\uff17K3M9Q2M", "1NC-7K3M9Q2M",
        "INC-7K3M9Q2M; DROP", "I-7K3M9Q2M", "INC" * 50_000,
    ],
    ids=lambda typed: typed[:16] or "nothing",
)  # fmt: skip
def test_what_is_no_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidFact, match="not a ticket number: it looks like INC-") as refused:
        parse(typed)
    assert refused.value.field == "ticket"


@pytest.mark.parametrize("typed", ["INC-7K3M9Q24", "INC-7K3M92QM", "INC-UUUUUUUU"])
def test_a_wrong_check_symbol_asks_to_read_it_once_more(typed: str) -> None:
    with pytest.raises(InvalidFact, match="read the number once more") as refused:
        parse(typed)
    assert refused.value.field == "ticket"
