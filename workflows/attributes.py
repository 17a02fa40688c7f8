"""What operators may search for in the engine: never a name, an address or a text."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from desk.ticket import Ticket

KIND = SearchAttributeKey.for_keyword("TicketKind")
PRIORITY = SearchAttributeKey.for_keyword("TicketPriority")
STATUS = SearchAttributeKey.for_keyword("TicketStatus")
GROUP = SearchAttributeKey.for_keyword("SupportGroup")
POLICY = SearchAttributeKey.for_keyword("PolicyVersion")
ALL = (KIND, PRIORITY, STATUS, GROUP, POLICY)


def attributes_of(ticket: Ticket) -> tuple[str, ...]:
    """The values of the search attributes, in the order of `ALL`."""
    return (
        ticket.kind.value,
        ticket.priority.value,
        ticket.status.value,
        ticket.group,
        ticket.policy_version,
    )


def attributes_as_updates(ticket: Ticket) -> Sequence[SearchAttributeUpdate[str]]:
    """The same as what the engine is told."""
    pairs = zip(ALL, attributes_of(ticket), strict=True)
    return [key.value_set(value) for key, value in pairs]


def one_line(ticket: Ticket) -> str:
    """How the ticket stands, for whoever reads the engine's own pages."""
    waits = f" for {ticket.waiting_for}" if ticket.waiting_for else ""
    held = "assigned" if ticket.assignee else "unassigned"
    return (
        f"{ticket.priority} {ticket.status}{waits}, line {ticket.line}, {ticket.group}, {held}, "
        f"version {ticket.version}"
    )


class Shown:
    """What the engine's own pages are told of a ticket, and told again only when it is new."""

    def __init__(self, ticket: Ticket | None) -> None:
        self._known = attributes_of(ticket) if ticket else None

    def forget(self) -> None:
        """Tell all anew with the next record, whatever is known.

        For tasks that no update has brought: one without any command of its own is put together
        with the next at replay, which then tells another time (docs/decisions/0010).
        """
        self._known = None

    def show(self, ticket: Ticket) -> None:
        """Tell how the ticket stands."""
        attributes = attributes_of(ticket)
        if attributes != self._known:
            self._known = attributes
            workflow.upsert_search_attributes(attributes_as_updates(ticket))
        workflow.set_current_details(one_line(ticket))
