"""Where histories are kept: the database, a folder, and a bucket behind the real protocol."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from moto.server import ThreadedMotoServer
from pydantic import ValidationError
from sqlalchemy import Engine

from audit.chain import NOTHING_BEFORE
from audit.targets import IN_DATABASE, Bodies, TargetAway, key_of, target
from settings import Settings
from store.archive import Link
from tests.audit.records import make_entry
from tests.ports import free_port

ENTRY = make_entry(1, NOTHING_BEFORE)
BODY = b"a history, compressed"


class Bucket(NamedTuple):
    """A bucket on this machine, and the server that has it."""

    url: str
    server: ThreadedMotoServer


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A server that speaks S3."""
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "an-id",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        server.start()
        make_bucket(port)
        yield Bucket("s3://histories/of/the-desk", server)
        server.stop()


def make_bucket(port: int) -> None:
    import httpx

    made = httpx.put(f"http://127.0.0.1:{port}/histories", trust_env=False)
    assert made.status_code == httpx.codes.OK, made.text


def put(url: str) -> Link:
    """Keep a history there."""
    place = target(url)
    assert place is not None
    return Link(ENTRY, place.put(ENTRY, BODY), None)


def test_the_database_is_no_place_of_its_own() -> None:
    assert target(None) is None


def test_a_folder_keeps_a_history_that_only_its_owner_can_reach(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    url = (tmp_path / "some where" / "else").as_uri()
    link = put(url)
    assert link.place == f"{url}/{key_of(ENTRY)}"
    folder = tmp_path / "some where" / "else"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.read_bytes() for path in folder.rglob("*.zst")] == [BODY]
    assert Bodies(sqlite_engine, url).get(link) == BODY


def test_the_same_history_twice_is_kept_once(tmp_path: Path) -> None:
    assert put(tmp_path.as_uri()) == put(tmp_path.as_uri())
    assert len(list(tmp_path.rglob("*.zst"))) == 1


def test_another_history_of_the_same_run_does_not_replace_it(tmp_path: Path) -> None:
    other = ENTRY.model_copy(update={"sha256": "f" * 64})
    assert key_of(other) != key_of(ENTRY)


def test_a_folder_that_was_moved_is_found_under_the_present_setting(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    link = put((tmp_path / "old").as_uri())
    (tmp_path / "old").rename(tmp_path / "new")
    assert Bodies(sqlite_engine, None).get(link) is None
    assert Bodies(sqlite_engine, (tmp_path / "new").as_uri()).get(link) == BODY


def test_what_was_in_a_folder_is_still_read_after_the_setting_changed(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    link = put((tmp_path / "old").as_uri())
    assert Bodies(sqlite_engine, (tmp_path / "new").as_uri()).get(link) == BODY


def test_a_history_that_is_gone_is_told_from_one_that_cannot_be_read(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    link = put(tmp_path.as_uri())
    next(tmp_path.rglob("*.zst")).unlink()
    assert Bodies(sqlite_engine, None).get(link) is None
    assert Bodies(sqlite_engine, None).get(link._replace(place=IN_DATABASE)) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("no folder")
    with pytest.raises(TargetAway, match="a-file"):
        put((tmp_path / "a-file").as_uri())


def test_a_bucket_keeps_a_history(bucket: Bucket, sqlite_engine: Engine) -> None:
    link = put(bucket.url)
    assert link.place == f"{bucket.url}/{key_of(ENTRY)}"
    assert Bodies(sqlite_engine, None).get(link) == BODY
    gone = link._replace(entry=ENTRY.model_copy(update={"run": 7}))
    assert Bodies(sqlite_engine, bucket.url).get(gone) is None


def test_a_bucket_that_is_not_there_is_named(bucket: Bucket) -> None:
    with pytest.raises(TargetAway, match="s3://nobodys"):
        put("s3://nobodys/bucket")


def test_a_bucket_that_does_not_answer_is_given_up_soon(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(TargetAway, match="did not take") as away:
        put(bucket.url)
    assert "a-secret" not in str(away.value)


def test_an_address_that_is_none_is_named(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:9000")
    with pytest.raises(TargetAway, match="AWS_ENDPOINT_URL: begin it with"):
        put(bucket.url)


def test_an_address_that_is_empty_is_none(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, sqlite_engine: Engine
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "")
    assert Bodies(sqlite_engine, None).get(put(bucket.url)) == BODY


@pytest.mark.parametrize(
    "url", ["file:///srv/archive", "file:///srv/archive/", "s3://bucket", "s3://bucket/a/b"]
)
def test_a_place_may_be_a_folder_or_a_bucket(url: str) -> None:
    assert Settings(archive_url=url).archive_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["/srv/archive", "file://srv/archive", "file:///", "s3://", "https://x/y",
            "s3://id:secret@bucket", "s3://bucket?x=1"],
)  # fmt: skip
def test_any_other_place_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="file:///ABSOLUTE/PATH"):
        Settings(archive_url=url)
