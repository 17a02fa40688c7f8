"""The terms that a ticket has a right to now, asked for once and kept in the history."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.shapes import RESOLVE_TERMS, TermsFor
from desk.errors import InvalidFact
from desk.opening import Opening
from desk.steps import Become, Classify, Step
from desk.terms import Terms
from desk.ticket import Kind, Ticket


def at_opening(opening: Opening) -> TermsFor:
    """Whose promise a new ticket is given."""
    ordered = opening.item is not None
    return TermsFor(
        customer=opening.customer,
        service=opening.service,
        item=opening.item,
        requester=opening.requester if ordered else None,
        wanted_for=(opening.wanted_for or opening.requester) if ordered else None,
        kind=opening.kind if opening.kind is Kind.COMPLAINT else None,
    )


def after(ticket: Ticket, step: Step, by: str) -> TermsFor:
    """Whose promise a ticket has a right to once `by` takes the step that moves it to others."""
    service = step.service if isinstance(step, Classify) else None
    whose = TermsFor(customer=ticket.customer, service=service or ticket.service)
    if not isinstance(step, Become) or step.item is None:
        return whose
    wanted_for = step.wanted_for or ticket.requester
    people = {"requester": ticket.requester, "wanted_for": wanted_for, "ordered_by": by}
    return whose.model_copy(update={"item": step.item, **people})


async def promised(whose: TermsFor) -> Terms:
    """The terms of a new ticket, or of one that moves to the rules in force.

    Raises:
        InvalidFact: there is no such promise, and will not be: the item is gone.
    """
    try:
        terms: Terms = await workflow.execute_local_activity(
            RESOLVE_TERMS,
            whose,
            result_type=Terms,
            start_to_close_timeout=timedelta(seconds=10),
        )
    except (ActivityError, ApplicationError) as failed:
        cause = failed.cause if isinstance(failed, ActivityError) else failed
        if isinstance(cause, ApplicationError) and cause.type == InvalidFact.__name__:
            raise InvalidFact(cause.details[0]["field"], cause.message) from failed
        raise
    return terms
