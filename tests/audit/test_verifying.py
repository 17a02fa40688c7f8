"""The whole archive in a real database: grown by several at once, tampered with, and verified."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, Table, delete, update

from audit.chain import Broken, Checkpoint, entry_hash
from audit.keys import key_id, sign
from audit.targets import Bodies
from audit.verifying import Unfit, Verified, verify
from store.archive import archived_among, archived_numbers, links, links_of, newest_checkpoint
from store.archive_tables import archive, archive_bodies, checkpoints
from store.engine import reading, writing
from tests.audit.records import KEY, archive_some
from tests.builders import NOW

KEYS = {key_id(KEY.public_key()): KEY.public_key()}


def verified(engine: Engine, published: Checkpoint | None = None) -> Verified:
    return verify(engine, Bodies(engine, None), KEYS, published)


def broken(engine: Engine, published: Checkpoint | None = None) -> Broken:
    with pytest.raises(Broken) as found:
        verified(engine, published)
    return found.value


def newest(engine: Engine) -> Checkpoint:
    with reading(engine) as connection:
        found = newest_checkpoint(connection)
    assert found is not None
    return found


def change(engine: Engine, table: Table, key: Any, **values: Any) -> None:
    """As somebody would who may write to the database and knows nothing of chains."""
    with writing(engine) as connection:
        done = connection.execute(update(table).where(key).values(**values))
        assert done.rowcount == 1


def remove(engine: Engine, seq: int) -> None:
    with writing(engine) as connection:
        connection.execute(delete(checkpoints).where(checkpoints.c.seq == seq))
        connection.execute(delete(archive_bodies).where(archive_bodies.c.run_id == f"run-{seq}"))
        connection.execute(delete(archive).where(archive.c.seq == seq))


def test_a_database_with_nothing_archived_is_whole(engine: Engine) -> None:
    assert verified(engine) == Verified(0, 0, None)


def test_a_chain_that_was_left_alone_is_whole(engine: Engine) -> None:
    archive_some(engine, range(1, 8))
    assert verified(engine) == Verified(7, 3, newest(engine))


def test_the_same_run_twice_is_archived_once(engine: Engine) -> None:
    for _ in range(2):
        archive_some(engine, [1, 2])
    assert [link.entry.seq for link in links(engine)] == [1, 2]
    with reading(engine) as connection:
        assert archived_among(connection, ["run-1", "run-2", "run-3"]) == {"run-1", "run-2"}


def test_several_archivers_at_once_do_not_fork_the_chain(engine: Engine) -> None:
    together = threading.Barrier(4)

    def work(first: int) -> None:
        together.wait()
        # Each run is archived by two of them.
        archive_some(engine, range(first // 2 * 8 + 1, first // 2 * 8 + 9))

    threads = [threading.Thread(target=work, args=[first]) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified(engine).records == 16


def test_the_records_of_one_ticket_are_in_the_order_of_its_runs(engine: Engine) -> None:
    archive_some(engine, [4, 1, 2])
    with reading(engine) as connection:
        assert [link.entry.run_id for link in links_of(connection, "INC-00000001")] == [
            "run-1", "run-4",
        ]  # fmt: skip
        assert archived_numbers(connection) == ["INC-00000001", "INC-00000002"]
        late = NOW + timedelta(days=3)
        assert archived_numbers(connection, late) == ["INC-00000001"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("number", "INC-FORGED"), ("status", "failed"), ("events", 1), ("closed_at", NOW),
     ("previous", "0" * 64), ("sha256", "0" * 64), ("policy_version", None)],
)  # fmt: skip
def test_a_record_that_was_altered_is_named(engine: Engine, column: str, value: object) -> None:
    archive_some(engine, range(1, 6))
    change(engine, archive, archive.c.seq == 3, **{column: value})
    found = broken(engine)
    assert (found.seq, "record 3" in str(found)) == (3, True)


def test_a_record_that_is_no_record_any_more_is_named(sqlite_engine: Engine) -> None:
    archive_some(sqlite_engine, range(1, 6))
    with writing(sqlite_engine) as connection:
        connection.exec_driver_sql("UPDATE archive SET closed_at = 'never' WHERE seq = 4")
    assert broken(sqlite_engine).seq == 4


@pytest.mark.parametrize("seq", [1, 3, 4])
def test_a_record_that_was_removed_is_named(engine: Engine, seq: int) -> None:
    archive_some(engine, range(1, 6))
    remove(engine, seq)
    found = broken(engine)
    assert str(found).startswith(f"record {seq} was removed")


def test_two_records_that_changed_places_are_found(engine: Engine) -> None:
    archive_some(engine, range(1, 6))
    with reading(engine) as connection:
        rows = connection.execute(archive.select().order_by(archive.c.seq)).mappings().all()
    for seq, row in ((2, rows[3]), (4, rows[1])):
        facts = {name: row[name] for name in row if name not in ("seq", "run_id")}
        change(engine, archive, archive.c.seq == seq, **facts)
    assert broken(engine).seq == 2


def test_a_history_of_which_a_byte_was_changed_is_named(engine: Engine) -> None:
    archive_some(engine, range(1, 6))
    with reading(engine) as connection:
        body = bytearray(connection.execute(archive_bodies.select()).all()[1].body)
    for at in range(len(body)):
        body[at] ^= 1
        change(engine, archive_bodies, archive_bodies.c.run_id == "run-2", body=bytes(body))
        body[at] ^= 1
        found = broken(engine)
        assert found.seq == 2
        assert "history of record 2" in str(found)


def test_a_history_that_is_gone_is_named(engine: Engine) -> None:
    archive_some(engine, range(1, 4))
    with writing(engine) as connection:
        connection.execute(delete(archive_bodies).where(archive_bodies.c.run_id == "run-3"))
    assert "it is not in database" in str(broken(engine))


def test_a_checkpoint_that_was_altered_or_taken_away_is_named(engine: Engine) -> None:
    archive_some(engine, range(1, 6))
    change(engine, checkpoints, checkpoints.c.seq == 2, hash="0" * 64)
    assert str(broken(engine)).startswith("the checkpoint of record 2 was altered")
    with writing(engine) as connection:
        connection.execute(delete(checkpoints).where(checkpoints.c.seq == 2))
    assert "lost its checkpoint" in str(broken(engine))


def test_a_chain_that_somebody_else_signed_is_not_believed(engine: Engine) -> None:
    archive_some(engine, range(1, 4), Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    assert "a key that is not known" in str(broken(engine))


def test_a_tail_that_was_cut_off_is_found_by_what_was_published(engine: Engine) -> None:
    archive_some(engine, range(1, 6))
    published = newest(engine)
    for seq in (5, 4):
        remove(engine, seq)
    assert verified(engine).records == 3
    assert broken(engine, published).seq == 4


def test_a_chain_that_was_rewritten_with_the_key_is_found_by_what_was_published(
    engine: Engine,
) -> None:
    archive_some(engine, range(1, 4))
    published = newest(engine)
    remove(engine, 3)
    archive_some(engine, [9])
    assert verified(engine).records == 3
    assert "was rewritten" in str(broken(engine, published))


def test_what_was_published_holds_as_the_chain_grows(engine: Engine) -> None:
    archive_some(engine, range(1, 4))
    published = newest(engine)
    archive_some(engine, range(4, 6))
    assert verified(engine, published).records == 5


def test_a_published_checkpoint_that_was_forged_proves_nothing(engine: Engine) -> None:
    archive_some(engine, [1])
    [link] = links(engine)
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    forged = sign(other, 1, entry_hash(link.entry), NOW)
    with pytest.raises(Unfit, match="proves nothing") as found:
        verified(engine, forged)
    assert found.value.found == verified(engine)
    change(engine, archive, archive.c.seq == 1, status="failed")
    assert "record 1" in str(broken(engine, forged))
