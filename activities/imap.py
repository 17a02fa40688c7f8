"""A mailbox over IMAP: what came since, one mail whole, and putting a mail into a folder.

Nothing here waits for longer than `TIMEOUT_SECONDS`; no error holds a name, a password or a mail.
"""

import hashlib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4
from itertools import pairwise
from typing import NamedTuple

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from activities.shapes import Seen
from desk.mail_tag import tags_in
from settings import Settings

TIMEOUT_SECONDS = 20.0
WINDOW = 500
"""So many UIDs are looked at at once, whether or not there are mails of them."""
TAKEN, LEFT = "Firstline taken", "Firstline not taken"
RECIPIENTS = "TO CC DELIVERED-TO X-ORIGINAL-TO ENVELOPE-TO"
REFUSED = "the mailbox refuses the login: check FIRSTLINE_IMAP_USER"
_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")


class MailboxAway(Exception):
    """The mailbox cannot be read now; the message says what to check."""


class Tagged(NamedTuple):
    """A mail that waits, by its UID, and what looks like tags among its recipients."""

    uid: int
    tags: tuple[str, ...]
    bytes: int


class Waiting(NamedTuple):
    """What came since; `seen` is how far that was looked at, and `more` that there is more."""

    mails: list[Tagged]
    seen: Seen
    more: bool


class Folders(NamedTuple):
    """Where mails are put, by the names that the server knows the folders by."""

    taken: str
    left: str


@contextmanager
def in_words() -> Iterator[None]:
    """Whatever a mailbox does wrong is said in the desk's words.

    Raises:
        MailboxAway: instead of it.
    """
    try:
        yield
    except MailboxLoginError:
        raise MailboxAway(REFUSED) from None
    except MailboxFolderSelectError:
        raise MailboxAway("the mailbox has no such folder: check FIRSTLINE_IMAP_FOLDER") from None
    except ssl.SSLError:
        raise MailboxAway("the mailbox's certificate is not valid, or it speaks no TLS") from None
    except (OSError, EOFError):
        raise MailboxAway("the mailbox cannot be reached") from None
    except (ImapToolsError, IMAP4.error, ValueError) as error:
        raise MailboxAway(f"the mailbox answers strangely: {type(error).__name__}") from None


def opened(settings: Settings) -> BaseMailBox:
    """The mailbox, to be closed with `closed`.

    Raises:
        MailboxAway: it cannot be opened.
    """
    user, password = settings.imap_user or "", settings.imap_password
    assert password is not None, "the settings have a login or no mailbox"
    with in_words():
        box = _connected(settings)
        try:
            _log_in(box, user, password.get_secret_value())
            box.folder.set(settings.imap_folder)
            _learn_what_it_can(box)
            return box
        except BaseException:
            closed(box)
            raise


def _connected(settings: Settings) -> BaseMailBox:
    host, port = settings.imap_host or "", settings.imap_port
    if not settings.imap_tls:
        return MailBoxUnencrypted(host, port, TIMEOUT_SECONDS)
    return MailBox(host, port, TIMEOUT_SECONDS, ssl_context=ssl.create_default_context())


def _log_in(box: BaseMailBox, user: str, password: str) -> None:
    try:
        box.login_utf8(user, password, initial_folder=None)
    except (MailboxLoginError, IMAP4.abort):
        raise
    except IMAP4.error:
        raise MailboxAway(REFUSED) from None


def _learn_what_it_can(box: BaseMailBox) -> None:
    """Ask anew what the server can: most say it only after the login."""
    _, answer = box.client.capability()
    box.client.capabilities = tuple(answer[-1].decode("ascii", "replace").upper().split())
    if not {"MOVE", "UIDPLUS"} & set(box.client.capabilities):
        # An EXPUNGE without UIDs would also take what others have marked as deleted.
        raise MailboxAway("the mail server can neither MOVE nor UIDPLUS, so no mail is taken")


def closed(box: BaseMailBox) -> None:
    """Say goodbye, if anybody listens; the connection ends however that goes."""
    with suppress(ImapToolsError, IMAP4.error, OSError, EOFError):
        box.logout()
    with suppress(OSError):
        box.client.shutdown()


def folders(box: BaseMailBox) -> Folders:
    """The folders for mails that were looked at, made where they are not there.

    Raises:
        MailboxAway: they are not there and cannot be made.
    """
    with in_words():
        return Folders(_folder(box, TAKEN), _folder(box, LEFT))


def _folder(box: BaseMailBox, name: str) -> str:
    delimiter = next((one.delim for one in box.folder.list()), "/")
    # Some servers have every folder below the inbox.
    names = (name, f"INBOX{delimiter}{name}")
    for one in names:
        if box.folder.exists(one):
            return one
    for one in names:
        with suppress(ImapToolsError):
            box.folder.create(one)
            return one
    raise MailboxAway(f'the mailbox has no folder "{name}", and it cannot be made: make it')


def waiting(box: BaseMailBox, settings: Settings, seen: Seen) -> Waiting:
    """The next mails that came since to addresses that vendors answer to.

    Raises:
        MailboxAway: it stopped answering.
    """
    with in_words():
        status = box.folder.status(settings.imap_folder, ("UIDVALIDITY", "UIDNEXT"))
        which, last = _which(settings, status["UIDVALIDITY"]), status["UIDNEXT"] - 1
        after = seen.uid if seen.box == which and seen.uid <= last else 0
        upto = min(last, after + WINDOW)
        mails = _tagged(box, settings.reply_to or "", after + 1, upto) if upto > after else []
    return Waiting(mails, Seen(box=which, uid=upto), more=upto < last)


def _which(settings: Settings, validity: int) -> str:
    """What says that UIDs mean the same mails as before; it does not say whose they are."""
    named = f"{settings.imap_host}\n{settings.imap_user}\n{settings.imap_folder}\n{validity}"
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _tagged(box: BaseMailBox, pattern: str, first: int, last: int) -> list[Tagged]:
    wanted = f"(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({RECIPIENTS})])"
    found = []
    for uid, size, head in _fetched(box, f"{first}:{last}", wanted):
        tags = tags_in(pattern, head.decode("utf-8", "replace"))
        if tags and first <= uid <= last:
            found.append(Tagged(uid, tuple(tags), size))
    return sorted(found)


def content(box: BaseMailBox, mail: Tagged) -> bytes | None:
    """The whole mail, unseen as it was; None when it is gone.

    Raises:
        MailboxAway: it stopped answering.
    """
    with in_words():
        found = _fetched(box, str(mail.uid), "(UID BODY.PEEK[])")
        return next((raw for uid, _, raw in found if uid == mail.uid), None)


def _fetched(box: BaseMailBox, uids: str, what: str) -> list[tuple[int, int, bytes]]:
    """UID, size and text of each; servers name them before the text, after it, or unasked."""
    kind, answer = box.client.uid("FETCH", uids, what)
    parts = [*answer, b""] if kind == "OK" else []
    found = []
    for part, after in pairwise(parts):
        if not isinstance(part, tuple):
            continue
        around = part[0] + (after if isinstance(after, bytes) else b"")
        uid, size = _UID.search(around), _SIZE.search(around)
        if uid is not None:
            found.append((int(uid[1]), int(size[1]) if size else 0, part[1]))
    return found


def put(box: BaseMailBox, mail: Tagged, folder: str) -> None:
    """Move the mail into the folder; it alone.

    Raises:
        MailboxAway: it stopped answering, or refused; the mail stays where it was.
    """
    uid = str(mail.uid)
    with in_words():
        if "MOVE" in box.client.capabilities:
            box.move([uid], folder)
        else:
            box.copy([uid], folder)
            box.client.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
            box.client.uid("EXPUNGE", uid)
