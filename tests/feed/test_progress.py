"""The journal: whatever ended a feed, what was answered is known, and nothing else."""

from pathlib import Path

import pytest

from feed.measuring import Measured
from feed.progress import Beginning, Journal, ProgressError, Refusal

REFUSED = Refusal(row=7, problem="step-refused", step="confirm", status="closed")
BEGINNING = Beginning(importer="adam@example.org", categories=("network",))


def written(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(BEGINNING)
        journal.opened("C-1", "INC-1")
        journal.at("C-1", 0, 1)
        journal.at("C-1", 1)
        journal.at("C-1", 2, refused=REFUSED)
        journal.opened("C-2", "INC-2")
        journal.measured("C-2", Measured(steps=3))
        journal.give_up("C-3", REFUSED)
        journal.at("C-1", 2, 1)


def test_a_journal_that_is_opened_again_knows_all_that_was_written(tmp_path: Path) -> None:
    written(tmp_path / "feed" / "log.jsonl")
    with Journal(tmp_path / "feed" / "log.jsonl") as journal:
        first, second, third = (journal.of(case) for case in ("C-1", "C-2", "C-3"))
        assert (first.number, first.rows, first.parts, first.done) == ("INC-1", 2, 1, False)
        assert first.refused == [REFUSED]
        assert second.measured == Measured(steps=3)
        assert (second.done, third.done, third.number) == (True, True, None)
        assert journal.of("C-4").done is False


def test_half_a_line_that_a_kill_left_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    written(path)
    whole = path.read_bytes()
    for length in range(len(whole) - 24, len(whole)):
        path.write_bytes(whole[:length])
        with Journal(path) as journal:
            assert journal.of("C-1").parts == 0
            journal.at("C-1", 2, 1)
        assert path.read_bytes() == whole


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    written(path)
    path.write_bytes(b"{}\n{no\n" + path.read_bytes())
    with pytest.raises(ProgressError, match="damaged at line 2: remove it"), Journal(path):
        pass


def test_a_log_is_fed_by_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Journal(path), pytest.raises(ProgressError, match="being fed already"), Journal(path):
        pass
    with Journal(path):
        pass


def test_whoever_began_goes_on_with_what_was_known_then(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    written(path)
    with Journal(path) as journal:
        later = Beginning(importer="adam@example.org", categories=())
        assert journal.begin(later) == BEGINNING
        with pytest.raises(ProgressError, match="go on with --as adam"):
            journal.begin(Beginning(importer="eve@example.org", categories=()))


def test_a_folder_that_is_a_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text("")
    with pytest.raises(ProgressError, match="cannot be written"), Journal(tmp_path / "feed" / "x"):
        pass
