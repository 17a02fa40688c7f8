"""Teams of a log become groups whose ids can be read, and are the same in any file."""

import pytest

from feed.organisation import Team, as_yaml, groups_of, line_of
from store.organisation_file import parse
from tests.feed.rows import make_row


@pytest.mark.parametrize(
    ("team", "line", "id", "on_line"),
    [
        ("V30", "1", "log-v30-1", 1),
        ("V5 3rd", "3", "log-v5-3rd-3", 3),
        ("V13 2nd 3rd", "2/L3", "log-v13-2nd-3rd-2-7975cf", 2),
        ("Net/work", "2", "log-net-work-2-f64e1d", 2),
        ("Net-work", "2", "log-net-work-2-4cd926", 2),
        ("Κέντρο", "1", "log-1-cc1659", 1),
        ("x" * 50, "1", "log-" + "x" * 40 + "-1-c01628", 1),
        ("Front Desk", "", "log-front-desk-1-2a4ad9", 1),
    ],
)
def test_the_id_of_a_group_can_be_read(team: str, line: str, id: str, on_line: int) -> None:
    (group,) = groups_of([make_row(team=team, line=line)]).values()
    assert (group.id, group.name, group.line) == (id, team, on_line)


def test_a_team_is_the_same_group_whatever_else_a_file_holds() -> None:
    teams = [make_row(team=team) for team in ("B", "A", "B 2nd")]
    assert groups_of(teams)[Team("B", "1")] == groups_of(teams[:1])[Team("B", "1")]


def test_a_line_that_is_none_is_the_first() -> None:
    assert [line_of(text) for text in ("1", "3", "2/L3", "", "7")] == [1, 3, 2, 1, 1]


def test_the_groups_are_an_organisation_file_that_the_desk_reads() -> None:
    rows = [make_row(team=team, line=line) for team, line in (("1", "1"), ("No", "3"), ("~", "2"))]
    leads = {1: "lena@example.org", 2: "sena@example.org", 3: "theo@example.org"}
    file, _, problems = parse(as_yaml(groups_of(rows), leads))
    assert problems == []
    assert file is not None
    found = {(g.name, g.line, g.lead, g.members) for g in file.groups}
    assert found == {
        ("1", 1, "lena@example.org", ("lena@example.org",)),
        ("No", 3, "theo@example.org", ("theo@example.org",)),
        ("~", 2, "sena@example.org", ("sena@example.org",)),
    }


def test_one_team_written_in_two_cases_is_one_group() -> None:
    groups = groups_of([make_row(team="Front Desk"), make_row(team="FRONT DESK")])
    file, _, problems = parse(as_yaml(groups, {1: "lena@example.org"}))
    assert file is not None
    assert (len(file.groups), problems) == (1, [])
