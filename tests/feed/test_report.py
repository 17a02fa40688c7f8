"""The report puts both sides of each figure beside each other, and counts what was refused."""

import json
from pathlib import Path

from feed.log import Log
from feed.measuring import Measured
from feed.progress import Journal, Refusal
from feed.report import Report, as_text, report_of
from tests.feed.rows import make_case, make_row

LOG = Log(
    "digest",
    (
        make_case(make_row(), make_row("Queued / x", 5, team="B", line="2")),
        make_case(make_row("Unmatched / Unmatched", case="C-2")),
    ),
    disordered=1,
)
ONE = Measured(events=9, steps=3, hand_offs=1, highest_line=2, rungs={"response 50%": 2})


def report(folder: Path) -> Report:
    with Journal(folder / "log.jsonl") as journal:
        journal.opened("C-1", "INC-1")
        for row in (4, 5):
            refused = Refusal(row=row, problem="step-refused", step="confirm", status="closed")
            journal.at("C-1", row, refused=refused)
        journal.measured("C-1", ONE)
        return report_of(LOG, journal, answers=30, seconds=1.5)


def test_a_figure_of_the_log_stands_beside_the_desks(tmp_path: Path) -> None:
    lines = as_text(report(tmp_path)).splitlines()
    assert "cases handed off between teams                   1           1" in lines
    assert "cases whose highest line is 2                    1           1" in lines
    assert "events a case, median                          1.5           9" in lines


def test_refused_rows_are_counted_by_reason(tmp_path: Path) -> None:
    made = report(tmp_path)
    assert made.refused == {"step-refused: confirm while closed": 2}
    assert "rows refused: 2" in as_text(made)


def test_what_was_odd_is_told(tmp_path: Path) -> None:
    text = as_text(report(tmp_path))
    assert "Unmatched / Unmatched" in text
    assert "cases whose rows went back in time, and were sorted: 1" in text
    assert "cases not fed to their end yet: 1" in text
    assert "30 openings and steps in 1.5 s, 20.0 a second" in text


def test_the_report_is_json_too(tmp_path: Path) -> None:
    told = json.loads(report(tmp_path).model_dump_json())
    assert told["log"]["cases"] == 2
    assert told["desk"]["rungs"] == {"response 50%": 2}
