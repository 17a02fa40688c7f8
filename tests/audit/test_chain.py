"""The chain: whatever is changed, taken out or put elsewhere is found, and the first is named."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.chain import NOTHING_BEFORE, Broken, Checkpoint, Entry, Walk, entry_hash, walk
from audit.keys import KeyRefused, doubt, key_id, public_key, public_text, sign
from tests.audit.records import KEY, make_entry
from tests.builders import NOW

KEYS = {key_id(KEY.public_key()): KEY.public_key()}
LENGTH = 6
HEX = set("0123456789abcdef")


def make_chain(length: int = LENGTH) -> list[Entry]:
    chain: list[Entry] = []
    for seq in range(1, length + 1):
        chain.append(make_entry(seq, entry_hash(chain[-1]) if chain else NOTHING_BEFORE))
    return chain


CHAIN = make_chain()
SIGNED = {entry.seq: entry_hash(entry) for entry in CHAIN}
ALL, NONE = SIGNED, dict[int, str]()
BYTES = [
    (place, at) for place, e in enumerate(CHAIN) for at in range(len(e.model_dump_json().encode()))
]


def first_broken(entries: list[Entry], signed: dict[int, str]) -> int | None:
    try:
        walk(entries, signed)
    except Broken as broken:
        # None of them names a record without saying which.
        return broken.seq if f"record {broken.seq}" in str(broken) else None
    return None


def test_a_chain_as_it_was_written_is_whole() -> None:
    for signed in (ALL, NONE):
        found = walk(CHAIN, signed)
        assert (found.seq, found.head) == (LENGTH, SIGNED[LENGTH])
        assert len(found.numbers) == 3


def test_an_empty_chain_is_whole() -> None:
    assert (Walk().seq, walk([]).head) == (0, NOTHING_BEFORE)


@given(st.sampled_from(BYTES), st.integers(1, 255))
def test_any_byte_of_any_entry_changed_is_found_and_the_first_named(
    where: tuple[int, int], by: int
) -> None:
    place, at = where
    written = bytearray(CHAIN[place].model_dump_json().encode())
    written[at] ^= by
    try:
        changed = Entry.model_validate_json(bytes(written))
    except ValueError:
        return  # It is no record any more: the store names it as it is read.
    if changed == CHAIN[place]:
        return  # Another way to write the same.
    chain = [*CHAIN[:place], changed, *CHAIN[place + 1 :]]
    assert first_broken(chain, ALL) == place + 1


@given(st.integers(0, LENGTH - 1), st.sampled_from(sorted(Entry.model_fields)), st.data())
def test_any_field_of_any_entry_changed_is_found_and_the_first_named(
    place: int, field: str, data: st.DataObject
) -> None:
    old = getattr(CHAIN[place], field)
    if isinstance(old, int):
        new: object = data.draw(st.integers(0, 10**6).filter(lambda one: one != old))
    elif isinstance(old, str) or old is None:
        new = data.draw(st.text().filter(lambda one: one != old))
    else:
        new = old + timedelta(microseconds=data.draw(st.integers(1, 10**12)))
    changed = CHAIN[place].model_copy(update={field: new})
    chain = [*CHAIN[:place], changed, *CHAIN[place + 1 :]]
    assert first_broken(chain, ALL) == place + 1


@given(st.integers(0, LENGTH - 1))
def test_any_entry_taken_out_is_found_and_named(place: int) -> None:
    chain = CHAIN[:place] + CHAIN[place + 1 :]
    assert first_broken(chain, ALL) == place + 1


@given(st.integers(0, LENGTH - 2))
def test_an_entry_taken_out_and_the_rest_numbered_anew_is_found(place: int) -> None:
    chain = CHAIN[:place] + [
        entry.model_copy(update={"seq": entry.seq - 1}) for entry in CHAIN[place + 1 :]
    ]
    assert first_broken(chain, ALL) == place + 1


@given(st.lists(st.integers(0, LENGTH - 1), min_size=2, max_size=2, unique=True), st.booleans())
def test_any_two_entries_swapped_are_found_and_the_first_named(
    places: list[int], renumbered: bool
) -> None:
    one, other = sorted(places)
    chain = list(CHAIN)
    chain[one], chain[other] = chain[other], chain[one]
    if renumbered:
        chain = [e.model_copy(update={"seq": at}) for at, e in enumerate(chain, start=1)]
    assert first_broken(chain, ALL) == one + 1


@given(st.integers(0, LENGTH - 2))
def test_without_signatures_the_link_after_an_altered_entry_tells(place: int) -> None:
    changed = CHAIN[place].model_copy(update={"events": 1})
    chain = [*CHAIN[:place], changed, *CHAIN[place + 1 :]]
    assert first_broken(chain, NONE) in (place + 1, place + 2)


def test_a_chain_that_was_hashed_anew_differs_from_what_was_signed() -> None:
    forged = CHAIN[:2]
    for entry in CHAIN[2:]:
        forged.append(make_entry(entry.seq, entry_hash(forged[-1]), number="INC-FORGED"))
    assert first_broken(forged, NONE) is None
    assert first_broken(forged, ALL) == 3


def test_a_head_that_was_signed_proves_everything_before_it() -> None:
    last = {LENGTH: SIGNED[LENGTH]}
    assert first_broken(CHAIN, last) is None
    assert first_broken(CHAIN[:-1], last) == LENGTH


def test_a_checkpoint_proves_what_was_signed_and_nothing_else() -> None:
    good = sign(KEY, 3, SIGNED[3], NOW)
    assert doubt(good, KEYS) is None
    changes: list[dict[str, object]] = [
        {"seq": 4},
        {"hash": SIGNED[4]},
        {"at": NOW + timedelta(seconds=1)},
        {"signature": ""},
        {"signature": "not base64"},
        {"signature": sign(KEY, 4, SIGNED[4], NOW).signature},
    ]
    for change in changes:
        words = doubt(good.model_copy(update=change), KEYS)
        assert words is not None
        assert "altered" in words


def test_a_checkpoint_of_another_key_is_named_with_its_key() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    words = doubt(sign(other, 1, SIGNED[1], NOW), KEYS)
    assert words is not None
    assert key_id(other.public_key()) in words
    assert "--key" in words


def test_a_checkpoint_that_was_published_as_json_is_the_same_again() -> None:
    good = sign(KEY, 3, SIGNED[3], NOW)
    again = Checkpoint.model_validate_json(good.model_dump_json())
    assert (again, doubt(again, KEYS)) == (good, None)


def test_the_public_key_is_given_away_as_text() -> None:
    text = public_text(KEY.public_key())
    assert public_key(f"{text}\n") == KEY.public_key()
    assert len(key_id(KEY.public_key())) == 16
    assert set(key_id(KEY.public_key())) <= HEX


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "not base64 at all", "ä"])
def test_what_is_no_public_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(KeyRefused, match="firstline audit key"):
        public_key(text)
