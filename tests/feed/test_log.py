"""A log is read whole or refused, and the refusal says which line to look at."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feed.log import COLUMNS, Log, LogError, chosen, read_log
from tests.feed.rows import EXAMPLES, HEADER, LINE


def log_of(folder: Path, *lines: str, end: str = "\n", start: str = "") -> Log:
    path = folder / "log.csv"
    path.write_bytes((start + end.join([*lines, ""])).encode())
    return read_log(path)


def refusal(folder: Path, *lines: str) -> str:
    with pytest.raises(LogError) as refused:
        log_of(folder, *lines)
    return str(refused.value)


def test_a_row_knows_its_line_and_its_instant_in_utc(tmp_path: Path) -> None:
    (case,) = log_of(tmp_path, HEADER, LINE).cases
    (row,) = case.rows
    assert (case.id, row.number, row.team, row.line) == ("C-1", 2, "Front Desk", "1")
    assert row.at == datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def test_a_gzipped_log_is_the_same_log(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(EXAMPLES.read_bytes(), mtime=0))
    assert read_log(path) == read_log(EXAMPLES)


def test_a_byte_order_mark_and_line_ends_of_windows_do_not_matter(tmp_path: Path) -> None:
    plain = log_of(tmp_path, HEADER, LINE).cases
    assert log_of(tmp_path, HEADER, LINE, end="\r\n", start="\ufeff").cases == plain


def test_columns_may_stand_in_another_order_and_beside_others(tmp_path: Path) -> None:
    names = ["note", *reversed(COLUMNS)]
    values = ["-", *reversed(LINE.split(","))]
    log = log_of(tmp_path, ",".join(names), ",".join(values))
    assert log.cases == log_of(tmp_path, HEADER, LINE).cases


def test_rows_of_one_case_are_put_in_order_of_time_and_counted(tmp_path: Path) -> None:
    early, late = LINE.replace("T10:00", "T09:00"), LINE
    log = log_of(tmp_path, HEADER, late, early, late.replace("Accepted", "Queued"))
    assert [row.number for row in log.cases[0].rows] == [3, 2, 4]
    assert log.disordered == 1


def test_one_name_of_the_whole_file_stays_when_a_part_is_chosen() -> None:
    log = read_log(EXAMPLES)
    ids = [case.id for case in log.cases]
    assert [case.id for case in chosen(log, 3, ()).cases] == ids[:3]
    assert [case.id for case in chosen(log, None, (ids[7],)).cases] == [ids[7]]
    assert chosen(log, 3, ()).digest == log.digest


def test_a_case_that_is_not_there_is_named() -> None:
    with pytest.raises(LogError, match="there is no case EX-1"):
        chosen(read_log(EXAMPLES), None, ("EX-1",))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    header = HEADER.replace("team,", "").replace(",person", "")
    assert refusal(tmp_path, header, LINE).endswith("lacks the columns team, person")


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    assert "team more than once" in refusal(tmp_path, HEADER + ",team", LINE + ",x")


def test_another_kind_of_table_is_told_what_is_needed(tmp_path: Path) -> None:
    assert "its first line must name the columns case, at," in refusal(tmp_path, "a;b", "1;2")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00", "is not a CSV file in UTF-8"),
        (b"a,b\0", "is not a CSV file: it has NUL"),
        (HEADER.encode() + b"\n", "a header and no rows"),
        (HEADER.encode() + b'\n"C-1,2025', "is not a CSV file: line 2"),
        (gzip.compress(HEADER.encode() * 9, mtime=0)[:-9], "is a damaged gzip file"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(LogError, match=words):
        read_log(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot read"):
        read_log(tmp_path / "log.csv")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2025-03-03T10:00:00+01:00", "2025-03-03T10:00:00", "no instant with its offset"),
        ("2025-03-03T10:00:00+01:00", "2025-02-30T10:00:00+01:00", "is no instant: write it"),
        ("2025-03-03T10:00:00+01:00", "yesterday", "'yesterday' is no instant"),
        ("2025-03-03T10:00:00+01:00", "0001-01-01T00:00:00+10:00", "is no instant"),
        ("C-1,", ",", "case must not be empty"),
        ("Front Desk", "", "team must not be empty"),
        ("Front Desk", "x" * 121, "team may have 120 characters"),
        (",Norway,e1", "", "has 10 fields, 12 are needed"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    said = refusal(tmp_path, HEADER, LINE, "", LINE.replace(old, new), LINE)
    assert words in said
    assert "\nline 4: " in said
    assert said.count("line ") == 1


def test_of_many_bad_rows_the_first_ten_are_shown(tmp_path: Path) -> None:
    said = refusal(tmp_path, HEADER, *[LINE.replace("+01:00", "")] * 12)
    assert said.count("\nline ") == 10
    assert said.endswith("... and 2 more")
