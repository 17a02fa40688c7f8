"""The catalogue: what may be ordered, who approves it, and the tasks that fulfil it.

To offer something new, write its form in `policies/forms.py` and an item here, and run
`make check`. Requests that are under way keep the item as it was when they were ordered.
Approvals are asked for one after the other; a task begins when those in its `after` are done.
"""

from desk.people import Role
from policies.forms import (
    ApplicationAccess,
    GuestWifi,
    NewLaptop,
    NewStarter,
    PasswordReset,
    SoftwareLicence,
)
from policies.words import (
    MANAGER_OF_REQUESTER,
    all_of,
    at_least,
    group,
    hours,
    item,
    members_of,
    minutes,
    one_of,
    role,
    task,
)

SERVICE_DESK = group("service-desk", line=1)
WORKPLACE = group("workplace-2", line=2)
NETWORK = group("network-2", line=2)
SECURITY = group("security-2", line=2)
FINANCE = group("finance", line=2)

NEW_LAPTOP = item(
    "new-laptop",
    "New laptop",
    "A laptop, set up and ready for your first log-in. It comes with the usual programs.",
    form=NewLaptop,
    price="1,200 EUR",
    cost_centre="4100 Equipment",
    approvals=[
        one_of("line manager", MANAGER_OF_REQUESTER, within=hours(16)),
        one_of("budget", members_of(FINANCE), within=hours(16)),
    ],
    within=hours(50),
    group=WORKPLACE,
    tasks=[
        task("order", "Order the laptop", WORKPLACE, within=hours(8)),
        task("set-up", "Set up the laptop", WORKPLACE, within=hours(8), after=["order"]),
        task("hand-over", "Hand the laptop over", SERVICE_DESK, within=hours(8), after=["set-up"]),
    ],
)

APPLICATION_ACCESS = item(
    "application-access",
    "Access to an application",
    "An account in an application, with the rights that your work needs.",
    form=ApplicationAccess,
    approvals=[
        all_of(
            "access",
            MANAGER_OF_REQUESTER,
            members_of(SECURITY),
            within=hours(10),
        ),
    ],
    within=hours(10),
    group=SECURITY,
    tasks=[
        task(
            "grant",
            "Give access to the application",
            SECURITY,
            within=hours(4),
            does="grant_access",
            undoes="revoke_access",
        ),
        task("try", "Try the access", SERVICE_DESK, within=hours(4), after=["grant"]),
    ],
)

NEW_STARTER = item(
    "new-starter",
    "New starter",
    "Account, laptop, access, desk and badge for somebody new, ready on their first day.",
    form=NewStarter,
    may_order=[Role.LEAD, Role.MANAGER],
    price="2,300 EUR",
    cost_centre="4000 People",
    approvals=[
        at_least(
            2,
            "hiring",
            MANAGER_OF_REQUESTER,
            role(Role.PROCESS_OWNER),
            members_of(FINANCE),
            within=hours(20),
        ),
    ],
    within=hours(80),
    group=SERVICE_DESK,
    tasks=[
        task(
            "account",
            "Create the account",
            SECURITY,
            within=hours(4),
            does="create_account",
            undoes="remove_account",
        ),
        task("badge", "Make the badge", SECURITY, within=hours(16)),
        task(
            "access",
            "Give access to the applications of the team",
            SECURITY,
            within=hours(8),
            after=["account"],
            does="grant_access",
            undoes="revoke_access",
        ),
        task("laptop", "Take a laptop from stock", WORKPLACE, within=hours(16)),
        task(
            "licence",
            "Reserve a seat of the office programs",
            WORKPLACE,
            within=hours(8),
            after=["account"],
            does="reserve_licence",
            undoes="release_licence",
        ),
        task(
            "set-up",
            "Set up the laptop",
            WORKPLACE,
            within=hours(16),
            after=["laptop", "account", "licence"],
        ),
        task("desk", "Connect the desk to network and phone", NETWORK, within=hours(16)),
        task(
            "welcome",
            "Hand everything over on the first day",
            SERVICE_DESK,
            within=hours(20),
            after=["badge", "access", "set-up", "desk"],
        ),
    ],
)

PASSWORD_RESET = item(
    "password-reset",
    "Password reset",
    "A new password, sent to the phone number that we know of you.",
    form=PasswordReset,
    within=minutes(30),
    calendar="always",
    group=SERVICE_DESK,
    tasks=[
        task(
            "reset",
            "Reset the password",
            SERVICE_DESK,
            within=minutes(15),
            calendar="always",
            does="reset_password",
        ),
    ],
)

SOFTWARE_LICENCE = item(
    "software-licence",
    "Software licence",
    "A seat of a licensed program, and the program on your computer.",
    form=SoftwareLicence,
    price="320 EUR a year",
    cost_centre="4200 Software",
    approvals=[
        one_of("line manager", MANAGER_OF_REQUESTER, within=hours(16)),
    ],
    within=hours(20),
    group=WORKPLACE,
    tasks=[
        # It is refused when no seat is left: then the group buys one, or says that it cannot be.
        task(
            "seat",
            "Reserve a seat",
            WORKPLACE,
            within=hours(4),
            does="reserve_licence",
            undoes="release_licence",
        ),
        task("install", "Install the program", WORKPLACE, within=hours(8), after=["seat"]),
    ],
)

GUEST_WIFI = item(
    "guest-wifi",
    "Guest wifi",
    "A code with which your visitor can use the wireless network.",
    form=GuestWifi,
    approvals=[
        one_of(
            "visit",
            MANAGER_OF_REQUESTER,
            members_of(SERVICE_DESK),
            within=hours(10),
            on_time_out="reject",
        ),
    ],
    within=hours(1),
    group=NETWORK,
    tasks=[
        task("code", "Issue the code", NETWORK, within=minutes(30), does="issue_guest_code"),
    ],
)

ITEMS = (
    NEW_LAPTOP,
    APPLICATION_ACCESS,
    NEW_STARTER,
    PASSWORD_RESET,
    SOFTWARE_LICENCE,
    GUEST_WIFI,
)
