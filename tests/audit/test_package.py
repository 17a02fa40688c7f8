"""Packages: sealed from real lives, proved elsewhere, and found wrong whatever is altered."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from temporalio.client import Client

from audit import opening
from audit import package as form
from audit.account import Chain
from audit.archiving import archiver
from audit.keys import key_id, public_text, signing_key
from audit.package import CHAIN, MANIFEST, PARTS, SIGNATURE, Manifest, NotWhole, file_of, packed
from audit.proving import Keys, check_package
from audit.sealing import unseal
from audit.targets import Bodies
from store.archive import links_of
from store.engine import reading
from tests.audit.lives import SHORT_RUNS, ended, long_life
from tests.audit.packages import archived, desk_of_its_own, keys_of, seal, settings_of
from tests.patience import eventually
from tests.running import Desk

ROOT = Path(__file__).parent.parent.parent


class Long(NamedTuple):
    """A long life: its package when it was closed, that of its end, and the desk's key."""

    before_the_end: bytes
    manifest: Manifest
    sealed: bytes
    exact: list[bytes]
    key: Ed25519PrivateKey

    @property
    def keys(self) -> dict[str, Ed25519PublicKey]:
        return {key_id(self.key.public_key()): self.key.public_key()}

    @property
    def files(self) -> dict[str, bytes]:
        return opening.unpacked(self.sealed)


@pytest.fixture(scope="module")
def short_runs() -> Iterator[None]:
    """Runs of few steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflows.ticket.STEPS_A_RUN", SHORT_RUNS)
        yield


@pytest.fixture(scope="module")
async def long(
    temporal: Client,
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    short_runs: None,
) -> AsyncIterator[Long]:
    """Sealed once: several days, hand-offs, a wait, other rules, and several runs."""
    home = tmp_path_factory.mktemp("desk")
    async with desk_of_its_own(temporal, migrated_file, home) as desk:
        handle = await long_life(desk)
        _, before = await seal(desk, handle.id)
        await ended(desk, handle)
        await archived(desk, handle.id, 2)
        manifest, sealed = await seal(desk, handle.id)
        with reading(desk.engine) as connection:
            links = links_of(connection, handle.id)
        bodies = Bodies(desk.engine, None)
        exact = [unseal(link.entry, bodies.get(link) or b"") for link in links]
        yield Long(before, manifest, sealed, exact, signing_key(settings_of(desk)))


@pytest.fixture
def said(long: Long, tmp_path: Path) -> Callable[..., str]:
    """What is said of a package, up to the first thing that is wrong."""

    def said(data: bytes, *, replayed: bool = False, keys: Keys | None = None) -> str:
        path = tmp_path / "package.zip"
        path.write_bytes(data)
        lines = []
        try:
            for line in check_package(path, keys or long.keys, replayed):
                lines.append(line)
        except NotWhole as error:
            return f"WRONG: {error}"
        return "\n".join(lines)

    return said


def resealed(long: Long, changed: dict[str, bytes], **manifest: Any) -> bytes:
    """A package as a desk would seal it that does not tell the truth."""
    files = {name: data for name, data in long.files.items() if name not in (MANIFEST, SIGNATURE)}
    files |= changed
    listed = tuple(file_of(name, data) for name, data in files.items())
    told = long.manifest.model_copy(update={"files": listed, **manifest})
    return form.sealed(told, files, long.key)


def test_a_long_life_is_proved_and_its_timeline_made_anew(
    long: Long, said: Callable[..., str]
) -> None:
    found = said(long.sealed, replayed=True)
    assert f"{long.manifest.number}, sealed at " in found
    assert "histories/run-2.json: what was archived as record 2 of the chain" in found
    assert "timeline, ticket and terms are what the histories tell" in found
    assert "not replayed" in said(long.sealed)
    assert [run.archived for run in long.manifest.runs] == [True, True]
    assert long.manifest.differs == ()


def test_the_histories_are_those_of_the_archive_byte_for_byte(long: Long) -> None:
    assert len(long.exact) == 2
    assert [long.files[run.file] for run in long.manifest.runs] == long.exact


def test_a_ticket_that_goes_on_is_sealed_as_the_engine_has_it(
    long: Long, said: Callable[..., str]
) -> None:
    found = said(long.before_the_end, replayed=True)
    assert "histories/run-1.json: not archived when it was sealed" in found
    assert "what the histories tell" in found


def test_the_same_files_make_the_same_package(long: Long) -> None:
    assert resealed(long, {}) == long.sealed
    names = [info.filename for info in zipfile.ZipFile(io.BytesIO(long.sealed)).infolist()]
    assert names == [MANIFEST, SIGNATURE, *PARTS, "histories/run-1.json", "histories/run-2.json"]


def metadata(data: bytes) -> list[int]:
    """Every place of a zip that is not in one of its files."""
    inside: set[int] = set()
    for info in zipfile.ZipFile(io.BytesIO(data)).infolist():
        begin = info.header_offset + 30 + len(info.filename)
        inside.update(range(begin, begin + info.file_size))
    return [place for place in range(len(data)) if place not in inside]


def test_a_byte_that_is_changed_anywhere_is_found(long: Long) -> None:
    places = metadata(long.sealed)
    assert len(places) > 900
    places += range(0, len(long.sealed), len(long.sealed) // 400)
    for place in places:
        for bits in (0x01, 0x80):
            altered = bytearray(long.sealed)
            altered[place] ^= bits
            with pytest.raises(NotWhole):
                opening.opened(bytes(altered), long.keys)


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, *PARTS, "histories/run-1.json"])
def test_a_file_that_was_altered_with_care_is_named(
    long: Long, said: Callable[..., str], name: str
) -> None:
    data = long.files[name]
    for place in (0, len(data) // 2, len(data) - 2):
        other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        told = said(packed({**long.files, name: other}))
        # The manifest and its signature stand and fall together, and with either the format.
        assert "manifest.json" in told if name in (MANIFEST, SIGNATURE) else f"{name} was" in told
        assert told.startswith("WRONG: ")


def test_what_was_cut_off_anywhere_is_found(long: Long, said: Callable[..., str]) -> None:
    for part in range(50):
        told = said(long.sealed[: len(long.sealed) * part // 50])
        assert re.match("WRONG: it is (not whole|no package)", told)
    assert said(long.sealed[:-1]).startswith("WRONG: it is not whole: it was cut off")
    assert said(long.sealed + b"\n").startswith("WRONG: it is not whole: it was cut off")


def zip_of(compression: int = zipfile.ZIP_STORED, **files: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def listing(long: Long, **changed: object) -> bytes:
    """A manifest with something else in it, signed by nobody."""
    told = {**json.loads(long.files[MANIFEST]), **changed}
    return packed({**long.files, MANIFEST: json.dumps(told).encode()})


def test_what_is_foreign_is_said_to_be(long: Long, said: Callable[..., str]) -> None:
    assert "not a zip file" in said(b"")
    assert "not a zip file" in said(b"%PDF-1.7 and so on, longer than any end of a zip")
    assert "it is not a Firstline package: it holds no manifest.json" in said(
        packed({"notes.txt": b"hello"})
    )
    foreign = zip_of(zipfile.ZIP_DEFLATED, **{"docProps/app.xml": b"x" * 999, "a": b""})
    assert said(foreign).startswith("WRONG: it is not a Firstline package")
    assert "no package of a ticket" in said(packed({MANIFEST: b"{}", SIGNATURE: b"x" * 64}))
    assert "it is not a Firstline package" in said(packed({"../../etc/passwd": b""}))
    outside = packed({**long.files, "../../etc/passwd": b""})
    assert "packed anew by another program" in said(outside)
    assert "it holds '../../etc/passwd'" in said(outside)
    assert "its manifest.json is something else" in said(listing(long, key_id="\x1b[2J"))
    bomb = zip_of(zipfile.ZIP_DEFLATED, **{MANIFEST: b"\0" * 10_000_000})
    assert "it is not a Firstline package" in said(bomb)
    many = packed({f"a{n}.txt": b"" for n in range(form.MOST_FILES + 1)})
    assert "it lists more than 2,000 files" in said(many)
    assert "format 2, and this code reads format 1: verify it with" in said(
        listing(long, version=2)
    )


def test_a_package_that_was_packed_anew_is_said_to_be(long: Long, said: Callable[..., str]) -> None:
    """As by somebody who unpacked it, looked, and packed it again."""
    for folder in ("", f"{long.manifest.number}/"):
        files = {folder + name: data for name, data in long.files.items()}
        told = said(zip_of(zipfile.ZIP_DEFLATED, **files))
        assert told.startswith("WRONG: it was packed anew by another program than Firstline")
        assert "each file that was sealed is in it unaltered" in told
        swollen = {**files, f"{folder}timeline.json": b"\0" * 10_000_000}
        told = said(zip_of(zipfile.ZIP_DEFLATED, **swollen))
        assert told.startswith("WRONG: it was packed anew by another program than Firstline")
        assert "timeline.json was altered" in told
        less = {name: data for name, data in files.items() if not name.endswith(CHAIN)}
        assert f"{CHAIN} was removed" in said(zip_of(zipfile.ZIP_DEFLATED, **less))
        lie = {**files, folder + MANIFEST: long.files[MANIFEST].replace(b"operator", b"OPERATOR")}
        assert "manifest.json was altered" in said(zip_of(zipfile.ZIP_DEFLATED, **lie))


def test_a_file_that_is_missing_or_too_many_is_found(long: Long, said: Callable[..., str]) -> None:
    less = {name: data for name, data in long.files.items() if name != CHAIN}
    assert said(packed(less)) == f"WRONG: {CHAIN} was removed"
    assert "other files than were sealed" in said(packed({**long.files, "more.txt": b""}))
    twice = packed({**long.files, "chain.jsom": b"{}"}).replace(b"chain.jsom", b"chain.json")
    assert said(twice) == f"WRONG: it was altered: it holds '{CHAIN}' twice"


def test_a_package_of_another_key_is_said_to_be(
    long: Long, said: Callable[..., str], tmp_path: Path
) -> None:
    other = Ed25519PrivateKey.generate()
    name = key_id(other.public_key())
    (tmp_path / "package.zip").write_bytes(long.sealed)
    with pytest.raises(NotWhole, match=f"with another key: {long.manifest.key_id}, and {name} was"):
        list(check_package(tmp_path / "package.zip", {name: other.public_key()}))
    # One who seals it anew brings his own key; that is of no use without its being trusted.
    forged = long._replace(
        key=other,
        manifest=long.manifest.model_copy(
            update={"key_id": name, "public_key": public_text(other.public_key())}
        ),
    )
    assert f"sealed with another key: {name}" in said(resealed(forged, {}))


def test_a_desk_that_seals_what_it_did_not_archive_is_found(
    long: Long, said: Callable[..., str]
) -> None:
    first, second = (run.file for run in long.manifest.runs)
    other = long.files[second].replace(b'"eventId":"2"', b'"eventId":"2" ', 1)
    assert other != long.files[second]
    assert f"{second} is not what was archived" in said(resealed(long, {second: other}))
    swapped = {first: long.files[second], second: long.files[first]}
    assert "of another run than the manifest says" in said(resealed(long, swapped))
    runs = (long.manifest.runs[0],)
    one = {n: d for n, d in long.files.items() if n not in (MANIFEST, SIGNATURE, second)}
    told = long.manifest.model_copy(
        update={"runs": runs, "files": tuple(file_of(n, d) for n, d in one.items())}
    )
    assert "a run is missing after run 1" in said(form.sealed(told, one, long.key))
    assert "is no history" in said(resealed(long, {second: b"[" * 100_000}))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "failed"}, "record 2 of the chain was altered: it is not what was signed"),
        ({"seq": 9}, "record 9 of the chain was altered"),
        ({"number": "INC-00000000"}, "is of run 2 of INC-00000000"),
        ({"sha256": "0" * 64}, "is not what was archived as record 2"),
    ],
)
def test_an_altered_record_of_the_chain_is_found(
    long: Long, said: Callable[..., str], change: dict[str, object], told: str
) -> None:
    chain = json.loads(long.files[CHAIN])
    chain["records"][1]["entry"] |= change
    assert told in said(resealed(long, {CHAIN: json.dumps(chain).encode()}))


def test_an_altered_checkpoint_is_found(long: Long, said: Callable[..., str]) -> None:
    chain = json.loads(long.files[CHAIN])
    chain["newest"]["at"] = "2020-01-01T00:00:00Z"
    told = said(resealed(long, {CHAIN: json.dumps(chain).encode()}))
    assert "the checkpoint of record 2 was altered: its signature is not right" in told
    without = Chain.model_validate_json(long.files[CHAIN]).model_copy(update={"newest": None})
    told = said(resealed(long, {CHAIN: without.model_dump_json().encode()}))
    assert "newest checkpoint was removed" in told


def test_a_timeline_that_the_histories_do_not_tell_is_found_by_a_replay(
    long: Long, said: Callable[..., str]
) -> None:
    other = long.files["timeline.json"].replace(b"A new part", b"An old part")
    lie = resealed(long, {"timeline.json": other})
    assert "not replayed" in said(lie)
    assert "timeline.json is not what the histories tell" in said(lie, replayed=True)


def test_other_code_says_that_it_replays_otherwise(
    long: Long, said: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 1000)
    assert "run 1: other commands" in said(long.sealed, replayed=True)


def test_it_is_proved_where_nothing_is_but_the_package_and_the_key(
    long: Long, tmp_path: Path
) -> None:
    (tmp_path / "evidence.zip").write_bytes(long.sealed)

    def verify(key: Ed25519PublicKey, *more: str) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "firstline.py"), "audit", "verify", "evidence.zip"]
        return subprocess.run(
            [sys.executable, *command, "--key", public_text(key), *more],
            env={},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    done = verify(long.key.public_key())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "the package is whole"
    other = verify(Ed25519PrivateKey.generate().public_key())
    assert (other.returncode, other.stderr) == (1, "")
    assert "sealed with another key" in other.stdout
    # This code ends its runs later than the one that lived through it.
    replayed = verify(long.key.public_key(), "--replay")
    assert replayed.returncode == 1
    assert "other commands" in replayed.stdout
    assert os.listdir(tmp_path) == ["evidence.zip"]


async def test_of_a_ticket_that_goes_on_the_earlier_runs_are_those_of_the_archive(
    desk: Desk, said: Callable[..., str], short_runs: None
) -> None:
    handle = await desk.open()
    await desk.take(handle, "finn", "accept")
    first = (await handle.describe()).run_id
    for count in range(SHORT_RUNS):
        await desk.take(handle, "finn", "comment", text=f"note {count}", internal=True)

    async def goes_on() -> bool:
        return (await handle.describe()).run_id != first

    await eventually(goes_on)
    await archiver(desk.client, settings_of(desk), desk.engine).sweep()
    await archived(desk, handle.id, 1)
    manifest, sealed = await seal(desk, handle.id)
    assert [(run.archived, run.ended) for run in manifest.runs] == [(True, True), (False, False)]
    found = await asyncio.to_thread(said, sealed, replayed=True, keys=keys_of(desk))
    assert re.search("run-1.json: what was archived .*\\n.*run-2.json: not archived", found)
    assert "what the histories tell" in found
