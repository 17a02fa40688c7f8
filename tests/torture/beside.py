"""Steps by which a ticket has to do with others, with a vendor, or is of another kind."""

import random

from tests.torture.callers import Json

WIFI: Json = {
    "guest": "Carl Gauss",
    "company": "Curves",
    "e_mail": "carl@example.org",
    "day": "2026-12-01",
}
KINDS = ("related", "parent", "child", "duplicate_of", "caused_by")
VENDOR = "meridian"


def beside(dice: random.Random, others: list[str], owner: str) -> Json:
    """One of them, at random; `others` are numbers that may be linked to or merged into."""
    other = dice.choice(others)
    order: Json = {"kind": "service_request", "item": "guest-wifi", "answers": WIFI, "for": owner}
    steps: tuple[Json, ...] = (
        {"step": "link", "kind": dice.choice(KINDS), "ticket": other},
        {"step": "unlink", "kind": dice.choice(KINDS), "ticket": other},
        {"step": "merge", "into": other},
        {"step": "merge", "into": other, "reason": "the same cable"},
        {"step": "split", "reason": "another cable"},
        {"step": "hand_to_vendor", "vendor": VENDOR, "text": "Please look at the router."},
        {"step": "vendor_reply", "vendor": VENDOR, "text": "Looked.", "final": dice.random() < 0.5},
        {"step": "recall", "vendor": VENDOR, "reason": "it was the power"},
        {"step": "become", **order, "reason": "nothing is broken"},
        {"step": "become", "kind": "incident", "reason": "it is broken after all"},
        {"step": "resolve", "code": "fixed", "text": "All of them.", "children": True},
    )
    return dice.choice(steps)
