"""Telling a vendor by its webhook: signed, bounded, followed nowhere else."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from activities.automation import LATER
from activities.mail import MailDelayed, MailRefused
from activities.promise import known
from desk.webhook import secret_of, signed
from store.messages import Message
from store.organisation import Directory

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class VendorCalls:
    """Posts messages to vendors; `secret` gives the desk's, when there is something to sign."""

    directory: Directory
    secret: Callable[[], bytes]

    async def post(self, message: Message) -> None:
        """POST the message; the same id at each attempt, by which the vendor takes it once.

        Raises:
            MailDelayed: no answer, 5xx, or one that says to come again.
            MailRefused: any other answer but 2xx, which is the final word; nobody can be called
                at the address, which stays the message's.
        """
        secret = await asyncio.to_thread(self._secret_of, message.vendor or "")
        body = message.body.encode()
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            **signed(secret, id_of(message), datetime.now(UTC), body),
        }
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status = await _posted(message.address or "", body, headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            why = "the vendor's webhook is no address that can be called"
            raise MailRefused(why, "address") from None
        except Exception as error:
            # Whatever it is, without its text and cause, which repeat the address.
            why = f"the vendor's webhook did not answer: {type(error).__name__}"
            raise MailDelayed(why) from None
        if status >= 500 or status in LATER:
            raise MailDelayed(f"the vendor's webhook answered {status}")
        if not 200 <= status < 300:
            raise MailRefused(f"the vendor's webhook answered {status}", "answered", status)

    def _secret_of(self, vendor: str) -> bytes:
        found = known(self.directory).vendor(vendor)
        return secret_of(self.secret(), vendor, found.generation if found else 1)


def id_of(message: Message) -> str:
    """The webhook's id: the same for the same message, and it tells nothing."""
    return f"msg_{hashlib.sha256(message.key.encode()).hexdigest()[:32]}"


async def _posted(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status; nobody reads what else is answered."""
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as answer,
    ):
        return answer.status_code
