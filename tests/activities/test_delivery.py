"""Delivering a message: by a real SMTP server, once, with every way in which it can fail."""

import socket
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from temporalio.testing import ActivityEnvironment

from activities import mail
from activities.delivery import Delivery
from activities.mail import MailDelayed
from activities.shapes import Delivered, DeliverInput
from settings import Settings
from store.engine import reading, writing
from store.messages import Message, NewMessage, get_message
from store.recording import record
from tests.activities.smtp import OK, PASSWORD, USER, Inbox, smtp_server, trust
from tests.builders import NOW, NUMBER, make_record
from tests.ports import free_port

KEY = f"{NUMBER}/u1.0/acknowledged/requester/p-rosa"
BODY = "Hello Rosa,\n\nwe have it: <b>ähem</b> שלום 🖨️\n.\nA line that starts with a dot."


def make_message(**changes: object) -> NewMessage:
    """An acknowledgement to rosa."""
    fields = {
        "key": KEY,
        "events": ("u1:0",),
        "template": "acknowledged",
        "person": "p-rosa",
        "address": "rosa@example.org",
        "language": "en",
        "subject": f"[{NUMBER}] We have your report: Drucker spült 🖨️",
        "body": BODY,
        "message_id": f"<{NUMBER}.0123456789abcdef@desk.example.org>",
        "created_at": NOW,
        "correlation": "c-1",
    }
    return NewMessage.model_validate({**fields, **changes})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        mail_from="Service Desk <desk@example.org>",
        smtp_host="localhost",
        smtp_port=free_port(),
        smtp_starttls=False,
    )


@pytest.fixture
def queued(sqlite_engine: Engine) -> Engine:
    """A database with one message to deliver."""
    with writing(sqlite_engine) as connection:
        record(connection, make_record(), [make_message()])
    return sqlite_engine


async def deliver(settings: Settings, engine: Engine, key: str = KEY) -> Delivered:
    return await ActivityEnvironment().run(
        Delivery(settings, engine).deliver, DeliverInput(key=key)
    )


def stored(engine: Engine) -> Message:
    with reading(engine) as connection:
        found = get_message(connection, KEY)
    assert found is not None
    return found


async def test_a_message_is_sent_over_starttls_with_a_login(
    settings: Settings, queued: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    monkeypatch.setenv("SSL_CERT_FILE", trust(authority, tmp_path))
    login = {"smtp_starttls": True, "smtp_user": USER, "smtp_password": SecretStr(PASSWORD)}
    inbox = Inbox()
    with smtp_server(inbox, settings.smtp_port, authority):
        done = await deliver(settings.model_copy(update=login), queued)

    assert done.state == "sent"
    assert inbox.recipients == ["rosa@example.org"]
    assert inbox.encrypted == [True]
    assert stored(queued).state == "sent"
    assert stored(queued).attempts == 1
    assert stored(queued).sent_at is not None


async def test_the_mail_carries_thread_ticket_and_correlation(
    settings: Settings, queued: Engine
) -> None:
    inbox = Inbox()
    with smtp_server(inbox, settings.smtp_port):
        await deliver(settings, queued)

    [got] = inbox.mails
    assert got["From"] == "Service Desk <desk@example.org>"
    assert got["To"] == "rosa@example.org"
    assert got["Subject"] == f"[{NUMBER}] We have your report: Drucker spült 🖨️"
    assert got["Date"].datetime == NOW
    assert got["Message-ID"] == f"<{NUMBER}.0123456789abcdef@desk.example.org>"
    assert got["In-Reply-To"] == got["References"] == f"<{NUMBER}@desk.example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["X-Auto-Response-Suppress"] == "All"
    assert got["X-Firstline-Ticket"] == NUMBER
    assert got["X-Correlation-ID"] == "c-1"
    assert got.get_content_type() == "text/plain"
    assert got.get_content().replace("\r\n", "\n") == BODY + "\n"


async def test_a_sent_message_is_not_sent_again(settings: Settings, queued: Engine) -> None:
    inbox = Inbox()
    with smtp_server(inbox, settings.smtp_port):
        await deliver(settings, queued)
        again = await deliver(settings, queued)

    assert again.state == "sent"
    assert len(inbox.mails) == 1
    assert stored(queued).attempts == 1


@pytest.mark.parametrize(
    "refusals",
    [
        {"rcpt": ("451 later",)},
        {"data": ("452 full",)},
        {"rcpt": ("530 login",)},
        {"sender": ("550 who are you",)},
    ],
)
async def test_a_refusal_for_now_is_repeated_and_then_sent(
    settings: Settings, queued: Engine, refusals: dict[str, tuple[str, ...]]
) -> None:
    inbox = Inbox(**refusals)
    with smtp_server(inbox, settings.smtp_port):
        with pytest.raises(MailDelayed, match=r"the mail server (did not take|answered 550)"):
            await deliver(settings, queued)
        assert stored(queued).state == "failed"
        done = await deliver(settings, queued)

    assert done.state == "sent"
    assert len(inbox.mails) == 1
    assert stored(queued).attempts == 2
    assert stored(queued).last_error is None


@pytest.mark.parametrize(
    ("refusals", "why"),
    [
        ({"rcpt": ("550 no rosa@example.org here",)}, "refused the recipient for good (550)"),
        ({"data": ("554 looks like spam",)}, "refused the mail for good (554)"),
        ({"sender": ("552 too large",)}, "refused the mail for good (552)"),
    ],
)
async def test_a_refusal_for_good_fails_and_the_ticket_goes_on(
    settings: Settings, queued: Engine, refusals: dict[str, tuple[str, ...]], why: str
) -> None:
    with smtp_server(Inbox(**refusals), settings.smtp_port):
        done = await deliver(settings, queued)

    assert done.state == "failed"
    assert stored(queued).state == "failed"
    assert stored(queued).last_error == f"the mail server {why}"


async def test_a_server_that_is_away_is_tried_again(settings: Settings, queued: Engine) -> None:
    with pytest.raises(MailDelayed, match="cannot be reached"):
        await deliver(settings, queued)

    inbox = Inbox()
    with smtp_server(inbox, settings.smtp_port):
        assert (await deliver(settings, queued)).state == "sent"


async def test_a_server_that_says_nothing_is_given_up_in_time(
    settings: Settings, queued: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LIMIT", 0.2)
    silent = socket.create_server(("localhost", settings.smtp_port))
    with silent, pytest.raises(MailDelayed, match="in time"):
        await deliver(settings, queued)
    assert stored(queued).last_error == "the mail server did not answer in time"


async def test_a_server_without_starttls_gets_no_mail(settings: Settings, queued: Engine) -> None:
    inbox = Inbox()
    strict = settings.model_copy(update={"smtp_starttls": True})
    with smtp_server(inbox, settings.smtp_port), pytest.raises(MailDelayed, match="STARTTLS"):
        await deliver(strict, queued)

    assert inbox.mails == []


async def test_a_server_with_a_certificate_of_nobody_gets_no_mail(
    settings: Settings, queued: Engine
) -> None:
    inbox = Inbox()
    strict = settings.model_copy(update={"smtp_starttls": True})
    with (
        smtp_server(inbox, settings.smtp_port, trustme.CA()),
        pytest.raises(MailDelayed, match="certificate"),
    ):
        await deliver(strict, queued)

    assert inbox.mails == []


async def test_a_refused_login_waits_for_the_operator(
    settings: Settings, queued: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    monkeypatch.setenv("SSL_CERT_FILE", trust(authority, tmp_path))
    login = {"smtp_starttls": True, "smtp_user": USER, "smtp_password": SecretStr("wrong")}
    with (
        smtp_server(Inbox(), settings.smtp_port, authority),
        pytest.raises(MailDelayed, match="FIRSTLINE_SMTP_USER"),
    ):
        await deliver(settings.model_copy(update=login), queued)


async def test_neither_error_nor_log_names_an_address(settings: Settings, queued: Engine) -> None:
    refused = Inbox(rcpt=("451 rosa@example.org is greylisted", "550 rosa@example.org is gone", OK))
    with smtp_server(refused, settings.smtp_port), capture_logs() as logged:
        with pytest.raises(MailDelayed) as caught:
            await deliver(settings, queued)
        await deliver(settings, queued)
        await deliver(settings, queued)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    said = f"{caught.value} {logged} {stored(queued).last_error}"
    assert [entry["event"] for entry in logged] == ["message_not_sent"] * 2 + ["message_sent"]
    assert "@example.org" not in said
    assert "Drucker" not in said


async def test_a_mail_sent_while_the_database_went_away_keeps_its_message_id(
    settings: Settings, queued: Engine
) -> None:
    inbox = Inbox()
    with queued.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER away BEFORE UPDATE ON messages BEGIN SELECT RAISE(ABORT, 'x'); END"
        )
        connection.commit()
    with smtp_server(inbox, settings.smtp_port):
        with pytest.raises(Exception, match="x"):
            await deliver(settings, queued)
        with queued.connect() as connection:
            connection.execute(text("DROP TRIGGER away"))
            connection.commit()
        assert (await deliver(settings, queued)).state == "sent"

    assert len({got["Message-ID"] for got in inbox.mails}) == 1
    assert len(inbox.mails) == 2


async def test_a_database_that_is_away_sends_nothing_and_is_tried_again(
    settings: Settings, queued: Engine
) -> None:
    inbox = Inbox()
    with queued.connect() as connection:
        connection.execute(text("ALTER TABLE messages RENAME TO elsewhere"))
        connection.commit()
    with smtp_server(inbox, settings.smtp_port), pytest.raises(OperationalError):
        await deliver(settings, queued)

    assert inbox.mails == []


async def test_a_message_whose_events_turned_out_untrue_is_gone(
    settings: Settings, queued: Engine
) -> None:
    assert (await deliver(settings, queued, "INC-00000000/x")).state == "gone"


async def test_a_message_to_nobody_is_left_alone(settings: Settings, sqlite_engine: Engine) -> None:
    nobody = make_message(person=None, address=None, state="nobody")
    with writing(sqlite_engine) as connection:
        record(connection, make_record(), [nobody])

    assert (await deliver(settings, sqlite_engine)).state == "nobody"
    assert stored(sqlite_engine).attempts == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "rosa@example.org\r\nBcc: eve@example.org"},
        {"address": "rosa"},
        {"address": "rösa@example.org"},
        {"address": "a@b@example.org"},
        {"address": None},
        {"message_id": "<x@y>\r\nBcc: eve@example.org"},
    ],
)
async def test_what_cannot_be_a_mail_fails_for_good(
    settings: Settings, sqlite_engine: Engine, wrong: dict[str, str]
) -> None:
    inbox = Inbox()
    with writing(sqlite_engine) as connection:
        record(connection, make_record(), [make_message(**wrong)])
    with smtp_server(inbox, settings.smtp_port):
        done = await deliver(settings, sqlite_engine)

    assert done.state == "failed"
    assert inbox.recipients == []


async def test_a_subject_and_a_correlation_put_nothing_into_the_header(
    settings: Settings, sqlite_engine: Engine
) -> None:
    inbox = Inbox()
    bad = {"subject": "Help\r\nBcc: eve@example.org\u2028x", "correlation": "c\r\nX-Evil: yes"}
    with writing(sqlite_engine) as connection:
        record(connection, make_record(), [make_message(**bad)])
    with smtp_server(inbox, settings.smtp_port):
        await deliver(settings, sqlite_engine)

    [got] = inbox.mails
    assert got["Subject"] == "Help Bcc: eve@example.org x"
    assert inbox.recipients == ["rosa@example.org"]
    assert not {"Bcc", "X-Evil", "X-Correlation-ID"} & set(got.keys())


async def test_without_a_server_the_mail_is_a_file(settings: Settings, queued: Engine) -> None:
    files = settings.model_copy(update={"smtp_host": None})
    assert (await deliver(files, queued)).state == "sent"

    [path] = (files.home / "mail").iterdir()
    got = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert path.name == f"{NUMBER}.0123456789abcdef.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert got["To"] == "rosa@example.org"
    assert stored(queued).state == "sent"


async def test_a_repeated_mail_replaces_its_own_file(settings: Settings, queued: Engine) -> None:
    files = settings.model_copy(update={"smtp_host": None})
    await deliver(files, queued)
    with writing(queued) as connection:
        connection.execute(text("UPDATE messages SET state = 'queued'"))
    await deliver(files, queued)

    assert len(list((files.home / "mail").iterdir())) == 1


async def test_a_folder_that_cannot_be_written_to_is_tried_again(
    settings: Settings, queued: Engine
) -> None:
    files = settings.model_copy(update={"smtp_host": None})
    files.home.mkdir()
    (files.home / "mail").write_text("in the way")
    with pytest.raises(MailDelayed, match="mail folder"):
        await deliver(files, queued)

    (files.home / "mail").unlink()
    assert (await deliver(files, queued)).state == "sent"


async def test_a_file_that_cannot_be_written_leaves_nothing_half_done(
    settings: Settings, queued: Engine
) -> None:
    files = settings.model_copy(update={"smtp_host": None})
    in_the_way = files.home / "mail" / f"{NUMBER}.0123456789abcdef.eml"
    in_the_way.mkdir(parents=True)
    with pytest.raises(MailDelayed, match="mail folder"):
        await deliver(files, queued)

    assert list(in_the_way.parent.iterdir()) == [in_the_way]
