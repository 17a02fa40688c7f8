"""Who may see and do what: the table of the contract, role by role."""

import pytest

from desk.access import (
    OF_KIND,
    Part,
    may_see,
    permitted,
    plays,
    reading_is_noted,
    sees_internal,
    sight,
)
from desk.catalogue import ByPerson
from desk.errors import NotPermitted, TicketNotFound
from desk.people import Actor, Role
from desk.rules import allowed_steps, check
from desk.steps import STEP_NAMES
from desk.ticket import Kind, Status, Ticket, WaitFor
from desk.vendor import AtVendor
from desk.vendor_steps import VENDOR_STEPS
from tests.builders import make_actor, make_ticket
from tests.desk.lives import LINKED, OF_INCIDENTS, RULES, at, make_step
from tests.desk.orders import Request, approved, make_item, stage, task

WORK = set(OF_INCIDENTS) - {"confirm", "adopt"}
OWN = {"comment", "confirm", "reopen", "cancel"}

# What a role adds to what everybody may do on their own tickets.
DOES: dict[Role, set[str]] = {
    Role.REQUESTER: set(),
    Role.AGENT: WORK,
    Role.LEAD: WORK,
    Role.MANAGER: set(),
    Role.PROCESS_OWNER: {"adopt"},
    Role.AUDITOR: set(),
    Role.ADMIN: set(),
    Role.IMPORT: set(),
}
# Of tickets that are not their own: plain; confidential; confidential and with a group of theirs.
SEES: dict[Role, tuple[bool, bool, bool]] = {
    Role.REQUESTER: (False, False, False),
    Role.AGENT: (True, False, True),
    Role.LEAD: (True, False, True),
    Role.MANAGER: (True, True, True),
    Role.PROCESS_OWNER: (True, False, False),
    Role.AUDITOR: (True, True, True),
    Role.ADMIN: (False, False, False),
    Role.IMPORT: (False, False, False),
}
CIRCUMSTANCES = [
    pytest.param(own, confidential, with_group, given, id=" ".join(words) or "plain")
    for own in (False, True)
    for confidential in (False, True)
    for with_group in (False, True)
    for given in (False, True)
    for words in [
        [
            word
            for word, so in [
                ("own", own),
                ("confidential", confidential),
                ("with-their-group", with_group),
                ("given-clock", given),
            ]
            if so
        ]
    ]
]
AT_ACME = AtVendor(vendor="acme", since=at("03-02 09:00"), pauses=False)
POSSIBLE_IN: dict[str, dict[str, object]] = {
    "confirm": {"status": Status.RESOLVED},
    "reopen": {"status": Status.RESOLVED},
    "resume": {"status": Status.WAITING, "waiting_for": WaitFor.CHANGE},
    "split": {"status": Status.MERGED, "merged_into": "INC-00000012"},
    "unlink": {"links": (LINKED,)},
    "vendor_reply": {"vendors": (AT_ACME,)},
    "tell_vendor": {"vendors": (AT_ACME,)},
    "recall": {"vendors": (AT_ACME,)},
}


def answer(actor: Actor, step: str, ticket: Ticket) -> str:
    """What becomes of a step that the ticket's state allows."""
    instant = at("03-02 12:00") if ticket.clock == "given" else None
    taken = make_step(step, actor, at=instant)
    try:
        check(ticket, RULES, taken, at("03-02 12:00"))
    except TicketNotFound:
        return "not found"
    except NotPermitted:
        return "not permitted"
    return "done"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("own", "confidential", "with_group", "given"), CIRCUMSTANCES)
def test_every_role_on_every_ticket_with_every_step(
    role: Role, own: bool, confidential: bool, with_group: bool, given: bool
) -> None:
    who = make_actor("p-wera", role, groups=("service-desk",) if with_group else ())
    plain, closed, closed_with_group = SEES[role]
    sees = (closed_with_group if with_group else closed) if confidential else plain
    sees = sees or own or (given and role is Role.IMPORT)
    may = DOES[role] | (OWN if own else set())
    if given:
        may = set(OF_INCIDENTS) if role is Role.IMPORT else set()
    for step in STEP_NAMES:
        ticket = make_ticket(
            requester="p-wera" if own else "p-rosa",
            confidential=confidential,
            clock="given" if given else "real",
            **POSSIBLE_IN.get(step, {}),
        )
        expected = "not found" if not sees else "done" if step in may else "not permitted"
        assert answer(who, step, ticket) == expected, step
        assert may_see(who, ticket) is sees
        assert (step in allowed_steps(who, ticket)) is (expected == "done"), step


@pytest.mark.parametrize("role", [Role.AGENT, Role.LEAD])
def test_a_confidential_ticket_is_seen_by_whom_it_is_assigned_to(role: Role) -> None:
    ticket = make_ticket(confidential=True, assignee="p-theo", group="engineering-3")
    assert may_see(make_actor("p-theo", role), ticket)
    assert not may_see(make_actor("p-finn", role), ticket)


def test_being_in_the_group_opens_a_confidential_ticket_only_to_who_works_there() -> None:
    ticket = make_ticket(confidential=True, assignee="p-pia")
    assert not may_see(make_actor("p-pia", Role.PROCESS_OWNER, groups=("service-desk",)), ticket)


def test_who_reported_for_somebody_else_without_being_an_agent_does_not_see_it() -> None:
    ticket = make_ticket(reporter="p-omar", requester="p-rosa")
    assert not may_see(make_actor("p-omar", Role.REQUESTER), ticket)


def test_everybody_is_the_requester_of_their_own_tickets() -> None:
    nobody_special = Actor(person="p-rosa")
    ticket = make_ticket(requester="p-rosa")
    assert set(allowed_steps(nobody_special, ticket)) == {"comment", "cancel"}


def test_roles_add_up() -> None:
    both = make_actor("p-lena", Role.LEAD, Role.PROCESS_OWNER)
    assert {"adopt", "assign"} <= set(allowed_steps(both, make_ticket()))
    assert allowed_steps(make_actor("p-lena", Role.LEAD), make_ticket(confidential=True)) == ()


def test_a_step_that_does_not_exist_is_nobodys() -> None:
    for clock in ("real", "given"):
        ticket = make_ticket(clock=clock)
        assert not permitted(make_actor("p-rosa", *Role), "explode", ticket)


@pytest.mark.parametrize("role", Role)
def test_internal_notes_are_for_those_who_work_and_check_here(role: Role) -> None:
    expected = role not in (Role.REQUESTER, Role.ADMIN)
    actor = make_actor("p-any", role)
    assert sees_internal(actor, make_ticket(clock="given")) is expected
    on_real = expected and role is not Role.IMPORT
    assert sees_internal(actor, make_ticket(clock="real")) is on_real


def test_what_an_actor_sees_as_facts_for_a_query() -> None:
    groups = ("service-desk", "workplace-2")
    agent = sight(make_actor("p-finn", Role.AGENT, groups=groups))
    assert (agent.all, agent.confidential, agent.handled, agent.groups) == (
        True, False, True, groups,
    )  # fmt: skip
    auditor = sight(make_actor("p-aude", Role.AUDITOR, groups=groups))
    assert (auditor.all, auditor.confidential, auditor.handled, auditor.groups) == (
        True, True, False, (),
    )  # fmt: skip
    requester = sight(make_actor("p-rosa", Role.REQUESTER, groups=groups))
    assert (requester.all, requester.handled, requester.groups) == (False, False, ())
    assert sight(make_actor("p-adam", Role.IMPORT)).given


@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize("person", ["p-rosa", "p-max"])
def test_reading_what_is_confidential_and_not_ones_own_is_noted(
    person: str, confidential: bool
) -> None:
    actor = make_actor(person, Role.MANAGER)
    ticket = make_ticket(confidential=confidential)
    assert reading_is_noted(actor, ticket) == (confidential and person != "p-rosa")


DOES_ON_REQUESTS: dict[Role, set[str]] = {
    Role.AGENT: {*VENDOR_STEPS, "become", "comment", "wait", "resume", "reopen", "link", "unlink"},
    Role.LEAD: {*VENDOR_STEPS, "become", "comment", "wait", "resume", "reopen", "link", "unlink"},
}
OWN_REQUEST = {"comment", "confirm", "reopen", "amend", "withdraw"}
OF_PART: dict[Part, set[str]] = {
    Part.APPROVER: {"approve", "reject", "ask", "delegate"},
    Part.FULFILLER: {"complete", "fail"},
}
ASKS_WERA = make_item(
    approvals=(stage("wera", 1, ByPerson(person="p-wera")),),
    tasks=(task("carry", "porters"),),
)


def request_in(part: Part | None, own: bool, clock: str) -> Ticket:
    """A request as it stands when it makes wera of the porters an approver, or a fulfiller."""
    requester = "p-wera" if own else "p-rosa"
    if part is Part.APPROVER:
        life = Request(item=ASKS_WERA, requester=requester)
    else:
        group = "porters" if part is Part.FULFILLER else "nobody"
        item = make_item(approvals=(), tasks=(task("carry", group),))
        life = Request(item=item, requester=requester)
    return life.ticket.model_copy(update={"clock": clock})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("own", [False, True], ids=["anothers", "own"])
@pytest.mark.parametrize("part", [None, Part.APPROVER, Part.FULFILLER])
@pytest.mark.parametrize("clock", ["real", "given"])
def test_every_role_and_part_on_a_request_with_every_step(
    role: Role, own: bool, part: Part | None, clock: str
) -> None:
    who = make_actor("p-wera", role, groups=("porters",))
    ticket = request_in(part, own, clock)
    # Four eyes: what is asked for oneself is for others to decide, but not for others to do.
    has = set() if part is None or (own and part is Part.APPROVER) else {part}
    assert {one for one in Part if plays(who, one, ticket)} == has
    own_steps = OWN_REQUEST if own else set()
    of_parts = {step for one in has for step in OF_PART[one]}
    may = DOES_ON_REQUESTS.get(role, set()) | own_steps | of_parts
    if clock == "given":
        others = set(OF_KIND[Kind.REQUEST]) - OF_PART[Part.APPROVER] - OF_PART[Part.FULFILLER]
        may = others | of_parts if role is Role.IMPORT else set()
    assert {step for step in STEP_NAMES if permitted(who, step, ticket)} == may
    moved_in = clock == "given" and role is Role.IMPORT
    assert may_see(who, ticket) is (own or bool(has) or SEES[role][0] or moved_in)


def test_every_step_is_of_a_kind_and_what_is_of_both_is_few() -> None:
    incidents, requests = OF_KIND[Kind.INCIDENT], OF_KIND[Kind.REQUEST]
    assert incidents | requests == set(STEP_NAMES)
    both = {
        *VENDOR_STEPS,
        "become",
        "comment",
        "wait",
        "resume",
        "confirm",
        "reopen",
        "link",
        "unlink",
    }
    assert incidents & requests == both


def test_who_approves_sees_a_confidential_request_from_then_on_and_nothing_internal() -> None:
    life = Request(confidential=True)
    theo, max_ = make_actor("p-theo", Role.REQUESTER), make_actor("p-max", Role.REQUESTER)
    assert may_see(max_, life.ticket)
    assert not sees_internal(max_, life.ticket)
    assert not may_see(theo, life.ticket)
    life.take("03-02 10:00", "approve", max_)
    assert may_see(max_, life.ticket)
    assert not sees_internal(max_, life.ticket)
    assert may_see(theo, life.ticket)


def test_a_group_that_has_a_task_sees_a_confidential_request_meanwhile() -> None:
    ticket = approved().ticket.model_copy(update={"confidential": True})
    assert may_see(make_actor("p-paul", Role.AGENT, groups=("procurement",)), ticket)
    assert not may_see(make_actor("p-wera", Role.AGENT, groups=("workplace-2",)), ticket)


def test_an_incident_gives_nobody_a_part() -> None:
    everybody = make_actor("p-rosa", *Role, groups=("service-desk",))
    assert not any(plays(everybody, part, make_ticket()) for part in Part)


def test_a_refusal_says_what_it_takes() -> None:
    agent = make_actor("p-finn", Role.AGENT)
    request = Request().ticket
    for step, why in {
        "approve": "nobody waits for your decision on it, or not any more",
        "complete": "none of its tasks waits for a group of yours, or not any more",
        "classify": "it is no step of a service request",
        "withdraw": "it takes another role",
    }.items():
        with pytest.raises(NotPermitted, match=why):
            check(request, RULES, make_step(step, agent), at("03-02 12:00"))
