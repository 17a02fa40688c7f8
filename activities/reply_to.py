"""Where a vendor answers a mail of the desk: an address that proves that it was asked."""

import structlog

from activities.promise import known
from desk.mail_tag import made, tagged
from settings import Settings, SettingsError, desk_secret
from store.messages import Message
from store.organisation import Directory

log = structlog.get_logger(__name__)


def reply_to(message: Message, settings: Settings, directory: Directory) -> str | None:
    """The address; None when the mail is to no vendor, or no mailbox is read."""
    if message.vendor is None or settings.reply_to is None:
        return None
    vendor = known(directory).vendor(message.vendor)
    if vendor is None:
        return None
    try:
        secret = desk_secret(settings)
    except SettingsError:
        # An agent enters what it answers then.
        log.warning("no_reply_address_without_a_secret", ticket=message.ticket)
        return None
    return tagged(settings.reply_to, made(secret, vendor.id, vendor.generation, message.ticket))
