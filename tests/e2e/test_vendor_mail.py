"""A vendor that answers by mail: to a desk that runs, and whose parts die meanwhile."""

import email
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from activities.imap import LEFT, TAKEN
from tests.embedded.whole_desk import Desk, running_desk
from tests.imap import PASSWORD, USER, ImapServer, imap_server, needs_dovecot
from tests.patience import until

pytestmark = [
    pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300), needs_dovecot,
]  # fmt: skip


@pytest.fixture(scope="module")
def mailbox() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, mailbox: ImapServer) -> Iterator[Desk]:
    settings = {
        "imap_host": "127.0.0.1",
        "imap_port": str(mailbox.port),
        "imap_user": USER,
        "imap_password": PASSWORD,
        "imap_tls": "false",
        "imap_every_seconds": "1",
    }
    with running_desk(tmp_path_factory.mktemp("desk"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def rosa(desk: Desk) -> Iterator[httpx.Client]:
    with desk.web("rosa") as web:
        yield web


@pytest.fixture(scope="module")
def finn(desk: Desk) -> Iterator[httpx.Client]:
    with desk.web("finn") as web:
        yield web


def handed_over(desk: Desk, rosa: httpx.Client, finn: httpx.Client) -> tuple[str, EmailMessage]:
    """A ticket with a vendor, and the mail that the vendor got."""
    reported = rosa.post("/incidents", json={"summary": "Router 4 drops calls"})
    number = str(reported.json()["number"])
    step = {"step": "hand_to_vendor", "vendor": "meridian", "text": "Slot 4 since nine."}
    assert finn.post(f"/tickets/{number}/steps", json=step).status_code == 200
    until(lambda: letters(desk, number, "Please look into this"), 30)
    return number, letters(desk, number, "Please look into this")[0]


def letters(desk: Desk, number: str, *words: str) -> list[EmailMessage]:
    """The mails in which all the words are."""
    found = []
    for path in sorted((desk.home / "var" / "mail").glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        text = f"{mail['Subject']}\n{mail.get_content()}".lower()
        if all(word.lower() in text for word in (number, *words)):
            found.append(mail)
    return found


def answer(mail: EmailMessage, text: str, id: str, **headers: str) -> bytes:
    """What the vendor's mail program sends to whom the mail says."""
    made = EmailMessage()
    made["From"], made["To"] = "Jan <jan@meridian.example>", mail["Reply-To"]
    made["Subject"], made["Message-ID"] = f"Re: {mail['Subject']}", f"<{id}@meridian.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in mail.get_content().splitlines())
    made.set_content(f"{text}\n\nOn Sun, 22 Nov 2026, {mail['From']} wrote:\n{quoted}\n")
    return made.as_bytes()


def timeline(finn: httpx.Client, number: str) -> list[dict[str, Any]]:
    answered = finn.get(f"/tickets/{number}/timeline")
    return list(answered.json()["items"]) if answered.status_code == 200 else []


def replies(finn: httpx.Client, number: str) -> list[dict[str, Any]]:
    steps = (event["step"] for event in timeline(finn, number) if event["event"] == "step")
    return [step for step in steps if step["step"] == "vendor_reply"]


def test_a_vendor_answers_by_mail_through_a_killed_worker_and_each_mail_counts_once(
    desk: Desk, mailbox: ImapServer, rosa: httpx.Client, finn: httpx.Client
) -> None:
    number, asked = handed_over(desk, rosa, finn)
    assert number.lower() in asked["Reply-To"]
    mailbox.deliver(answer(asked, "We have it as M-118.", "a", Auto_Submitted="auto-replied"))
    until(lambda: len(replies(finn, number)) == 1, 60)
    assert finn.get(f"/tickets/{number}").json()["vendors"][0]["vendor"] == "meridian"

    desk.child("-m worker").kill()
    final = answer(asked, "Card replaced.\nReference: M-118\n\nJan", "b")
    mailbox.deliver(final)
    mailbox.deliver(final)
    # The one that was killed is taken for lost after half a minute.
    until(lambda: len(replies(finn, number)) == 2, 100)
    until(lambda: mailbox.subjects() == [], 30)
    last = replies(finn, number)[-1]
    assert (last["text"], last["reference"], last["final"]) == (
        "Card replaced.\nReference: M-118\n\nJan", "M-118", True,
    )  # fmt: skip
    ticket = finn.get(f"/tickets/{number}").json()
    assert ticket["vendors"] == []
    ended = [one for one in timeline(finn, number) if one["event"] == "vendor_ended"]
    assert [(one["how"], one["reference"]) for one in ended] == [("answered", "M-118")]
    by = [one for one in timeline(finn, number) if one.get("via") == "mail"]
    assert by
    assert {one["actor"] for one in by if one["event"] == "step"} == {"Meridian Networks"}
    assert len(mailbox.subjects(TAKEN)) == 3


def test_what_comes_too_late_is_kept_and_told_and_changes_nothing(
    desk: Desk, mailbox: ImapServer, rosa: httpx.Client, finn: httpx.Client
) -> None:
    number, asked = handed_over(desk, rosa, finn)
    recall = {"step": "recall", "vendor": "meridian", "reason": "It works again."}
    before = finn.post(f"/tickets/{number}/steps", json=recall).json()
    mailbox.deliver(b"To: " + b"(" * 1100 + b"\r\nSubject: for people\r\n\r\nhostile\r\n")
    for _ in range(2):
        mailbox.deliver(answer(asked, "It was the cable.", "late"))

    def refused() -> list[dict[str, Any]]:
        return [one for one in timeline(finn, number) if one["event"] == "refused"]

    until(lambda: refused() and mailbox.subjects() == ["for people"], 60)
    (found,) = refused()
    assert (found["said"], found["vendor"]) == ("It was the cable.", "meridian")
    assert finn.get(f"/tickets/{number}").json()["version"] == before["version"]
    until(lambda: letters(desk, number, "nobody waits", "It was the cable."), 30)


def test_a_vendor_that_is_told_in_vain_or_says_nothing_is_news_on_the_ticket(
    desk: Desk, mailbox: ImapServer, rosa: httpx.Client, finn: httpx.Client
) -> None:
    number, asked = handed_over(desk, rosa, finn)
    bounce = b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nno such user\r\n--x--"
    mailbox.deliver(b"To: " + str(asked["Reply-To"]).encode() + b"\r\n" + bounce)
    until(lambda: replies(finn, number), 60)
    (step,) = replies(finn, number)
    assert "another mail did not arrive" in step["text"]
    assert step["final"] is False
    assert finn.get(f"/tickets/{number}").json()["vendors"] != []


def test_a_mail_that_comes_while_mail_server_and_engine_die_counts_once(
    desk: Desk, mailbox: ImapServer, rosa: httpx.Client, finn: httpx.Client
) -> None:
    number, asked = handed_over(desk, rosa, finn)
    mailbox.stop()
    mailbox.start()
    desk.child("start-dev").kill()
    mailbox.deliver(answer(asked, "Interim: on our way.", "through-it-all"))
    until(lambda: replies(finn, number), 120)
    until(lambda: mailbox.subjects() == ["for people"], 60)
    assert [step["text"] for step in replies(finn, number)] == ["Interim: on our way."]


def test_what_is_forged_or_for_a_ticket_that_has_ended_stays_for_people_to_read(
    desk: Desk, mailbox: ImapServer, rosa: httpx.Client, finn: httpx.Client
) -> None:
    number, asked = handed_over(desk, rosa, finn)
    other, _ = handed_over(desk, rosa, finn)
    cancel = {"step": "cancel", "reason": "Gone"}
    assert rosa.post(f"/tickets/{number}/steps", json=cancel).status_code == 200
    forged = answer(asked, "Forged.", "forged")
    forged = forged.replace(number.lower().encode(), other.lower().encode())
    left = len(mailbox.subjects(LEFT))
    mailbox.deliver(forged)
    until(lambda: len(mailbox.subjects(LEFT)) == left + 1, 60)
    until(lambda: finn.get(f"/tickets/{number}").json()["status"] == "cancelled", 30)
    assert replies(finn, other) == []
    # Until its process has ended it hears, and says that it is over.
    until(lambda: ended(desk, mailbox, asked), 60)
    assert mailbox.subjects() == ["for people"]
    assert mailbox.flags() <= {"\\Recent"}


def ended(desk: Desk, mailbox: ImapServer, asked: EmailMessage) -> bool:
    before, taken = len(mailbox.subjects(LEFT)), len(mailbox.subjects(TAKEN))
    mailbox.deliver(answer(asked, "Too late.", f"after-{before}-{taken}"))
    until(lambda: len(mailbox.subjects()) == 1, 60)
    return len(mailbox.subjects(LEFT)) > before
