"""Closure: which resolutions there are, and what follows one."""

from datetime import timedelta

from desk.terms import Closure
from desk.ticket import WaitFor

CLOSURE = Closure(
    codes=("fixed", "workaround", "guidance", "no_fault_found", "duplicate"),
    calendar="office",
    remind_after_working_days=2,
    close_after_working_days=5,
    reopen_for=timedelta(days=14),
    # So often the requester is reminded of an approver's question; then the approver is told.
    remind_of_questions=3,
)

# Waits that stop the resolution clock, and the clock of the group.
PAUSING = (WaitFor.REQUESTER, WaitFor.VENDOR, WaitFor.CHANGE)
