"""Complaints: who answers them, how soon, with which result, and who is told when it is late."""

from desk.ticket import WaitFor
from desk.working_time import working_day
from policies.calendars import OFFICE
from policies.closure import CLOSURE
from policies.words import (
    ASSIGNEE,
    GROUP,
    LEAD,
    MANAGER,
    at,
    every_working_day,
    groups,
    ladder,
    target,
    tell,
)

A_WORKING_DAY = working_day(OFFICE)
COMPLAINT_GROUPS = groups("complaints")

COMPLAINT_RESPONSE = ladder(
    "complaint response",
    at(50, tell(ASSIGNEE)),
    at(75, tell(LEAD)),
    at(100, tell(MANAGER), then=[every_working_day(5, tell(MANAGER))]),
)

COMPLAINT_ANSWER = ladder(
    "complaint answer",
    at(50, tell(ASSIGNEE)),
    at(75, tell(ASSIGNEE), tell(LEAD)),
    at(100, tell(LEAD), tell(MANAGER), then=[every_working_day(10, tell(MANAGER))]),
)

COMPLAINT_NEXT_RESPONSE = ladder("complaint next response", at(100, tell(GROUP)))

COMPLAINT_LADDERS = (COMPLAINT_RESPONSE, COMPLAINT_ANSWER, COMPLAINT_NEXT_RESPONSE)

# The same for every priority: a complaint has none of its own.
COMPLAINT_TARGETS = {
    "response": target(A_WORKING_DAY, "office", COMPLAINT_RESPONSE),
    "resolution": target(10 * A_WORKING_DAY, "office", COMPLAINT_ANSWER),
    "next_response": target(A_WORKING_DAY, "office", COMPLAINT_NEXT_RESPONSE),
}

COMPLAINT_CLOSURE = CLOSURE.model_copy(update={"codes": ("upheld", "partly_upheld", "not_upheld")})

# Only the complainant can keep the answer waiting.
COMPLAINT_PAUSING = (WaitFor.REQUESTER,)
