"""A real SMTP server in a thread, with STARTTLS and login, that refuses as a test tells it to."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "desk", "correct horse"
OK = "250 OK"


class Inbox:
    """What the server got, and what it answers: the next of `sender`, `rcpt`, `data`, then OK."""

    def __init__(
        self,
        *,
        sender: tuple[str, ...] = (),
        rcpt: tuple[str, ...] = (),
        data: tuple[str, ...] = (),
    ) -> None:
        self._sender = list(sender)
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self._rcpt = list(rcpt)
        self._data = list(data)

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, who: str, options: list[str]
    ) -> str:
        answer = self._sender.pop(0) if self._sender else OK
        if answer == OK:
            envelope.mail_from = who
        return answer

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        answer = self._rcpt.pop(0) if self._rcpt else OK
        if answer == OK:
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        answer = self._data.pop(0) if self._data else OK
        if answer == OK:
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return answer


def _login(
    server: Server, session: Session, envelope: Envelope, how: str, who: object
) -> AuthResult:
    known = isinstance(who, LoginPassword) and who.login == USER.encode()
    right = known and isinstance(who, LoginPassword) and who.password == PASSWORD.encode()
    return AuthResult(success=right, handled=right)


@contextmanager
def smtp_server(inbox: Inbox, port: int, certificates: trustme.CA | None = None) -> Iterator[None]:
    """Serves until the block ends; with certificates it wants STARTTLS, and then a login."""
    options: dict[str, Any] = {}
    if certificates is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificates.issue_cert("localhost").configure_cert(context)
        options = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _login,
        }
    controller = Controller(inbox, hostname="localhost", port=port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def trust(certificates: trustme.CA, folder: Path) -> str:
    """A file of trusted certificates, as SSL_CERT_FILE names it."""
    path = folder / "trusted.pem"
    certificates.cert_pem.write_to_path(path)
    return str(path)
