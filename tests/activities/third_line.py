"""Lives of tickets that a vendor works on, for each text that people of the desk read of it."""

from collections.abc import Callable
from datetime import timedelta

from desk.vendors import unreached, with_contracts
from tests.activities.town import Life
from tests.desk.contracts import make_contract

OUTSIDE = {"vendor_asked", "vendor_chased", "vendor_recalled", "vendor_over", "contract_ends"}
"""Texts that are not about a ticket of whoever reads them."""


def handed_over(life: Life, words: str) -> Life:
    """The same life, with acme at work."""
    life.terms = with_contracts(life.terms, (make_contract(),))
    return life.step("p-finn", "hand_to_vendor", vendor="acme", text=words)


def third_line(fresh: Callable[[], Life], words: str) -> dict[str, Callable[[], Life]]:
    """For each text a life whose last record is told with it."""

    def with_acme() -> Life:
        return handed_over(fresh(), words)

    def not_told() -> Life:
        life = with_acme()
        life._tell(unreached(life.ticket, life.terms, "acme", "it answered 404", life.at))
        return life

    return {
        "vendor_replied": lambda: with_acme().step(
            "vendor:acme", "vendor_reply", vendor="acme", text=words
        ),
        "vendor_gave_up": lambda: with_acme().wait(fresh().at + timedelta(days=30)),
        "vendor_unreached": not_told,
    }
