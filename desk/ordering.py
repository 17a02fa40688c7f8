"""What a step changes on an order: its approvals, its tasks, or its end."""

from desk import approving, complaints, fulfilling
from desk.change import Change
from desk.steps import Amend, Approve, Ask, Complete, Delegate, Fail, Reject, Taken, Withdraw


def apply_to_order(change: Change, taken: Taken) -> None:
    """Take the step, which is one that only requests have."""
    match taken.step:
        case Approve() as step:
            approving.approve(change, step, taken.actor)
        case Reject() as step:
            approving.reject(change, step, taken.actor)
        case Ask() as step:
            approving.ask(change, step, taken.actor)
        case Delegate() as step:
            approving.delegate(change, step, taken.actor)
        case Amend() as step:
            approving.amend(change, step)
        case Complete(task=task, result=result):
            fulfilling.complete(change, task, result)
        case Fail(task=task, reason=reason):
            fulfilling.fail(change, task, reason)
        case Withdraw() if change.ticket.order is None:
            complaints.withdraw(change)
        case Withdraw(reason=reason):
            approving.withdraw(change, reason)
