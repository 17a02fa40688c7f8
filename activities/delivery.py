"""Delivering one message: at least once, and the same mail each time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from temporalio import activity

from activities.links import link_of
from activities.mail import MailDelayed, MailRefused, build, send
from activities.shapes import DELIVER, Delivered, DeliverInput
from activities.vendor_calls import VendorCalls
from settings import Settings
from store.engine import reading, writing
from store.messages import Message, get_message, mark_failed, mark_sent
from store.reads import Engine

log = structlog.get_logger(__name__)

PATIENCE, LEAST_ATTEMPTS = timedelta(days=3), 10
"""How long, and how often at least, a vendor's webhook is called before it counts as refused."""


@dataclass(frozen=True)
class Delivery:
    """The activity, with the settings and the database it needs."""

    settings: Settings
    engine: Engine
    vendors: VendorCalls | None = None
    answers: Callable[[Message], str | None] = lambda _: None

    @activity.defn(name=DELIVER)
    async def deliver(self, order: DeliverInput) -> Delivered:
        """Send the message unless it was sent before.

        What can pass (server away, login refused, disk full, database away) is raised, for the
        engine to repeat. A refusal for good is an outcome: the ticket goes on, and shows it.
        """
        message = await asyncio.to_thread(self._read, order.key)
        if message is None:
            return Delivered(state="gone")
        if message.state in ("sent", "nobody"):
            return Delivered(state=message.state)
        if order.unwanted:
            why = "it was not sent: the vendor was let go before"
            await asyncio.to_thread(self._failed, message.key, why, datetime.now(UTC))
            return Delivered(state="gone")
        return await self._attempt(message)

    async def _attempt(self, message: Message) -> Delivered:
        found = {"ticket": message.ticket, "correlation": message.correlation}
        try:
            if self.vendors is not None and message.by_webhook:
                await self.vendors.post(message)
            else:
                link, answers_to = link_of(message, self.settings), self.answers(message)
                mail = build(message, self.settings.mail_from, link, answers_to)
                await send(mail, self.settings)
        except (MailRefused, MailDelayed) as error:
            why, now = str(error), datetime.now(UTC)
            await asyncio.to_thread(self._failed, message.key, why, now)
            log.warning("message_not_sent", **found, template=message.template, why=why)
            if isinstance(error, MailDelayed):
                if not long_in_vain(message, now):
                    raise
                in_vain = f"{why}; it was tried for {PATIENCE.days} days"
                error = MailRefused(in_vain, "silent")
            return _failed(message, error)
        # With the database away now, the mail has gone and nobody knows: the repeat sends it once
        # more, under the same Message-ID, by which a mail program shows it once.
        await asyncio.to_thread(self._sent, message.key)
        log.info("message_sent", **found, template=message.template)
        return Delivered(state="sent")

    def _read(self, key: str) -> Message | None:
        with reading(self.engine) as connection:
            return get_message(connection, key)

    def _sent(self, key: str) -> None:
        with writing(self.engine) as connection:
            mark_sent(connection, key, datetime.now(UTC))

    def _failed(self, key: str, why: str, at: datetime) -> None:
        with writing(self.engine) as connection:
            mark_failed(connection, key, why, at)


def _failed(message: Message, error: MailRefused) -> Delivered:
    return Delivered(
        state="failed",
        why=str(error),
        cause=error.cause,
        code=error.code,
        said_at=message.created_at,
    )


def long_in_vain(message: Message, now: datetime) -> bool:
    """Whether a vendor's webhook has failed for so long that the ticket waits no more for it.

    People's mails are tried for ever. A desk that did not run itself has not tried it.
    """
    since = message.failing_since if message.by_webhook else None
    return since is not None and now - since >= PATIENCE and message.attempts >= LEAST_ATTEMPTS
