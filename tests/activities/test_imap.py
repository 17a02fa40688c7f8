"""The mailbox over IMAP, on a real server: what is ours is found, and all other mail left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from activities import imap
from activities.imap import TAKEN, MailboxAway, closed, content, folders, opened, put, waiting
from activities.mailbox import NOTHING
from activities.shapes import Seen
from desk.mail_tag import made, tagged
from desk.numbers import derive
from settings import Settings
from tests.activities.smtp import trust
from tests.imap import PASSWORD, USER, ImapServer, imap_server, needs_dovecot
from tests.ports import free_port

pytestmark = needs_dovecot

PATTERN = "desk+{}@example.org"
TAG = made(b"s" * 32, "meridian", 1, derive("INC", b"k", "o", 0))


def letter(subject: str, to: str = "desk@example.org", text: str = "hello") -> bytes:
    head = f"From: a@example.com\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n"
    return f"{head}{text}\r\n".encode()


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


def settings(server: ImapServer, **changes: object) -> Settings:
    known = {
        "mail_reply_to": PATTERN,
        "imap_host": "127.0.0.1",
        "imap_port": server.port,
        "imap_user": USER,
        "imap_password": PASSWORD,
        "imap_tls": False,
    }
    return Settings.model_validate(known | changes)


def look(server: ImapServer, seen: Seen = NOTHING) -> imap.Waiting:
    box = opened(settings(server))
    try:
        return waiting(box, settings(server), seen)
    finally:
        closed(box)


def test_what_is_tagged_is_found_once_and_the_rest_stays_unread(server: ImapServer) -> None:
    assert look(server).mails == []
    server.deliver(letter("to people"))
    server.deliver(letter("ours", tagged(PATTERN, TAG)))
    server.deliver(letter("copied", f"x@example.org, {tagged(PATTERN, TAG).upper()}"))
    found = look(server)
    assert [(mail.uid, mail.tags) for mail in found.mails] == [(2, (TAG,)), (3, (TAG,))]
    again = look(server, found.seen)
    assert (again.mails, again.seen) == ([], found.seen)
    server.deliver(letter("later", tagged(PATTERN, TAG)))
    assert [mail.uid for mail in look(server, again.seen).mails] == [4]
    assert server.flags() <= {"\\Recent"}


def test_a_mailbox_that_was_made_anew_is_looked_at_anew(server: ImapServer) -> None:
    server.deliver(letter("ours", tagged(PATTERN, TAG)))
    other = Seen(box="another", uid=99)
    assert [mail.uid for mail in look(server, other).mails] == [1]


def test_many_are_looked_at_in_portions(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "WINDOW", 2)
    for n in range(3):
        server.deliver(letter(f"{n}", tagged(PATTERN, TAG)))
    first = look(server)
    assert ([mail.uid for mail in first.mails], first.more) == ([1, 2], True)
    second = look(server, first.seen)
    assert ([mail.uid for mail in second.mails], second.more) == ([3], False)


@pytest.mark.parametrize("without_move", [False, True])
def test_a_mail_is_moved_whole_and_nothing_else_is_lost(
    server: ImapServer, without_move: bool
) -> None:
    server.deliver(letter("ours", tagged(PATTERN, TAG), "text\r\nof two lines"))
    with server.owner() as owner:
        owner.append(letter("deleted by somebody"), "INBOX", flag_set=["\\Deleted"])
    box = opened(settings(server))
    mail = waiting(box, settings(server), NOTHING).mails[0]
    raw = content(box, mail)
    assert raw is not None
    assert raw.endswith(b"text\r\nof two lines\r\n")
    names = folders(box)
    assert names == folders(box)
    if without_move:
        box.client.capabilities = ("IMAP4REV1", "UIDPLUS")
    put(box, mail, names.taken)
    put(box, mail, names.taken)
    assert content(box, mail) is None
    closed(box)
    closed(box)
    assert server.subjects() == ["deleted by somebody"]
    assert server.subjects(TAKEN) == ["ours"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"imap_password": "wrong"}, "FIRSTLINE_IMAP_USER"),
        ({"imap_folder": "No such"}, "FIRSTLINE_IMAP_FOLDER"),
        ({"imap_port": free_port()}, "cannot be reached"),
        ({"imap_tls": True}, "no TLS"),
    ],
)
def test_what_is_wrong_is_said_without_a_secret(
    server: ImapServer, changes: dict[str, object], why: str
) -> None:
    with pytest.raises(MailboxAway, match=why) as told:
        opened(settings(server, **changes))
    assert PASSWORD not in str(told.value)
    assert "wrong" not in str(told.value)


def test_a_server_that_goes_away_in_between_is_one_error(server: ImapServer) -> None:
    server.deliver(letter("ours", tagged(PATTERN, TAG)))
    box = opened(settings(server))
    mail = waiting(box, settings(server), NOTHING).mails[0]
    server.stop()
    with pytest.raises(MailboxAway, match="mailbox"):
        content(box, mail)
    closed(box)
    server.start()
    assert server.subjects() == ["ours"]


def test_over_tls_only_a_certificate_that_is_trusted_is_spoken_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    with imap_server(authority) as server:
        server.deliver(letter("ours", tagged(PATTERN, TAG)))
        here = settings(server, imap_tls=True, imap_host="localhost")
        with pytest.raises(MailboxAway, match="certificate"):
            opened(here)
        monkeypatch.setenv("SSL_CERT_FILE", trust(authority, tmp_path))
        box = opened(here)
        assert len(waiting(box, here, NOTHING).mails) == 1
        closed(box)


def test_a_hostile_recipient_holds_up_nobody(server: ImapServer) -> None:
    server.deliver(letter("hostile", "(" * 1100))
    server.deliver(letter("ours", tagged(PATTERN, TAG)))
    assert [mail.uid for mail in look(server).mails] == [2]


def test_a_mailbox_that_was_emptied_and_counts_anew_is_looked_at_anew(server: ImapServer) -> None:
    server.deliver(letter("ours", tagged(PATTERN, TAG)))
    ahead = look(server).seen.model_copy(update={"uid": 99})
    assert [mail.uid for mail in look(server, ahead).mails] == [1]


def test_without_its_folders_no_mail_is_taken(server: ImapServer) -> None:
    with server.owner() as owner:
        owner.folder.create("Firstline taken")
    box = opened(settings(server))
    server.lock()
    try:
        with pytest.raises(MailboxAway, match="Firstline not taken"):
            folders(box)
    finally:
        server.unlock()
    assert folders(box).left == "Firstline not taken"
    closed(box)


class Answering:
    """A server's answer, in the shapes that servers give them."""

    def __init__(self, *parts: object) -> None:
        self.client = self
        self.parts = parts

    def uid(self, *words: str) -> tuple[str, tuple[object, ...]]:
        return "OK", self.parts


def test_the_uid_is_that_of_the_mail_wherever_a_server_says_it() -> None:
    head = f"To: {tagged(PATTERN, TAG)}\r\n\r\n".encode()
    shapes: list[tuple[object, ...]] = [
        ((b"1 (UID 7 RFC822.SIZE 5 BODY[] {9}", head), b")"),
        (b"3 (FLAGS (\\Seen) UID 6)", (b"1 (BODY[] {9}", head), b" UID 7 RFC822.SIZE 5)"),
        ((b"1 (UID 7 BODY[] {9}", head), b" RFC822.SIZE 5)", b"3 (FLAGS (\\Seen) UID 6)"),
    ]
    for parts in shapes:
        found = imap._tagged(Answering(*parts), PATTERN, 1, 9)  # type: ignore[arg-type]
        assert [(mail.uid, mail.bytes) for mail in found] == [(7, 5)]
