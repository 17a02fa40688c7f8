"""Lives of tickets that a vendor works on, for each text that people of the desk read of it."""

from collections.abc import Callable
from datetime import timedelta

from desk.apply import note_refusal
from desk.vendor_answer import taken_from_vendor
from desk.vendor_events import Cause, VendorUnreached
from desk.vendor_steps import VendorReply
from desk.vendors import unreached, with_contracts
from tests.activities.town import Life
from tests.desk.contracts import make_contract

OUTSIDE = {
    "vendor_asked", "vendor_told", "vendor_chased", "vendor_retargeted", "vendor_recalled",
    "vendor_over", "contract_ends",
}  # fmt: skip
"""Texts that are not about a ticket of whoever reads them."""


def handed_over(life: Life, words: str) -> Life:
    """The same life, with acme at work."""
    life.terms = with_contracts(life.terms, (make_contract(),))
    return life.step("p-finn", "hand_to_vendor", vendor="acme", text=words)


def not_told(
    life: Life, message: str = "told", cause: Cause = "answered", code: int | None = 404
) -> Life:
    """The same life, in which acme never gets a message that was said just now."""
    what = VendorUnreached(
        vendor="acme", reason="Because.", message=message, cause=cause, code=code
    )
    life._tell(unreached(life.ticket, life.terms, what, life.at, life.at))
    return life


def third_line(fresh: Callable[[], Life], words: str) -> dict[str, Callable[[], Life]]:
    """For each text a life whose last record is told with it."""

    def with_acme() -> Life:
        return handed_over(fresh(), words)

    def too_late() -> Life:
        life = with_acme().step("p-finn", "recall", vendor="acme", reason=words)
        step = VendorReply(step="vendor_reply", vendor="acme", text=words)
        taken = taken_from_vendor(life.ticket.number, step, key="k", via="mail", correlation="c")
        life._tell(note_refusal(life.ticket, life.terms, taken, "over", life.at))
        return life

    return {
        "vendor_replied": lambda: with_acme().step(
            "vendor:acme", "vendor_reply", vendor="acme", text=words
        ),
        "vendor_gave_up": lambda: with_acme().wait(fresh().at + timedelta(days=30)),
        "vendor_unreached": lambda: not_told(with_acme()),
        "vendor_late": too_late,
    }
