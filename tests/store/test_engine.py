"""How the databases are set up, and the instants that both keep."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from desk.errors import PolicyError
from store.engine import make_engine, reading, writing
from store.tables import memberships, revoked_tokens
from tests.builders import NOW


def test_sqlite_is_durable_and_patient_and_checks_references(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


def test_sqlite_can_be_told_to_survive_a_killed_process_only(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/x.sqlite", synchronous="NORMAL")
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
    engine.dispose()


def test_a_writer_holds_its_place_from_the_beginning(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine), reading(sqlite_engine) as other:
        other.exec_driver_sql("PRAGMA busy_timeout = 1")
        with pytest.raises(OperationalError, match="locked"):
            other.exec_driver_sql("DELETE FROM revoked_tokens")


def test_a_reader_sees_one_state_while_somebody_writes(sqlite_engine: Engine) -> None:
    row = {"id": "t", "revoked_at": NOW, "expires_at": NOW}
    with reading(sqlite_engine) as connection:
        before = connection.execute(select(revoked_tokens)).all()
        with writing(sqlite_engine) as other:
            other.execute(insert(revoked_tokens), row)
        assert connection.execute(select(revoked_tokens)).all() == before == []


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        row = {"id": "t", "revoked_at": NOW, "expires_at": NOW}
        with writing(engine) as connection:
            connection.execute(insert(revoked_tokens), row)
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    with reading(engine) as connection:
        assert connection.execute(select(revoked_tokens)).all() == []


@pytest.mark.postgres
def test_postgres_gives_up_before_the_activity_does(postgres_engine: Engine) -> None:
    with reading(postgres_engine) as connection:
        waits = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
            )
        }
    assert waits == {
        "statement_timeout": "3500ms",
        "lock_timeout": "2500ms",
        "idle_in_transaction_session_timeout": "6s",
    }


def test_an_instant_comes_back_in_utc_to_the_microsecond(engine: Engine) -> None:
    at = datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with writing(engine) as connection:
        connection.execute(insert(revoked_tokens), {"id": "t", "revoked_at": at, "expires_at": NOW})
        kept = connection.execute(select(revoked_tokens.c.revoked_at)).scalar_one()
    assert kept == at
    assert kept.utcoffset() == timedelta(0)


def test_instants_sort_as_time_also_with_and_without_a_fraction(engine: Engine) -> None:
    times = [
        NOW,
        NOW + timedelta(microseconds=1),
        NOW + timedelta(seconds=1),
        datetime(1, 1, 2, tzinfo=UTC),
    ]
    with writing(engine) as connection:
        for n, at in enumerate(times):
            row = {"id": str(n), "revoked_at": at, "expires_at": at}
            connection.execute(insert(revoked_tokens), row)
        column = revoked_tokens.c.revoked_at
        assert list(connection.execute(select(column).order_by(column)).scalars()) == sorted(times)


def test_an_instant_without_a_time_zone_is_refused(engine: Engine) -> None:
    naive = NOW.replace(tzinfo=None)
    row = {"id": "t", "revoked_at": naive, "expires_at": NOW}
    with writing(engine) as connection, pytest.raises(StatementError, match="no time zone"):
        connection.execute(insert(revoked_tokens), row)


def test_an_error_of_the_database_does_not_tell_what_was_written(engine: Engine) -> None:
    row = {"group": "secret words", "person": "p-nobody"}
    with pytest.raises(IntegrityError) as error, writing(engine) as connection:
        connection.execute(insert(memberships), row)
    assert "INSERT INTO memberships" in str(error.value)
    if engine.dialect.name == "sqlite":
        assert "secret words" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "postgresql://x/y"]
)
def test_any_other_database_is_refused(url: str) -> None:
    with pytest.raises(PolicyError, match="sqlite:////path"):
        make_engine(url)


def test_a_file_that_many_open_at_once_for_the_first_time_is_not_locked(tmp_path: Path) -> None:
    failed: list[Exception] = []

    def open_it() -> None:
        engine = make_engine(f"sqlite:///{tmp_path}/new.sqlite")
        try:
            with reading(engine) as connection:
                connection.exec_driver_sql("SELECT 1")
        except OperationalError as error:
            failed.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
