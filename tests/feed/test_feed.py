"""A log goes into a running desk as a user feeds it: killed, resumed, repeated, interrupted."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feed.log import Case, Log, chosen, read_log
from feed.mapping import plan
from feed.organisation import groups_of
from feed.progress import CaseProgress, Journal
from tests import plain
from tests.embedded.whole_desk import ROOT, Desk, running_desk, unmeasured
from tests.feed.rows import EXAMPLES, volvo
from tests.patience import until

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(1200)]
KNOWN = ("access", "hardware", "network", "security", "software")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


def start(desk: Desk, *words: str, measured: bool = True) -> "subprocess.Popen[str]":
    """Begin to feed, and leave it at that."""
    return subprocess.Popen(
        [sys.executable, "-m", "firstline", "feed", *words],
        cwd=ROOT,
        env=desk.environment if measured else unmeasured(desk.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def journal_of(desk: Desk, log: Log) -> Path:
    return desk.home / "var" / "feed" / f"{log.digest[:16]}.jsonl"


def fed_until(desk: Desk, log: Log, lines: int, *words: str) -> "subprocess.Popen[str]":
    """Begin to feed, and return when its journal has got so many lines longer."""
    path = journal_of(desk, log)

    def written() -> int:
        return path.read_bytes().count(b"\n") if path.exists() else 0

    before = written()
    process = start(desk, *words)
    until(lambda: written() >= before + lines or process.poll() is not None, 100)
    assert process.poll() is None, process.communicate()
    return process


def whole(process: "subprocess.Popen[str]") -> str:
    """What a feed says that comes to its end."""
    told, complaints = process.communicate(timeout=900)
    assert process.returncode == 0, complaints
    return told


def progress_of(desk: Desk, log: Log) -> dict[str, CaseProgress]:
    with Journal(journal_of(desk, log)) as journal:
        return {case.id: journal.of(case.id) for case in log.cases}


class Reader:
    """Reads tickets as adam does."""

    def __init__(self, desk: Desk) -> None:
        self._url, self._headers = desk.url, desk.proof("adam")

    def get(self, path: str) -> Json:
        answer = plain.get(self._url + path, headers=self._headers)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def steps(self, number: str) -> list[tuple[str, str]]:
        """Each step of a ticket and its instant."""
        items = self.get(f"/tickets/{number}/timeline?limit=500")["items"]
        return [(item["step"]["step"], item["at"]) for item in items if item["event"] == "step"]


def expected(case: Case, log: Log, progress: CaseProgress) -> list[tuple[str, str]]:
    """The steps that the case's rows mean, without those from a refused one on in its row."""
    refused = {refusal.row: refusal.step for refusal in progress.refused}
    steps = []
    for row in plan(case, groups_of(log.rows), KNOWN).rows:
        for step in row.steps:
            if refused.get(row.row.number) == step["step"]:
                break
            steps.append((str(step["step"]), str(step["at"])))
    return steps


def nothing_lost_and_nothing_twice(desk: Desk, log: Log) -> None:
    reader = Reader(desk)
    fed = progress_of(desk, log)
    assert len({progress.number for progress in fed.values()}) == len(log.cases)
    for case in log.cases:
        steps = reader.steps(str(fed[case.id].number))
        assert steps == expected(case, log, fed[case.id]), case.id


def test_the_examples_are_fed_whole_through_a_kill_of_the_feed_and_one_of_the_api(
    desk: Desk, tmp_path: Path
) -> None:
    log = read_log(EXAMPLES)
    killed = fed_until(desk, log, 60, str(EXAMPLES), "--jobs", "6")
    killed.kill()
    killed.communicate()
    going_on = fed_until(desk, log, 60, str(EXAMPLES), "--json", str(tmp_path / "report.json"))
    desk.child("-m api").kill()
    assert "cases handed off between teams                  24          24" in whole(going_on)
    nothing_lost_and_nothing_twice(desk, log)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["desk"]["cases"], report["unfinished_cases"]) == (50, 0)
    assert (report["desk"]["ping_pong_cases"], report["desk"]["reopened_cases"]) == (6, 4)
    assert report["refused"] == {
        "step-refused: confirm while closed": 1,
        "step-refused: reopen while closed": 1,
        "step-refused: resolve while closed": 1,
    }
    assert report["desk"]["closed_by_silence"] == 1


def test_a_feed_without_its_journal_changes_nothing(desk: Desk) -> None:
    log = chosen(read_log(EXAMPLES), 15, ())
    whole(start(desk, str(EXAMPLES), "--cases", "15"))
    reader = Reader(desk)
    numbers = [str(progress.number) for progress in progress_of(desk, log).values()]
    before = [reader.get(f"/tickets/{number}") for number in numbers]
    journal_of(desk, log).unlink()
    whole(start(desk, str(EXAMPLES), "--cases", "15"))
    again = progress_of(desk, log).values()
    assert sorted(str(progress.number) for progress in again) == sorted(numbers)
    assert [reader.get(f"/tickets/{number}") for number in numbers] == before


def test_ctrl_c_ends_it_and_the_same_command_goes_on(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "copy.csv"
    path.write_text(EXAMPLES.read_text().replace("EX-", "CC-"))
    log = chosen(read_log(path), 12, ())
    process = fed_until(desk, log, 40, str(path), "--cases", "12", "--jobs", "4")
    process.send_signal(signal.SIGINT)
    told, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from here" in complaints
    assert "cases not fed to their end yet: " in told
    whole(start(desk, str(path), "--cases", "12"))
    nothing_lost_and_nothing_twice(desk, log)


def test_one_case_can_be_fed_alone(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "copy.csv"
    path.write_text(EXAMPLES.read_text().replace("EX-", "OC-"))
    whole(start(desk, str(path), "--case", "OC-1007"))
    fed = [case for case, progress in progress_of(desk, read_log(path)).items() if progress.done]
    assert fed == ["OC-1007"]


@pytest.mark.volvo
def test_two_hundred_real_cases_are_fed_whole_through_a_kill(desk: Desk) -> None:
    log = read_log(volvo())
    cases = log.cases[::37][:200]
    words = [str(volvo()), *(word for case in cases for word in ("--case", case.id))]
    killed = fed_until(desk, log, 500, *words)
    killed.kill()
    killed.communicate()
    # What it does has been measured with the examples.
    told = whole(start(desk, *words, measured=False))
    assert "cases                                          200         200" in told
    nothing_lost_and_nothing_twice(desk, Log(log.digest, cases))
    # Which replays every ticket, too.
    reconciled = desk.run("audit", "reconcile", "--all", measured=False)
    assert reconciled.stdout.endswith(" reconciled, 0 differ\n"), reconciled.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.csv",), "cannot read"),
        ((str(EXAMPLES), "--as", "rosa@example.org"), "lacks the role import"),
        ((str(EXAMPLES), "--as", "nobody@example.org"), "nobody who is active"),
        ((str(EXAMPLES), "--case", "EX-9"), "there is no case EX-9"),
        ((str(EXAMPLES), "--jobs", "0"), "no number from 1 on"),
        ((str(EXAMPLES), "--url", "http://127.0.0.1:9", "--patience", "1"), "does not answer"),
    ],
)
def test_what_cannot_be_done_is_said(desk: Desk, words: tuple[str, ...], said: str) -> None:
    done = desk.run("feed", *words)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
