"""A real IMAP server (dovecot) on loopback, with one mailbox."""

import grp
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from imaplib import IMAP4
from pathlib import Path

import psutil
import pytest
import trustme
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from tests.patience import until
from tests.ports import free_port

USER, PASSWORD = "desk", "pass-w\u00f6rd"
WHERE = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")
DOVECOT = shutil.which("dovecot", path=WHERE)
needs_dovecot = pytest.mark.skipif(DOVECOT is None, reason="install dovecot-imapd to read mail")

CONFIG = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
protocols = imap
auth_failure_delay = 0
listen = 127.0.0.1
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
mail_location = maildir:{home}/mail
first_valid_uid = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={home}/mail
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
  }}
}}
"""


class ImapServer:
    """The mailbox, as its owner sees it; `port` speaks TLS if there are certificates."""

    def __init__(self, home: Path, authority: trustme.CA | None) -> None:
        self.home, self.port, self.authority = home, free_port(), authority
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and return when it answers."""
        assert DOVECOT is not None
        config = self.home / "dovecot.conf"
        config.write_text(self._config() + self._tls())
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)])
        until(self._answers, 20)

    def stop(self) -> None:
        """End it, and all that it started."""
        assert self.process is not None
        started = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        self.process.wait(20)
        for one in started:
            if one.is_running():
                one.kill()

    def owner(self) -> BaseMailBox:
        """The mailbox, opened by whoever it belongs to."""
        box: BaseMailBox
        if self.authority is None:
            box = MailBoxUnencrypted("127.0.0.1", self.port, 5)
        else:
            context = ssl.create_default_context()
            self.authority.configure_trust(context)
            box = MailBox("localhost", self.port, 5, ssl_context=context)
        return box.login_utf8(USER, PASSWORD)

    def deliver(self, raw: bytes) -> None:
        """A mail arrives."""
        with self.owner() as box:
            box.append(raw, "INBOX", flag_set=[])

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """What is in a folder, oldest first."""
        with self.owner() as box:
            if not box.folder.exists(folder):
                return []
            box.folder.set(folder)
            return [mail.subject for mail in box.fetch(mark_seen=False, bulk=True)]

    def flags(self) -> set[str]:
        """What was noted on the mails of the inbox."""
        with self.owner() as box:
            return {flag for mail in box.fetch(mark_seen=False) for flag in mail.flags}

    def lock(self) -> None:
        """From now on no folder can be made."""
        (self.home / "mail").chmod(0o555)

    def unlock(self) -> None:
        """Folders can be made again."""
        (self.home / "mail").chmod(0o755)

    def _answers(self) -> bool:
        try:
            self.owner().logout()
        except (OSError, IMAP4.error, ImapToolsError):
            return False
        return True

    def _config(self) -> str:
        me, root = pwd.getpwuid(os.getuid()), os.getuid() == 0
        mail = pwd.getpwnam("nobody") if root else me
        (self.home / "mail").mkdir(exist_ok=True)
        os.chown(self.home / "mail", mail.pw_uid, mail.pw_gid)
        return CONFIG.format(
            home=self.home,
            password=PASSWORD,
            internal="dovecot" if root else me.pw_name,
            login="dovenull" if root else me.pw_name,
            group="dovecot" if root else grp.getgrgid(me.pw_gid).gr_name,
            mail=mail.pw_uid,
            mail_group=mail.pw_gid,
            plain=0 if self.authority else self.port,
            secure=self.port if self.authority else 0,
        )

    def _tls(self) -> str:
        if self.authority is None:
            return "ssl = no\n"
        own = self.authority.issue_cert("localhost", "127.0.0.1")
        chain, key = self.home / "chain.pem", self.home / "key.pem"
        own.cert_chain_pems[0].write_to_path(chain)
        own.private_key_pem.write_to_path(key)
        return f"ssl = required\nssl_cert = <{chain}\nssl_key = <{key}\n"


@contextmanager
def imap_server(authority: trustme.CA | None = None) -> Iterator[ImapServer]:
    """Serves until the block ends; with certificates over TLS."""
    # Not below a test's own folder: that belongs to whoever runs the tests, and its path is long.
    with tempfile.TemporaryDirectory(prefix="imap-") as name:
        home = Path(name)
        home.chmod(0o755)
        server = ImapServer(home, authority)
        try:
            server.start()
            yield server
        finally:
            server.stop()
