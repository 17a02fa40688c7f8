"""The command without a running desk: tokens, imports, and what it says when it cannot do it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import firstline
import tokens
from settings import desk_secret, load
from store.engine import make_engine, reading
from store.organisation import Organisation
from store.organisation import load as load_organisation
from tests.ports import free_port

DEMONSTRATION = Path(__file__).parents[1] / "examples" / "organisation.yaml"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIRSTLINE_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("FIRSTLINE_PORT", str(free_port()))
    return tmp_path / "var"


@pytest.fixture
def organised(home: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A data folder in which the demonstration organisation is."""
    assert firstline.run(["migrate"]) == 0
    assert firstline.run(["import", str(DEMONSTRATION)]) == 0
    assert "people: " in capsys.readouterr().out
    return home


def organisation() -> Organisation:
    engine = make_engine(load().database)
    with reading(engine) as connection:
        found = load_organisation(connection)
    engine.dispose()
    return found


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said about a command that is wrong: on stderr, and with exit code 2."""
    assert firstline.run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert firstline.run(["--help"]) == 0
    said = capsys.readouterr().out
    commands = ("up", "token", "migrate", "import", "tickets", "step", "feed")
    assert [name for name in commands if f"\n    {name} " not in said] == []


@pytest.mark.parametrize("command", ["up", "token", "migrate", "import", "tickets", "step", "feed"])
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert firstline.run([command, "--help"]) == 0
    assert f"usage: firstline {command}" in capsys.readouterr().out


def test_no_command_is_a_mistake_that_shows_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "usage: firstline" in refused([], capsys)


def test_a_token_and_nothing_else_is_printed(
    organised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert firstline.run(["token", "Finn@Example.org"]) == 0
    said = capsys.readouterr()
    now = datetime.now(UTC)
    claims = tokens.verify(desk_secret(load()), said.out.removesuffix("\n"), now)
    finn = organisation().person_by_email("finn@example.org")
    assert finn is not None
    assert claims.person == finn.id
    assert timedelta(days=29) < claims.expires - now <= timedelta(days=30)
    assert said.err == ""


def test_a_token_is_good_for_the_days_asked_for(
    organised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert firstline.run(["token", "finn@example.org", "--days", "2"]) == 0
    now = datetime.now(UTC)
    claims = tokens.verify(desk_secret(load()), capsys.readouterr().out.strip(), now)
    assert timedelta(days=1) < claims.expires - now <= timedelta(days=2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["token", "nobody@example.org"], "nobody@example.org is nobody who is active here"),
        (["token", "finn@example.org", "--days", "0"], "1 to 3650 days"),
        (["token", "finn@example.org", "--days", "soon"], "--days"),
        (["token", "finn@example.org", "omar@example.org"], "say one e-mail address"),
        (["token", "revoke"], "say which token"),
        (["token", "revoke", "nonsense"], "was not made by this desk"),
        (["import", "none.yaml"], "none.yaml cannot be read: No such file"),
        (["step", "INC-1", "resolve", "fixed", "--as", "finn@example.org"], "name=value"),
        (["tickets"], "--as"),
    ],
)
def test_a_wrong_command_is_said_in_words(
    organised: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(arguments, capsys)


def test_somebody_who_left_gets_no_token(
    organised: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    omar = "email: omar@example.org"
    text = DEMONSTRATION.read_text()
    assert omar in text
    left = tmp_path / "left.yaml"
    left.write_text(text.replace(omar, f"{omar}\n    active: false"))
    assert firstline.run(["import", str(left)]) == 0
    capsys.readouterr()
    assert "is nobody who is active here" in refused(["token", "omar@example.org"], capsys)


def test_a_token_is_revoked_by_its_id_also_twice(
    organised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firstline.run(["token", "finn@example.org"])
    token = capsys.readouterr().out.strip()
    for _ in range(2):
        assert firstline.run(["token", "revoke", token]) == 0
    claims = tokens.verify(desk_secret(load()), token, datetime.now(UTC))
    assert organisation().is_revoked(claims.id)


def test_a_file_with_mistakes_is_refused_line_by_line_and_changes_nothing(
    organised: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = organisation()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("people:\n  - email: new@example.org\n    name: 7\n    role: agent\n")
    said = refused(["import", str(wrong)], capsys)
    assert "nothing was imported" in said
    assert f"{wrong}:4: " in said
    assert organisation().revision == before.revision


def test_the_same_file_again_changes_nothing(
    organised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert firstline.run(["import", str(DEMONSTRATION)]) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_without_a_database_it_is_said_how_to_make_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "run `firstline migrate`" in refused(["token", "finn@example.org"], capsys)
    assert not home.exists()
    home.mkdir()
    assert "run `firstline migrate`" in refused(["token", "finn@example.org"], capsys)


def test_a_database_that_cannot_be_read_is_said_without_its_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"postgresql://desk:swordfish@127.0.0.1:{free_port()}/desk"
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", url)
    said = refused(["token", "finn@example.org"], capsys)
    assert "the database of FIRSTLINE_DATABASE_URL cannot be used" in said
    assert "swordfish" not in said


def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRSTLINE_PORT", "http")
    assert "FIRSTLINE_PORT" in refused(["migrate"], capsys)


def test_a_desk_that_does_not_run_is_said_with_exit_code_1(
    organised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert firstline.run(["tickets", "--as", "finn@example.org"]) == 1
    assert "start it with `firstline up`" in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_used_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FIRSTLINE_HOME", str(tmp_path / "file" / "var"))
    said = refused(["up"], capsys)
    assert "cannot be written to" in said
    assert "FIRSTLINE_HOME" in said
