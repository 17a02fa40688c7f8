"""Where a vendor answers a mail: an address that only whoever was asked can know."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from activities.mail import build
from activities.reply_to import reply_to
from desk.mail_tag import proves, tags_in
from settings import Settings
from store.import_organisation import import_organisation
from store.messages import Message
from store.organisation import Directory
from tests.activities.test_vendor_calls import message
from tests.builders import NUMBER
from tests.embedded.whole_desk import ROOT

SECRET = "a secret of more than thirty-two characters"
PATTERN = "desk+{}@example.org"


@pytest.fixture
def directory(sqlite_engine: Engine) -> Directory:
    import_organisation(sqlite_engine, (ROOT / "examples/organisation.yaml").read_text(), "x.yaml")
    directory = Directory(sqlite_engine)
    directory.refresh()
    return directory


def settings(home: Path, **changes: object) -> Settings:
    mailbox = {"imap_host": "imap.example.org", "imap_user": "desk", "imap_password": "pw"}
    return Settings.model_validate({"home": home, "secret": SECRET, **mailbox, **changes})


def asked(**changes: object) -> Message:
    told = {"vendor": "meridian", "body": "Please look into this.", "address": "s@meridian.example"}
    return message("").model_copy(update=told | changes)


def test_the_address_proves_the_vendor_and_the_ticket(tmp_path: Path, directory: Directory) -> None:
    address = reply_to(asked(), settings(tmp_path), directory)
    assert address is not None
    (tag,) = tags_in(PATTERN, address)
    assert tag.startswith(NUMBER.lower())
    assert proves(SECRET.encode(), "meridian", 1, tag)
    assert not proves(SECRET.encode(), "druckwerk", 1, tag)
    assert address == reply_to(asked(), settings(tmp_path), directory)


@pytest.mark.parametrize("changes", [{"vendor": None}, {"vendor": "unknown"}])
def test_whoever_is_no_vendor_gets_no_such_address(
    tmp_path: Path, directory: Directory, changes: dict[str, object]
) -> None:
    assert reply_to(asked(**changes), settings(tmp_path), directory) is None


def test_without_a_mailbox_or_a_secret_nobody_is_asked_to_answer_by_mail(
    tmp_path: Path, directory: Directory
) -> None:
    assert reply_to(asked(), Settings(home=tmp_path), directory) is None
    shared = settings(tmp_path, secret=None, database_url="postgresql://db/desk")
    assert reply_to(asked(), shared, directory) is None


@pytest.mark.parametrize(
    ("language", "above", "how"),
    [
        ("en", "##- Please write your answer above this line -##", '"Interim"'),
        ("de", "##- Bitte antworten Sie oberhalb dieser Zeile -##", '"Zwischenstand"'),
    ],
)
def test_the_mail_says_how_it_is_answered(language: str, above: str, how: str) -> None:
    for template in ("vendor_asked", "vendor_told", "vendor_chased", "vendor_retargeted"):
        message = asked(language=language, template=template)
        mail = build(message, "desk@example.org", answers_to="desk+x@example.org")
        assert mail["Reply-To"] == "desk+x@example.org"
        text = mail.get_content()
        assert text.startswith(f"{above}\n\nPlease look into this.\n\n")
        assert how in text


@pytest.mark.parametrize(
    ("template", "machine"),
    [
        ("vendor_asked", False),
        ("vendor_told", False),
        ("vendor_recalled", False),
        ("vendor_chased", True),
        ("vendor_retargeted", True),
    ],
)
def test_a_ticket_system_takes_what_an_agent_wrote_for_a_persons_mail(
    template: str, machine: bool
) -> None:
    mail = build(asked(template=template), "desk@example.org")
    assert ("Auto-Submitted" in mail, "X-Auto-Response-Suppress" in mail) == (machine, machine)


def test_a_mail_that_asks_for_nothing_only_says_where_an_answer_would_go() -> None:
    over = asked(template="vendor_over", body="It is over.")
    text = build(over, "desk@example.org", answers_to="desk+x@example.org").get_content()
    assert text.endswith("-##\n\nIt is over.\n")
    plain = build(asked(), "desk@example.org")
    assert (plain["Reply-To"], plain.get_content()) == (None, "Please look into this.\n")
