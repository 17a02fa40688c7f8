"""What an auditor does on a desk that runs, through the death of a worker in the middle."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.archive import links
from tests.embedded.whole_desk import ROOT, Desk, running_desk
from tests.patience import until

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]
TICKETS = 8
CANCELLED = 4


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture(scope="module")
def numbers(desk: Desk) -> list[str]:
    """Tickets, some of which were cancelled: these have ended."""
    made = []
    with desk.web("rosa") as rosa:
        for count in range(TICKETS):
            answer = rosa.post("/incidents", json={"summary": f"Number {count}"})
            assert answer.status_code == 201, answer.text
            made.append(str(answer.json()["number"]))
        for number in made[:CANCELLED]:
            cancel = {"step": "cancel", "reason": "It works again."}
            assert rosa.post(f"/tickets/{number}/steps", json=cancel).status_code == 200
    return made


def test_what_has_ended_is_archived_and_the_chain_is_whole(desk: Desk, numbers: list[str]) -> None:
    database = desk.engine()
    until(lambda: len(list(links(database))) == CANCELLED, 60)
    database.dispose()
    verified = desk.run("audit", "verify").stdout
    assert f"{CANCELLED} records" in verified
    assert "the chain is whole" in verified
    point = desk.home / "checkpoint.json"
    point.write_text(desk.run("audit", "checkpoint").stdout)
    checked = desk.run("audit", "verify", "--checkpoint", str(point))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_replay_goes_on_after_its_worker_was_killed(desk: Desk, numbers: list[str]) -> None:
    with desk.web("aude") as aude:
        asked = aude.post("/audit/replays", json={})
        assert asked.status_code == 202, asked.text
        time.sleep(0.5)
        desk.child("-m worker").kill()
        result: dict[str, Any] = {}

        def done() -> bool:
            result.update(aude.get(asked.headers["location"]).json())
            return bool(result["state"] == "done")

        until(done, 200)
    assert (result["total"], result["identical"]) == (len(numbers), len(numbers))


def test_the_commands_of_an_auditor(desk: Desk, numbers: list[str]) -> None:
    replayed = desk.run("audit", "replay", "--all", "--jobs", "1")
    assert replayed.stdout.startswith(f"{TICKETS} tickets, "), replayed.stdout + replayed.stderr
    assert replayed.stdout.endswith(": identical\n")
    reconciled = desk.run("audit", "reconcile", "--all")
    assert reconciled.stdout == f"{TICKETS} tickets reconciled, 0 differ\n", reconciled.stderr
    shown = desk.run("audit", "show", numbers[0], "--at", "1")
    assert "status: new" in shown.stdout, shown.stderr
    told = desk.run("audit", "diff", numbers[0], "--from", "1")
    assert "status: new -> cancelled" in told.stdout, told.stderr
    early = desk.run("audit", "show", numbers[0], "--at", "2001-01-01")
    assert (early.returncode, "was not there yet" in early.stderr) == (2, True)
    unknown = desk.run("audit", "show", "INC-00000000")
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)


def test_a_package_proves_itself_where_there_is_nothing_else(
    desk: Desk, numbers: list[str], tmp_path: Path
) -> None:
    sealed = tmp_path / "sealed.zip"
    exported = desk.run("audit", "export", numbers[0], "--to", str(sealed))
    assert exported.returncode == 0, exported.stderr
    key = desk.run("audit", "key").stdout.strip()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(sealed, elsewhere / "p.zip")

    def verify(path: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "firstline", "audit", "verify", path, "--key", key]
        return subprocess.run(
            command,
            cwd=elsewhere,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    whole = verify("p.zip")
    assert (whole.returncode, "the package is whole" in whole.stdout) == (0, True), whole.stderr
    altered = bytearray(sealed.read_bytes())
    altered[len(altered) // 2] ^= 1
    (elsewhere / "altered.zip").write_bytes(altered)
    assert verify("altered.zip").returncode == 1
    with desk.web("aude") as aude:
        seen = aude.get("/audit/accesses", params={"ticket": numbers[0]})
    assert [one["kind"] for one in seen.json()["items"]] == ["export"]
