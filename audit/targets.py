"""Where archived histories are kept: in the database, in a folder, or in a bucket like S3's."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from store.archive import Link, body_of
from store.engine import reading
from store.entries import Entry
from store.reads import Engine

IN_DATABASE = "database"
"""The place of a history that the database keeps itself."""
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT")
SUFFIX = ".json.zst"
# An attempt is short: whoever archives tries again later, and holds a worker's slot meanwhile.
CONNECTS_WITHIN, ANSWERS_WITHIN = timedelta(seconds=3), timedelta(seconds=30)
RETRIES, RETRIED_FOR = 2, timedelta(seconds=5)


class TargetAway(Exception):
    """The place does not answer, or refuses; the message says which and why. To be repeated."""


class Target(Protocol):
    """A place for histories, compressed."""

    def put(self, entry: Entry, body: bytes) -> str:
        """Keep it, and say its place; the same twice is the same.

        Raises:
            TargetAway: it was not kept.
        """


class Bodies:
    """Reads histories back, wherever each of them is.

    A folder or a bucket that was moved is found under the present setting.
    """

    def __init__(self, engine: Engine, archive_url: str | None) -> None:
        self._engine = engine
        self._url = archive_url

    def get(self, link: Link) -> bytes | None:
        """The compressed history of a record; None when it is nowhere.

        Raises:
            TargetAway: its place does not answer.
        """
        if link.place == IN_DATABASE:
            with reading(self._engine) as connection:
                return body_of(connection, link.entry.run_id)
        key = key_of(link.entry)
        there = link.place.removesuffix("/" + key)
        for url in dict.fromkeys((there, self._url or there)):
            body = _Place(url).get(key)
            if body is not None:
                return body
        return None


def target(archive_url: str | None) -> Target | None:
    """Where new histories go; None is the database, with the record itself."""
    return None if archive_url is None else _Place(archive_url)


def key_of(entry: Entry) -> str:
    """The name of a history in a folder or bucket: with its hash, so never another one's."""
    return f"{entry.number}/{entry.run:04}-{entry.run_id}-{entry.sha256[:16]}{SUFFIX}"


class _Place:
    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, entry: Entry, body: bytes) -> str:
        key = key_of(entry)
        try:
            obstore.put(_store(self._url, make=True), key, body, use_multipart=False)
            self._make_durable(key)
        except (BaseError, OSError, ValueError) as error:
            raise TargetAway(f"{self._url} did not take a history: {_cut(error)}") from error
        return f"{self._url}/{key}"

    def get(self, key: str) -> bytes | None:
        try:
            return bytes(obstore.get(_store(self._url, make=False), key).bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError, ValueError) as error:
            raise TargetAway(f"{self._url} did not give a history: {_cut(error)}") from error

    def _make_durable(self, key: str) -> None:
        """A folder keeps it through a power cut too: the record that names it is as durable."""
        if not _is_folder(self._url):
            return
        path = _folder(self._url) / key
        for one in (path, path.parent, path.parent.parent):
            descriptor = os.open(one, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _store(url: str, *, make: bool) -> LocalStore | S3Store:
    if _is_folder(url):
        folder = _folder(url)
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not folder.is_dir():
            raise FileNotFoundError(folder)
        return LocalStore(folder)
    _check_endpoints()
    return S3Store.from_url(
        url,
        client_options={
            "connect_timeout": CONNECTS_WITHIN,
            "timeout": ANSWERS_WITHIN,
            "allow_http": True,
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": RETRIED_FOR},
    )


def _check_endpoints() -> None:
    """The library breaks off the whole process at an address that is none."""
    for name in ENDPOINTS:
        address = os.environ.get(name)
        if address == "":
            # Set to nothing is not set, as with the desk's own variables.
            del os.environ[name]
        elif address and not address.startswith(("http://", "https://")):
            raise TargetAway(f"{name}: begin it with https:// or http://")


def _is_folder(url: str) -> bool:
    return url.startswith("file:")


def _folder(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def _cut(error: Exception) -> str:
    """The first line alone: the library adds the whole request."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
