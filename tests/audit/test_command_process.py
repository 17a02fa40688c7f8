"""`firstline process check`: how many tickets would break, which, and where."""

import argparse
import shutil
from pathlib import Path

import pytest

from audit.command_process import BREAKS, FINE, _check, told
from audit.desk import AuditDesk
from audit.evidence import Sources
from audit.fingerprints import HISTORIES, release_of_checkout
from audit.targets import Bodies
from desk.errors import InvalidFact
from tests.patience import eventually
from tests.running import Desk

RELEASE = release_of_checkout()


def seen_by_an_auditor(desk: Desk) -> AuditDesk:
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    return AuditDesk(desk.client, desk.engine, sources)


def options(release: str) -> argparse.Namespace:
    return argparse.Namespace(against=release, jobs=1)


@pytest.fixture(autouse=True)
def one_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One committed life is enough here; test_gate.py has them all."""
    folder = tmp_path / "histories" / RELEASE
    folder.mkdir(parents=True)
    shutil.copy(HISTORIES / RELEASE / "cancelled.1.json", folder)
    monkeypatch.setattr("audit.fingerprints.HISTORIES", folder.parent)


@pytest.mark.timeout(120)
async def test_a_ticket_that_this_code_would_break_is_named(
    desk_alone: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_alone
    fine = await desk.open()
    assert await _check(seen_by_an_auditor(desk), options(RELEASE)) == FINE
    said = capsys.readouterr().out
    assert "0 of 1 tickets of this desk would break" in said
    assert f"0 of 1 lives of {RELEASE} would break" in said
    # Lived under other code: its runs are shorter than those of the code that checks.
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 2)
    handle = await desk.open()
    first = (await handle.describe()).run_id
    await desk.take(handle, "finn", "accept")
    await desk.take(handle, "finn", "comment", text="So.", internal=True)

    async def next_run() -> bool:
        return (await handle.describe()).run_id != first

    await eventually(next_run)
    assert await _check(seen_by_an_auditor(desk), options(RELEASE)) == BREAKS
    said = capsys.readouterr().out
    assert "1 of 2 tickets of this desk would break" in said
    assert f"   {handle.id}\n" in said
    assert "1: other commands at " in said
    assert fine.id not in said


async def test_a_release_that_nobody_knows_is_refused_with_those_that_there_are(
    desk: Desk,
) -> None:
    with pytest.raises(InvalidFact, match=rf"9\.9\.9 is no release of this desk: .*{RELEASE}"):
        await _check(seen_by_an_auditor(desk), options("9.9.9"))


def test_what_would_break_is_counted_by_what_differs_first() -> None:
    tickets = [f"INC-{nth}" for nth in range(9)]
    broken = {n: f"another state at version {n[-1]}, after {n[-1]}.0 step" for n in tickets[:7]}
    broken |= {"0.1.0/plain": "this code knows no process called seance"}
    lines = told("0.1.0", [*tickets, "0.1.0/plain", "0.1.0/cancelled"], broken)
    assert lines[:3] == [
        "7 of 9 tickets of this desk would break",
        "1 of 2 lives of 0.1.0 would break",
        "7: another state at a version, after step",
    ]
    assert lines[3] == "   INC-0, INC-1, INC-2, INC-3, INC-4 and 2 more"
    assert lines[4:6] == ["1: this code knows no process called seance", "   0.1.0/plain"]
