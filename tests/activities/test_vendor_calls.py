"""Calls of vendors that do not come about: the reason is said, and no address with it."""

import pytest
from sqlalchemy import Engine

from activities.mail import MailDelayed, MailRefused
from activities.vendor_calls import VendorCalls
from store.messages import Message
from store.organisation import Directory
from tests.builders import NOW, NUMBER


def message(address: str) -> Message:
    return Message.model_validate(
        {
            "key": f"{NUMBER}/u1.0/vendor_asked/vendor:acme/acme",
            "ticket": NUMBER,
            "events": ("u1.0",),
            "template": "vendor_asked",
            "person": None,
            "vendor": "acme",
            "address": address,
            "language": "en",
            "subject": "x",
            "body": "{}",
            "message_id": "<x@example.org>",
            "correlation": "",
            "state": "queued",
            "orphaned": False,
            "attempts": 0,
            "last_error": None,
            "created_at": NOW,
            "sent_at": None,
        }
    )


@pytest.fixture
def calls(sqlite_engine: Engine) -> VendorCalls:
    directory = Directory(sqlite_engine)
    directory.refresh()
    return VendorCalls(directory, lambda: b"a secret of the tests")


@pytest.mark.parametrize("url", ["https://xn--zz.invalid/", "https://[::1/", "https:acme.invalid"])
async def test_an_address_that_nobody_can_call_is_refused_for_good(
    calls: VendorCalls, url: str
) -> None:
    with pytest.raises(MailRefused, match="no address that can be called") as refused:
        await calls.post(message(url))
    assert "invalid" not in str(refused.value)


async def test_what_no_library_foresaw_is_tried_again_and_said_without_its_text(
    calls: VendorCalls,
) -> None:
    with pytest.raises(MailDelayed, match=r"did not answer: [A-Za-z]+$") as delayed:
        await calls.post(message("https://127.0.0.1:99999/in"))
    assert delayed.value.__cause__ is None
