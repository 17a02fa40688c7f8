"""One e-mail: built from a message of the store, and handed to an SMTP server or to a file.

Neither errors nor logs hold an address, a text or a password: both end where many can read.
"""

import asyncio
import os
import re
import tempfile
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from activities.wording import language
from desk.vendor_events import Cause
from settings import Settings
from store.messages import Message

# One attempt ends well before the activity does (20 s), so that the desk learns how it ended.
LIMIT = 12.0
STEP_LIMIT = 6.0
IMPLICIT_TLS = 465
# With these a server means how it is used (order, login), not this recipient or this mail.
OURS = frozenset({503, 530, 534, 535, 538})
TOO_LARGE = 552
ASKING = frozenset({"vendor_asked", "vendor_told", "vendor_chased", "vendor_retargeted"})
BY_PEOPLE = frozenset({"vendor_asked", "vendor_told", "vendor_recalled"})
"""What an agent writes to a vendor: ticket systems put aside what says that a machine wrote it."""
_CORRELATION = re.compile(r"[\w.:@/+=-]{1,200}", re.ASCII)


class MailRefused(Exception):
    """This mail will never be taken: the recipient or the mail itself is refused."""

    def __init__(self, why: str, cause: Cause = "refused", code: int | None = None) -> None:
        super().__init__(why)
        self.cause, self.code = cause, code


class MailDelayed(Exception):
    """The mail could not be handed over now; the same attempt may succeed later."""


def build(
    message: Message, sender: str, link: str | None = None, answers_to: str | None = None
) -> EmailMessage:
    """The mail of a message, the same for each attempt.

    `link` is where its person decides, and `answers_to` the address that its vendor answers to.

    Raises:
        MailRefused: the address or the text cannot be put into a mail.
    """
    mail = EmailMessage(policy=policy.SMTP)
    try:
        mail["From"] = sender
        mail["To"] = _address(message.address or "")
        if answers_to is not None:
            mail["Reply-To"] = answers_to
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = message.created_at
        mail["Message-ID"] = message.message_id
        root = f"<{message.ticket}@{message.message_id.strip('<>').rpartition('@')[2]}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
        if message.template not in BY_PEOPLE:
            # RFC 3834, and what Exchange heeds: no out-of-office note, no loop.
            mail["Auto-Submitted"] = "auto-generated"
            mail["X-Auto-Response-Suppress"] = "All"
        mail["X-Firstline-Ticket"] = message.ticket
        if _CORRELATION.fullmatch(message.correlation):
            mail["X-Correlation-ID"] = message.correlation
        mail["Content-Language"] = message.language
        text = _with_link(message, link) if answers_to is None else _to_be_answered(message)
        mail.set_content(text + "\n", charset="utf-8")
    except (ValueError, IndexError, MessageError):
        # Without its cause, which repeats the address or the text.
        raise MailRefused("the address or the text cannot be put into a mail", "address") from None
    return mail


def _with_link(message: Message, link: str | None) -> str:
    if link is None:
        return message.body
    return f"{message.body}\n\n{language(message.language).words.decide}\n{link}"


def _to_be_answered(message: Message) -> str:
    words = language(message.language).words
    if message.template not in ASKING:
        return f"{words.answer_above}\n\n{message.body}"
    return f"{words.answer_above}\n\n{message.body}\n\n{words.answer_by_mail}"


def _address(text: str) -> Address:
    name, _, domain = text.rpartition("@")
    if not (name.isascii() and domain):
        raise ValueError
    return Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")


async def send(mail: EmailMessage, settings: Settings) -> None:
    """Hand the mail over: by SMTP when a server is set, else as a file in `home/mail`.

    Raises:
        MailRefused, MailDelayed: it was not handed over; the message says why.
    """
    if settings.smtp_host is None:
        await asyncio.to_thread(write, mail, settings.home / "mail")
    else:
        await _send_by_smtp(mail, settings, settings.smtp_host)


async def _send_by_smtp(mail: EmailMessage, settings: Settings, host: str) -> None:
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    implicit = settings.smtp_port == IMPLICIT_TLS and settings.smtp_starttls
    try:
        async with asyncio.timeout(LIMIT):
            await aiosmtplib.send(
                mail,
                hostname=host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=password,
                use_tls=implicit,
                start_tls=settings.smtp_starttls and not implicit,
                timeout=STEP_LIMIT,
            )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise _in_words(error) from None


def _in_words(error: Exception) -> MailRefused | MailDelayed:
    """What a failed attempt means; a server's own words are left out, they repeat addresses."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            return _by_code(first.code, "the recipient")
        case aiosmtplib.SMTPDataError(code=code):
            return _by_code(code, "the mail")
        case aiosmtplib.SMTPSenderRefused(code=code) if code == TOO_LARGE:
            return _by_code(code, "the mail")
        case aiosmtplib.SMTPAuthenticationError():
            return MailDelayed("the mail server refuses the login: check FIRSTLINE_SMTP_USER")
        case aiosmtplib.SMTPResponseException(code=code):
            return MailDelayed(f"the mail server answered {code}")
        case TimeoutError():
            return MailDelayed("the mail server did not answer in time")
        case OSError() | ValueError():
            return MailDelayed("the mail server cannot be reached, or its certificate is not valid")
        case _:
            return MailDelayed(
                "the mail server offers no STARTTLS or no login: check FIRSTLINE_SMTP_STARTTLS"
            )


def _by_code(code: int, what: str) -> MailRefused | MailDelayed:
    if code >= 500 and code not in OURS:
        return MailRefused(f"the mail server refused {what} for good ({code})", code=code)
    return MailDelayed(f"the mail server did not take {what} now ({code})")


def write(mail: EmailMessage, folder: Path) -> Path:
    """Put the mail into the folder, whole or not at all; a repeat replaces its own file.

    Raises:
        MailDelayed: the disk is full, or the folder cannot be written to.
    """
    name = str(mail["Message-ID"]).strip("<>").rpartition("@")[0]
    target = folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', name)}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(target, mail.as_bytes())
    except OSError as error:
        raise MailDelayed(f"the mail folder cannot be written to: {error.strerror}") from None
    return target


def _replace(target: Path, content: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        os.unlink(draft)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
