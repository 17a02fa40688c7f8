"""Where the rules of complaints are found: beside those of other tickets, under their name."""

from desk.reason import Why
from desk.ticket import Facts, Kind

THEIR_OWN = ("targets", "ladders", "routing", "closure", "pausing")


def placed(reasons: list[Why | None], ticket: Facts) -> list[Why | None]:
    """The reasons of a ticket's events, each with the path of its rule in `GET /policy`."""
    if ticket.kind is not Kind.COMPLAINT:
        return reasons
    return [_placed(reason) if reason is not None else None for reason in reasons]


def _placed(reason: Why) -> Why:
    if reason.rule.partition(".")[0] not in THEIR_OWN:
        return reason
    return reason.model_copy(update={"rule": f"complaints.{reason.rule}"})
