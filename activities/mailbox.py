"""Reading the desk's mailbox: what vendors answer goes to their tickets, all other mail stays.

One worker reads at a time. A mail is moved when its ticket has it, so what dies in between is
read once more, under the same key.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from imap_tools import BaseMailBox
from pydantic import ValidationError
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.imap import (
    LEFT,
    MailboxAway,
    Tagged,
    closed,
    content,
    folders,
    opened,
    put,
    waiting,
)
from activities.letter import Letter, Unreadable, key_of
from activities.letter_apart import read_apart
from activities.promise import known
from activities.shapes import READ_MAILBOX, Seen
from desk.mail_tag import number_in, proves, tags_in
from desk.vendor_answer import taken_from_vendor
from desk.vendor_steps import VendorReply
from settings import Settings, desk_secret
from store.organisation import Directory

BEAT_SECONDS = 5.0
FOR_SECONDS = timedelta(hours=12).total_seconds()
"""Then the process asks anew, so that its history shows how far it came."""
NOTHING = Seen(box="", uid=0)
ANSWER = timedelta(seconds=10)
LATER = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.UNKNOWN,
)
"""What an engine answers that may take it another time."""
LARGEST = 25_000_000
LARGEST_HEAD = 200_000

log = structlog.get_logger(__name__)


@dataclass
class Progress:
    """How far the mailbox was looked through, for whoever goes on."""

    seen: Seen


@dataclass(frozen=True)
class Proven:
    """The vendor that an answer is of, and the ticket that it is about."""

    vendor: str
    number: str


@dataclass(frozen=True)
class Reader:
    """The activity, with what it needs."""

    client: Client
    settings: Settings
    directory: Directory

    @activity.defn(name=READ_MAILBOX)
    async def read_mailbox(self, seen: Seen | None) -> Seen:
        """Read on from there until this worker ends, and say how far that came.

        Raises:
            MailboxAway: to be tried again, maybe by another worker.
        """
        details = activity.info().heartbeat_details
        progress = Progress(_came_to(details) or seen or NOTHING)
        if self.settings.reply_to is None:
            raise MailboxAway("this worker has no mailbox: set FIRSTLINE_IMAP_HOST on all or none")
        ends = asyncio.create_task(activity.wait_for_worker_shutdown())
        beats = asyncio.create_task(_beat(progress))
        ended = monotonic() + FOR_SECONDS
        try:
            while not ends.done() and monotonic() < ended:
                await self._look(progress, ends)
                await asyncio.wait([ends], timeout=self.settings.imap_every_seconds)
        finally:
            ends.cancel()
            beats.cancel()
        return progress.seen

    async def _look(self, progress: Progress, ends: "asyncio.Task[None]") -> None:
        """Look at all that came since; each mail is progress, also one that stays."""
        box = await asyncio.to_thread(opened, self.settings)
        try:
            more = True
            while more and not ends.done():
                found = await asyncio.to_thread(waiting, box, self.settings, progress.seen)
                for mail in found.mails:
                    await self._carry_out(box, mail, found.seen.box, progress)
                progress.seen, more = found.seen, found.more
        finally:
            await asyncio.to_thread(closed, box)

    async def _carry_out(
        self, box: BaseMailBox, mail: Tagged, which: str, progress: Progress
    ) -> None:
        # Before it is taken: who cannot put it away would take it once more each time.
        names = await asyncio.to_thread(folders, box)
        taken = await self._take(box, mail)
        # It is in its ticket now, so it holds up no other if it cannot be moved.
        progress.seen = Seen(box=which, uid=mail.uid)
        activity.heartbeat(progress.seen)
        try:
            await asyncio.to_thread(put, box, mail, names.taken if taken else names.left)
        except MailboxAway as error:
            log.warning("mail_not_moved", uid=mail.uid, why=str(error))

    async def _take(self, box: BaseMailBox, mail: Tagged) -> bool:
        """Whether the mail is in its ticket now."""
        proven = await asyncio.to_thread(self._proven, mail.tags)
        if proven is None:
            return _left(mail, None, "it proves no vendor")
        if mail.bytes > LARGEST:
            key = key_of(f"{mail.tags} {mail.uid}".encode())
            return await self._tell_unread(mail, proven, key, f"it is larger than {LARGEST} bytes")
        raw = await asyncio.to_thread(content, box, mail)
        if raw is None:
            return _left(mail, proven, "it is gone")
        if not set(mail.tags) & set(self._tags(raw)):
            return _left(mail, None, "it is another than it seemed")
        try:
            letter = await read_apart(raw)
        except Unreadable as error:
            return await self._tell_unread(mail, proven, key_of(raw), str(error))
        return await self._tell(mail, proven, letter)

    async def _tell_unread(self, mail: Tagged, proven: Proven, key: str, why: str) -> bool:
        """Somebody has to know that there is something to read, or that nothing arrived."""
        text = f'(A mail that could not be taken: {why}. It is in the folder "{LEFT}".)'
        await self._tell(mail, proven, Letter(key=key, text=text, reference=None, final=False))
        return _left(mail, proven, why)

    def _tags(self, raw: bytes) -> list[str]:
        return tags_in(self.settings.reply_to or "", raw[:LARGEST_HEAD].decode("utf-8", "replace"))

    def _proven(self, tags: Sequence[str]) -> Proven | None:
        secret, vendors = desk_secret(self.settings), known(self.directory).vendors.values()
        for tag in tags:
            number = number_in(tag)
            for vendor in vendors:
                if number is not None and proves(secret, vendor.id, vendor.generation, tag):
                    return Proven(vendor.id, number)
        return None

    async def _tell(self, mail: Tagged, proven: Proven, letter: Letter) -> bool:
        try:
            step = VendorReply(
                step="vendor_reply",
                vendor=proven.vendor,
                text=letter.text,
                reference=letter.reference,
                final=letter.final,
            )
        except ValidationError:
            return _left(mail, proven, "its text cannot be a step")
        taken = taken_from_vendor(
            proven.number, step, key=letter.key, via="mail", correlation=letter.key
        )
        handle = self.client.get_workflow_handle(proven.number)
        try:
            await handle.signal("send", taken, rpc_timeout=ANSWER)
        except RPCError as error:
            if error.status in LATER:
                raise MailboxAway("the engine is away") from error
            gone = error.status is RPCStatusCode.NOT_FOUND
            why = "its ticket has ended" if gone else f"the engine refuses it: {error.status.name}"
            return _left(mail, proven, why)
        found = {"ticket": proven.number, "vendor": proven.vendor, "correlation": letter.key}
        log.info("mail_taken", **found, final=letter.final)
        return True


def reading_mail(
    client: Client, settings: Settings, directory: Directory
) -> list[Callable[..., object]]:
    """The activity, in a list."""
    return [Reader(client, settings, directory).read_mailbox]


def _came_to(details: Sequence[object]) -> Seen | None:
    """How far the attempt before this one came, if it said so."""
    return Seen.model_validate(details[0]) if details else None


async def _beat(progress: Progress) -> None:
    while True:
        activity.heartbeat(progress.seen)
        await asyncio.sleep(BEAT_SECONDS)


def _left(mail: Tagged, proven: Proven | None, why: str) -> bool:
    log.warning("mail_not_taken", ticket=proven.number if proven else None, uid=mail.uid, why=why)
    return False
