"""Settings: what is read from the environment, what is refused and how, and the desk's secret."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from settings import (
    Settings,
    SettingsError,
    desk_secret,
    load,
    load_or_exit,
    signing_seed,
    temporal_address_given,
)

LONG = "a-secret-of-thirty-two-characters!"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("FIRSTLINE_", "TEMPORAL_")):
            monkeypatch.delenv(name)


def test_a_fresh_machine_needs_no_settings() -> None:
    settings = load()
    assert settings.home == Path.cwd() / "var"
    assert settings.database == f"sqlite:///{Path.cwd()}/var/desk.sqlite3"
    assert (settings.port, settings.temporal_port, settings.temporal_ui_port) == (8000, 7233, 8233)
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.temporal_synchronous == "full"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIRSTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("FIRSTLINE_PORT", "8123")
    monkeypatch.setenv("FIRSTLINE_PUBLIC_URL", "https://desk.example.org/")
    settings = load()
    assert (settings.home, settings.port) == (tmp_path, 8123)
    assert settings.address == "https://desk.example.org"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_with_the_driver_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", f"{scheme}://desk:pw@db/desk")
    assert load().database == "postgresql+psycopg://desk:pw@db/desk"


def test_a_sqlite_file_may_lie_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", "sqlite:////srv/desk.sqlite3")
    assert load().database == "sqlite:////srv/desk.sqlite3"


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", "")
    assert load().database_url is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FIRSTLINE_PORT", "80000"),
        ("FIRSTLINE_PORT", "eighty"),
        ("FIRSTLINE_TEMPORAL_PORT", "65000"),
        ("FIRSTLINE_TEMPORAL_SYNCHRONOUS", "off"),
        ("FIRSTLINE_RETENTION_DAYS", "30"),
        ("FIRSTLINE_SECRET", "too short to be one"),
        ("FIRSTLINE_DATABASE_URL", "mysql://desk:hunter2@db/desk"),
        ("FIRSTLINE_SIGNING_KEY", "c2hvcnQtYW5kLXNlY3JldA=="),
        ("FIRSTLINE_SIGNING_KEY", "no base64 but secret"),
        ("FIRSTLINE_ARCHIVE_URL", "s3://id:hunter2@bucket/prefix"),
        ("FIRSTLINE_ARCHIVE_URL", "/srv/archive"),
        ("FIRSTLINE_BUILD_ID", "1.2.0 final"),
        ("FIRSTLINE_BUILD_ID", "v" * 65),
        ("FIRSTLINE_BUILD_ID", "unversioned"),
        ("FIRSTLINE_WORKER_VERSIONS", "perhaps"),
        ("FIRSTLINE_PUBLIC_URL", "desk.example.org"),
        ("FIRSTLINE_MAIL_FROM", "the desk"),
        ("FIRSTLINE_SMTP_PASSWORD", "password without its user"),
        ("FIRSTLINE_IMAP_HOST", "imap.without-a-login.example"),
        ("FIRSTLINE_IMAP_EVERY_SECONDS", "0.5"),
        ("FIRSTLINE_MAIL_REPLY_TO", "answers@example.org"),
        ("FIRSTLINE_MAIL_REPLY_TO", "answers+{}"),
        ("FIRSTLINE_MAIL_REPLY_TO", "desk@{}.example.org"),
        ("FIRSTLINE_MAIL_REPLY_TO", "desk+{}{}@example.org"),
        ("FIRSTLINE_MAIL_REPLY_TO", "Desk <desk+{}@example.org>"),
    ],
)
def test_a_wrong_value_ends_the_process_with_words_that_name_the_variable(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as end:
        load_or_exit()
    told = capsys.readouterr()
    assert end.value.code == 2
    assert variable in told.err
    assert value not in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_answers_go_to_the_senders_address_or_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIRSTLINE_MAIL_FROM", "Help <help@desk.example.org>")
    assert load().reply_to is None
    monkeypatch.setenv("FIRSTLINE_MAIL_REPLY_TO", "{}@answers.example.org")
    assert load().reply_to is None
    for name in ("HOST", "USER", "PASSWORD"):
        monkeypatch.setenv(f"FIRSTLINE_IMAP_{name}", "imap")
    assert load().reply_to == "{}@answers.example.org"
    monkeypatch.delenv("FIRSTLINE_MAIL_REPLY_TO")
    assert load().reply_to == "help+{}@desk.example.org"


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_PORT", "0")
    monkeypatch.setenv("FIRSTLINE_TOKEN_DAYS", "0")
    with pytest.raises(SettingsError, match=r"(?s)FIRSTLINE_PORT: .*FIRSTLINE_TOKEN_DAYS: "):
        load()


def test_good_settings_are_handed_on_and_cannot_be_changed() -> None:
    settings = load_or_exit()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_secrets_are_not_shown() -> None:
    key = base64.b64encode(b"k" * 32).decode()
    settings = Settings(
        secret=SecretStr(LONG),
        signing_key=SecretStr(key),
        database_url="postgresql://desk:hunter2@db/desk",
    )
    assert LONG not in repr(settings)
    assert key not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_temporal_runs_elsewhere_when_its_own_variable_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not temporal_address_given()
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    assert temporal_address_given()


def test_the_secret_that_was_given_is_used(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret=SecretStr(LONG))
    assert desk_secret(settings) == LONG.encode()
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_desk_keeps_one_secret_that_only_its_owner_can_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var")
    secret = desk_secret(settings)
    assert desk_secret(settings) == secret
    assert len(secret) >= 32
    path = tmp_path / "var" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_two_desks_have_two_secrets(tmp_path: Path) -> None:
    first, second = Settings(home=tmp_path / "a"), Settings(home=tmp_path / "b")
    assert desk_secret(first) != desk_secret(second)


def test_processes_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    for attempt in range(20):
        settings = Settings(home=tmp_path / str(attempt))
        with ThreadPoolExecutor(8) as pool:
            secrets = set(pool.map(desk_secret, [settings] * 8))
        assert len(secrets) == 1


def test_a_damaged_secret_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("half\n")
    with pytest.raises(SettingsError, match="damaged"):
        desk_secret(Settings(home=tmp_path))
    assert (tmp_path / "secret").read_text() == "half\n"


def test_the_signing_key_that_was_given_is_used(tmp_path: Path) -> None:
    key = SecretStr(base64.b64encode(b"k" * 32).decode())
    assert signing_seed(Settings(home=tmp_path, signing_key=key)) == b"k" * 32
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_desk_keeps_one_signing_key_that_only_its_owner_can_read(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "var")
    with ThreadPoolExecutor(8) as pool:
        [seed] = set(pool.map(signing_seed, [settings] * 8))
    path = tmp_path / "var" / "signing-key"
    assert (len(seed), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_signing_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "signing-key").write_text("half\n")
    with pytest.raises(SettingsError, match="damaged"):
        signing_seed(Settings(home=tmp_path))
    assert (tmp_path / "signing-key").read_text() == "half\n"


def test_machines_that_share_a_database_must_be_given_their_signing_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://desk:pw@db/desk")
    with pytest.raises(SettingsError, match="FIRSTLINE_SIGNING_KEY"):
        signing_seed(settings)


def test_machines_that_share_a_database_must_be_given_their_secret(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://desk:pw@db/desk")
    with pytest.raises(SettingsError, match="FIRSTLINE_SECRET"):
        desk_secret(settings)
