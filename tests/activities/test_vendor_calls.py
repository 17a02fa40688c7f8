"""Calls of vendors that do not come about: the reason is said, and no address with it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from activities.delivery import long_in_vain
from activities.mail import MailDelayed, MailRefused
from activities.vendor_calls import VendorCalls
from store.messages import Message
from store.organisation import Directory
from tests.builders import NOW, NUMBER


def message(address: str, **changes: object) -> Message:
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
            **changes,
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


THREE_DAYS = timedelta(days=3)
WEB, MAIL = "https://acme.invalid/in", "support@acme.invalid"


@pytest.mark.parametrize(
    ("address", "for_so_long", "attempts", "over"),
    [
        (WEB, THREE_DAYS, 10, True),
        (WEB, THREE_DAYS - timedelta(seconds=1), 400, False),
        (WEB, THREE_DAYS, 9, False),
        (WEB, None, 0, False),
        (MAIL, 9 * THREE_DAYS, 999, False),
    ],
)
def test_only_a_webhook_that_was_called_for_three_days_and_ten_times_is_given_up(
    address: str, for_so_long: timedelta | None, attempts: int, over: bool
) -> None:
    since = NOW - for_so_long if for_so_long is not None else None
    failing = message(address, failing_since=since, attempts=attempts)
    assert long_in_vain(failing, NOW) is over
