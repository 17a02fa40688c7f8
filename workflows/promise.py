"""The terms that a ticket has a right to now, asked for once and kept in the history."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.shapes import RESOLVE_TERMS, TermsFor
from desk.opening import Opening
from desk.terms import Terms


async def promised(opening: Opening, service: str | None) -> Terms:
    """The terms of a new ticket, or of one that moves to the rules in force.

    Raises:
        ApplicationError: there is no such promise, and will not be: the item is gone.
    """
    ordered = opening.item is not None
    whose = TermsFor(
        customer=opening.customer,
        service=service,
        item=opening.item,
        requester=opening.requester if ordered else None,
        wanted_for=(opening.wanted_for or opening.requester) if ordered else None,
    )
    try:
        terms: Terms = await workflow.execute_local_activity(
            RESOLVE_TERMS,
            whose,
            result_type=Terms,
            start_to_close_timeout=timedelta(seconds=10),
        )
    except ActivityError as failed:
        if isinstance(failed.cause, ApplicationError):
            raise failed.cause from failed
        raise
    return terms
