"""Escalation: what happens as a target comes closer, and after it is missed.

To change a rule, change a line here and run `make check`. Tickets that are open keep the rules
they were opened with; a new ticket (or one that a process owner lets `adopt`) has the new ones.
"""

from policies.words import (
    APPROVERS,
    ASSIGNEE,
    GROUP,
    LEAD,
    MANAGER,
    VENDOR,
    at,
    every_working_day,
    every_working_hour,
    hand_to_next_line,
    ladder,
    tell,
)

RESPONSE = ladder(
    "response",
    at(50, tell(ASSIGNEE)),
    at(75, tell(LEAD)),
    at(
        100,
        hand_to_next_line(),
        tell(MANAGER),
        then=[
            every_working_hour(5, tell(LEAD)),
            every_working_day(10, tell(MANAGER)),
        ],
    ),
)

RESOLUTION = ladder(
    "resolution",
    at(50, tell(ASSIGNEE)),
    at(75, tell(ASSIGNEE), tell(LEAD)),
    at(
        100,
        hand_to_next_line(),
        tell(MANAGER),
        then=[
            every_working_hour(5, tell(LEAD)),
            every_working_day(10, tell(MANAGER)),
        ],
    ),
)

NEXT_RESPONSE = ladder(
    "next response",
    at(100, tell(GROUP)),
)

LADDERS = (RESPONSE, RESOLUTION, NEXT_RESPONSE)

# Of requests: each stage of approval, each task, and the fulfilment as a whole.

APPROVAL = ladder(
    "approval",
    at(50, tell(APPROVERS)),
    at(
        100,
        tell(APPROVERS),
        tell(LEAD),
        then=[
            every_working_day(5, tell(APPROVERS)),
            every_working_day(5, tell(MANAGER)),
        ],
    ),
)

TASK = ladder(
    "task",
    at(75, tell(GROUP)),
    at(
        100,
        tell(GROUP),
        tell(LEAD),
        then=[every_working_day(10, tell(LEAD))],
    ),
)

FULFILMENT = ladder(
    "fulfilment",
    at(75, tell(LEAD)),
    at(
        100,
        tell(MANAGER),
        then=[every_working_day(10, tell(MANAGER))],
    ),
)

REQUEST_LADDERS = (APPROVAL, TASK, FULFILMENT)

# Of whatever a vendor works on, under its contract; a day is one of the contract's calendar.

VENDOR_LADDER = ladder(
    "vendor",
    at(75, tell(VENDOR), tell(ASSIGNEE)),
    at(
        100,
        tell(VENDOR),
        tell(LEAD),
        then=[every_working_day(5, tell(VENDOR), tell(LEAD))],
    ),
)
