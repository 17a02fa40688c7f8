"""Tasks of an order that the desk does by itself: an activity each, until it gives up."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError

from activities.shapes import CallAnswer, WorkOf
from desk.explain import duration
from desk.order import Work
from workflows.shapes import State

GIVES_UP = timedelta(minutes=15)
"""After which a task that nothing answers for is a person's."""
AN_ATTEMPT = timedelta(seconds=15)
PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


async def carried_out(state: State, work: Work) -> tuple[CallAnswer, bool]:
    """What the activity of the task has come to, and whether that is sure.

    The far end is told the same key at each attempt and in each run.
    """
    ticket, order, item = state.ticket, state.ticket.order, state.terms.item
    assert order is not None, "only a request has tasks"
    assert item is not None, "a request's terms have its item"
    task = item.task(work.task)
    name = task.does if work.state == "machine" else task.undoes
    assert name is not None, "a task that no activity does is a person's"
    began = workflow.now()
    try:
        answer: CallAnswer = await workflow.execute_activity(
            name,
            WorkOf(
                ticket=ticket.number,
                task=work.task,
                key=f"{ticket.number}/{work.task}/{name}",
                item=order.item,
                answers=order.answers,
                requester=ticket.requester,
                wanted_for=order.wanted_for,
            ),
            result_type=CallAnswer,
            start_to_close_timeout=AN_ATTEMPT,
            schedule_to_close_timeout=GIVES_UP,
            retry_policy=PATIENT,
            summary=task.title,
        )
    except ActivityError as failed:
        cause = failed.cause if isinstance(failed.cause, FailureError) else failed
        tried = duration(timedelta(seconds=round((workflow.now() - began).total_seconds())))
        return CallAnswer(done=False, note=f"given up after {tried}: {cause.message}"), False
    return answer, True
