"""Complaints: kept from whom they are about, handled by their group, closed with an answer."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from desk.about import About
from desk.access import may_see, permitted, sees_internal
from desk.advance import advance
from desk.apply import apply
from desk.change import Outcome
from desk.complaints import OF_COMPLAINANT, OF_HANDLER, STEPS, check_assigned, is_complaint
from desk.errors import InvalidFact, NotPermitted, StepRefused, TicketNotFound
from desk.events import Opened
from desk.ladder import Whom
from desk.opening import Opening, open_ticket
from desk.people import Actor, GroupRef, Role
from desk.record import Task
from desk.rules import allowed_steps, check
from desk.steps import STEP_NAMES, Assign, Step, Taken
from desk.tasks import human_tasks
from desk.terms import Closure, Routing
from desk.ticket import Kind, Status, Ticket
from desk.why import Why
from desk.why_complaints import placed
from tests.builders import CALENDAR, NOW, make_actor, make_terms, make_ticket
from tests.desk.lives import Life

STEP: TypeAdapter[Step] = TypeAdapter(Step)
GROUP = "complaints"
RULES = make_terms().model_copy(
    update={
        "routing": Routing(default=(GroupRef(id=GROUP, line=1),), categories={}),
        "closure": Closure(
            codes=("upheld", "partly_upheld", "not_upheld"),
            calendar=CALENDAR,
            remind_after_working_days=2,
            close_after_working_days=5,
            reopen_for=timedelta(days=14),
        ),
    }
)
ROSA = make_actor("p-rosa", Role.REQUESTER)
PIA = make_actor("p-pia", Role.PROCESS_OWNER, groups=(GROUP,))
MAX = make_actor("p-max", Role.MANAGER, groups=(GROUP,))
AUDE = make_actor("p-aude", Role.AUDITOR)
FINN = make_actor("p-finn", Role.AGENT, groups=("service-desk",))
ALL_OF_THEM = tuple(role for role in Role if role is not Role.IMPORT)


def opened(**changes: Any) -> Outcome:
    """Rosa complains about finn."""
    fields = {
        "opening_id": "opening-1",
        "number": "CMP-7K3M9Q2M",
        "kind": Kind.COMPLAINT,
        "summary": "He was rude",
        "description": "He was rude on the phone.",
        "requester": "p-rosa",
        "customer": "northwind",
        "actor": ROSA,
        "channel": "web",
        "confidential": True,
        "about": About(person="p-finn"),
        "barred": ("p-finn",),
    }
    return open_ticket(Opening.model_validate({**fields, **changes}), RULES, NOW)


def complaint(**changes: Any) -> Ticket:
    """The same, as it stands then."""
    ticket = opened().ticket
    return Ticket.model_validate({**dict(ticket), **changes})


def taken(actor: Actor, step: str, /, **body: Any) -> Taken:
    groups = (GROUP,) if body.get("assignee") else None
    return Taken(
        id="u-1",
        step=STEP.validate_python({"step": step, **body}),
        actor=actor,
        group_line=1 if "group" in body else None,
        assignee_groups=groups,
    )


def take(ticket: Ticket, actor: Actor, step: str, /, **body: Any) -> Outcome:
    """The step, checked and applied."""
    sent = taken(actor, step, **body)
    check(ticket, RULES, sent, NOW)
    return apply(ticket, RULES, sent, NOW)


def told(outcome: Outcome) -> list[tuple[str, Whom | str | None]]:
    return [(notice.template, notice.whom or notice.person) for notice in outcome.notices]


def test_it_goes_to_its_group_which_is_told_and_so_is_a_manager() -> None:
    outcome = opened()
    ticket = outcome.ticket
    assert (ticket.kind, ticket.group, ticket.status) == (Kind.COMPLAINT, GROUP, Status.NEW)
    assert (ticket.about, ticket.barred) == (About(person="p-finn"), ("p-finn",))
    assert told(outcome) == [
        ("acknowledged", Whom.REQUESTER),
        ("complaint_opened", Whom.GROUP),
        ("complaint_opened", Whom.MANAGER),
    ]


def test_what_it_is_about_is_said_as_it_is_opened_and_of_no_other_ticket() -> None:
    (said,) = (e.what for e in opened().events if isinstance(e.what, Opened))
    assert said.about == About(person="p-finn")
    (plain,) = Life().happened(Opened)
    assert "about" not in plain.model_dump()


def test_it_keeps_the_digest_of_the_body_that_it_came_in() -> None:
    assert opened(body_hash="d1").ticket.sent == "d1"
    assert '"sent"' not in opened().ticket.model_dump_json()


@pytest.mark.parametrize(
    "named", [{}, {"ticket": "INC-7K3M9Q2M", "person": "p-finn"}, {"group": "g"}, {"service": ""}]
)
def test_it_is_about_exactly_one_thing(named: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        About(**named)


def test_a_ticket_that_is_no_complaint_says_nothing_of_any() -> None:
    body = make_ticket().model_dump_json()
    assert "about" not in body
    assert "barred" not in body
    assert not is_complaint(make_ticket().number)


@pytest.mark.parametrize("role", Role)
def test_whom_it_is_about_never_sees_nor_handles_it_whatever_they_are(role: Role) -> None:
    who = Actor(person="p-finn", roles=(role, *ALL_OF_THEM), groups=(GROUP, "service-desk"))
    for ticket in (complaint(), complaint(assignee="p-finn"), complaint(clock="given")):
        assert not may_see(who, ticket)
        assert not sees_internal(who, ticket)
        assert allowed_steps(who, ticket) == ()
        assert not any(permitted(who, step, ticket) for step in STEP_NAMES)
        with pytest.raises(TicketNotFound):
            check(ticket, RULES, taken(who, "comment", text="Why?"), NOW)


def test_not_even_a_requester_sees_what_is_kept_from_them() -> None:
    own = complaint(barred=("p-rosa",))
    assert not may_see(ROSA, own)
    assert not any(permitted(ROSA, step, own) for step in STEP_NAMES)


@pytest.mark.parametrize(
    ("actor", "sees", "inside"),
    [
        (ROSA, True, False),
        (PIA, True, True),
        (MAX, True, True),
        (make_actor("p-mona", Role.MANAGER), True, True),
        (AUDE, True, True),
        (make_actor("p-rita", Role.REQUESTER, groups=(GROUP,)), True, True),
        (make_actor("p-fay", Role.AGENT, groups=("service-desk",)), False, False),
        (make_actor("p-pete", Role.PROCESS_OWNER), False, False),
        (make_actor("p-adam", Role.ADMIN, Role.IMPORT), False, False),
        (make_actor("p-omar", Role.REQUESTER), False, False),
    ],
)
def test_it_is_seen_by_its_group_managers_auditors_and_the_complainant(
    actor: Actor, sees: bool, inside: bool
) -> None:
    assert may_see(actor, complaint()) is sees
    if sees:
        assert sees_internal(actor, complaint()) is inside


def test_the_complainant_reads_no_internal_note_whatever_they_are() -> None:
    rosa = Actor(person="p-rosa", roles=ALL_OF_THEM, groups=(GROUP,))
    assert may_see(rosa, complaint())
    assert not sees_internal(rosa, complaint())
    note = taken(rosa, "comment", text="psst", internal=True)
    with pytest.raises(InvalidFact, match="internal"):
        check(complaint(), RULES, note, NOW)


@pytest.mark.parametrize("step", STEP_NAMES)
def test_each_step_is_its_handlers_or_the_complainants_or_nobodys(step: str) -> None:
    ticket = complaint()
    assert permitted(PIA, step, ticket) is (step in OF_HANDLER)
    assert permitted(MAX, step, ticket) is (step in OF_HANDLER)
    assert permitted(ROSA, step, ticket) is (step in OF_COMPLAINANT)
    assert not permitted(AUDE, step, ticket)
    assert OF_HANDLER | OF_COMPLAINANT == STEPS
    # Also a complainant who belongs to the group only complains.
    rosa = make_actor("p-rosa", Role.MANAGER, groups=(GROUP,))
    assert permitted(rosa, step, ticket) is (step in OF_COMPLAINANT)


@pytest.mark.parametrize("step", ["cancel", "hand_off", "classify", "adopt"])
def test_there_is_no_way_to_get_rid_of_it(step: str) -> None:
    body: dict[str, dict[str, Any]] = {
        "cancel": {"reason": "x"},
        "hand_off": {"line": 2, "reason": "x"},
        "classify": {"category": "x", "impact": "low", "urgency": "low"},
    }
    with pytest.raises(NotPermitted, match="no step of a complaint"):
        take(complaint(), MAX, step, **body.get(step, {}))


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"group": "service-desk"}, "group", "stays with complaints"),
        ({"assignee": "p-finn"}, "assignee", "about themselves"),
        ({"assignee": "p-rosa"}, "assignee", "their own complaint"),
        ({"group": GROUP, "assignee": "p-finn"}, "assignee", "about themselves"),
    ],
)
def test_it_is_assigned_within_its_group_and_to_nobody_whom_it_is_about(
    body: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(InvalidFact, match=words) as refused:
        take(complaint(), MAX, "assign", **body)
    assert refused.value.field == field


def test_an_incident_is_assigned_as_ever() -> None:
    check_assigned(make_ticket(), Assign(step="assign", group="network-2", assignee="p-rosa"))


def test_a_colleague_of_the_group_is_given_it() -> None:
    outcome = take(complaint(), MAX, "assign", assignee="p-pia")
    assert outcome.ticket.assignee == "p-pia"
    assert told(outcome) == [("assigned", "p-pia")]
    assert take(complaint(), MAX, "assign", group=GROUP).ticket.group == GROUP


def test_nothing_is_linked_to_a_complaint_but_it_may_name_others() -> None:
    other = "CMP-00000000"
    for ticket, actor in ((complaint(), MAX), (make_ticket(), FINN)):
        with pytest.raises(InvalidFact, match="nothing is linked to a complaint"):
            take(ticket, actor, "link", kind="related", ticket=other)
    linked = take(complaint(), MAX, "link", kind="related", ticket="INC-00000000")
    assert [link.ticket for link in linked.ticket.links] == ["INC-00000000"]
    assert linked.words == ()


def test_it_closes_with_an_answer_that_the_complainant_agrees_with() -> None:
    working = take(complaint(), PIA, "accept").ticket
    with pytest.raises(InvalidFact, match="upheld"):
        take(working, PIA, "resolve", code="fixed", text="x")
    with pytest.raises(InvalidFact, match="a complaint resolves no other ticket") as refused:
        take(working, PIA, "resolve", code="upheld", text="x", children=True)
    assert refused.value.field == "children"
    answered = take(working, PIA, "resolve", code="partly_upheld", text="He was, and is sorry.")
    assert told(answered) == [("resolved", Whom.REQUESTER)]
    assert human_tasks(answered.ticket, RULES)[0].task is Task.CONFIRM
    closed = take(answered.ticket, ROSA, "confirm").ticket
    assert (closed.status, closed.resolution) == (Status.CLOSED, answered.ticket.resolution)
    again = take(closed, ROSA, "reopen", reason="He did it again.").ticket
    assert (again.status, again.resolution) == (Status.IN_PROGRESS, None)


def test_silence_closes_an_answered_complaint() -> None:
    answered = take(complaint(), PIA, "resolve", code="not_upheld", text="Nothing was wrong.")
    later = advance(answered.ticket, RULES, NOW + timedelta(days=6)).ticket
    assert later.status is Status.CLOSED


def test_the_complainant_withdraws_it_and_whoever_works_on_it_is_told() -> None:
    working = take(complaint(), PIA, "accept").ticket
    waiting = take(working, PIA, "wait", **{"for": "requester"}, reason="When was that?").ticket
    outcome = take(waiting, ROSA, "withdraw", reason="We have made it up.")
    ticket = outcome.ticket
    assert (ticket.status, ticket.closed_at) == (Status.CANCELLED, NOW)
    assert (ticket.waiting_for, human_tasks(ticket, RULES)) == (None, ())
    assert all(clock.marks[-1].kind == "stop" for clock in ticket.clocks)
    assert told(outcome) == [("complaint_withdrawn", Whom.ASSIGNEE)]
    with pytest.raises(StepRefused):
        take(ticket, PIA, "resolve", code="upheld", text="x")
    with pytest.raises(NotPermitted):
        take(working, PIA, "withdraw")


def test_a_reason_leads_to_the_rules_of_complaints() -> None:
    def reason(rule: str) -> Why:
        return Why(rule=rule, policy_version="1", facts={}, words="so")

    own, same = reason("targets.P3.resolution"), reason("matrix.low.low")
    found = placed([own, None, same], complaint())
    assert [why and why.rule for why in found] == [
        "complaints.targets.P3.resolution",
        None,
        "matrix.low.low",
    ]
    assert placed([own], make_ticket()) == [own]
