"""The terms that a customer and a service have now, asked for once and kept in the history."""

from datetime import timedelta

from temporalio import workflow

from activities.shapes import RESOLVE_TERMS, TermsFor
from desk.terms import Terms


async def promised(customer: str, service: str | None) -> Terms:
    """The terms of a new ticket, or of one that moves to the rules in force."""
    terms: Terms = await workflow.execute_local_activity(
        RESOLVE_TERMS,
        TermsFor(customer=customer, service=service),
        result_type=Terms,
        start_to_close_timeout=timedelta(seconds=10),
    )
    return terms
