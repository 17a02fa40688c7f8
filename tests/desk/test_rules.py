"""Each step in each state of a ticket, and which refusal comes first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from desk.errors import (
    DeskError,
    InvalidFact,
    NotPermitted,
    StaleVersion,
    StepRefused,
    TicketNotFound,
)
from desk.people import Actor, Role
from desk.rules import allowed_steps, check
from desk.steps import STEP_NAMES
from desk.ticket import Status, Ticket
from tests.desk.lives import BODIES, FINN, LINKED, OF_INCIDENTS, ROSA, SENA, Life, at, make_step

ALL = Actor(person="p-rosa", roles=(Role.AGENT, Role.PROCESS_OWNER), groups=("service-desk",))
IMPORTER = Actor(person="p-rosa", roles=(Role.IMPORT,))
"""Rosa again, each time with every right that there is: what is refused, the state refuses."""

OPEN_STEPS = {
    "classify", "assign", "comment", "hand_off", "wait", "workaround", "resolve", "cancel",
    "adopt", "link", "unlink", "merge", "become", "hand_to_vendor",
}  # fmt: skip


def new() -> Life:
    life = Life("03-02 09:00")
    life.ticket = life.ticket.model_copy(update={"links": (LINKED,)})
    return life


def working() -> Life:
    return new().take("03-02 09:30", "accept", ALL)


def of_another() -> Life:
    return new().take("03-02 09:30", "accept", FINN)


def waiting() -> Life:
    return working().take("03-02 09:40", "wait")


def waiting_with_nobody() -> Life:
    return new().take("03-02 09:40", "wait")


def merged() -> Life:
    return working().take("03-02 09:40", "merge")


def resolved() -> Life:
    return working().take("03-02 09:40", "resolve")


def closed() -> Life:
    return resolved().take("03-02 09:50", "confirm", ALL)


def closed_by_silence() -> Life:
    return resolved().pass_until("03-09 10:00")


def retired() -> Life:
    return closed().pass_until("03-16 09:50")


def cancelled() -> Life:
    return new().take("03-02 09:30", "cancel")


STATES: dict[Callable[[], Life], tuple[Status, set[str]]] = {
    new: (Status.NEW, OPEN_STEPS | {"accept"}),
    working: (Status.IN_PROGRESS, OPEN_STEPS),
    of_another: (Status.IN_PROGRESS, OPEN_STEPS | {"accept"}),
    waiting: (Status.WAITING, OPEN_STEPS | {"resume"}),
    waiting_with_nobody: (Status.WAITING, OPEN_STEPS | {"resume"}),
    merged: (Status.MERGED, {"comment", "link", "unlink", "split"}),
    resolved: (Status.RESOLVED, {"comment", "confirm", "reopen", "adopt", "link", "unlink"}),
    closed: (Status.CLOSED, {"reopen"}),
    closed_by_silence: (Status.CLOSED, {"reopen"}),
    retired: (Status.CLOSED, set()),
    cancelled: (Status.CANCELLED, set()),
}


def as_given(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"clock": "given"})


def refusal_of(life: Life, step: str, by: Actor = ALL, **fields: Any) -> DeskError | None:
    """What `check` says to a step an hour after the last event."""
    when = life.ticket.last_at + timedelta(hours=1)
    at_of_step = when if life.ticket.clock == "given" else None
    try:
        check(life.ticket, life.rules, make_step(step, by, **{"at": at_of_step, **fields}), when)
    except DeskError as refused:
        return refused
    return None


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("step", OF_INCIDENTS)
def test_every_step_in_every_state(state: Callable[[], Life], step: str) -> None:
    life = state()
    status, allowed = STATES[state]
    assert life.ticket.status is status
    refused = refusal_of(life, step)
    if step in allowed:
        assert refused is None
        return
    assert isinstance(refused, StepRefused)
    assert set(refused.allowed_steps) == allowed
    assert refused.details() == {"allowed_steps": list(refused.allowed_steps)}
    assert step in str(refused)
    assert status in str(refused)
    assert all(name in str(refused) for name in allowed)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("clock", ["real", "given"])
def test_the_allowed_steps_are_those_that_check_lets_pass(
    state: Callable[[], Life], clock: str
) -> None:
    life = state()
    actor = ALL
    if clock == "given":
        life.ticket, actor = as_given(life.ticket), IMPORTER
    passed = {step for step in OF_INCIDENTS if refusal_of(life, step, actor) is None}
    assert set(allowed_steps(actor, life.ticket)) == passed == STATES[state][1]


def test_allowed_steps_come_in_the_order_of_work() -> None:
    assert allowed_steps(FINN, new().ticket) == (
        "classify", "assign", "accept", "comment", "hand_off", "wait", "workaround", "resolve",
        "cancel", "link", "unlink", "merge", "become", "hand_to_vendor",
    )  # fmt: skip


def test_a_requester_may_speak_and_cancel_confirm_and_reopen() -> None:
    assert allowed_steps(ROSA, new().ticket) == ("comment", "cancel")
    assert allowed_steps(ROSA, resolved().ticket) == ("comment", "confirm", "reopen")
    assert allowed_steps(ROSA, closed().ticket) == ("reopen",)
    assert allowed_steps(ROSA, retired().ticket) == ()


def test_a_refusal_names_only_what_this_person_may_do() -> None:
    refused = refusal_of(resolved(), "accept", FINN)
    assert isinstance(refused, StepRefused)
    assert refused.allowed_steps == ("comment", "reopen", "link", "unlink")


def test_what_is_accepted_by_oneself_need_not_be_accepted_again_by_oneself_only() -> None:
    life = new().take("03-02 09:30", "accept", FINN)
    assert isinstance(refusal_of(life, "accept", FINN), StepRefused)
    assert refusal_of(life, "accept", SENA) is None


def test_who_was_given_a_new_ticket_may_accept_it() -> None:
    life = new().take("03-02 09:30", "assign", assignee="p-sena")
    assert refusal_of(life, "accept", SENA) is None


def test_who_is_handed_a_ticket_in_progress_may_accept_it() -> None:
    life = working().take("03-02 09:50", "hand_off", group="network-2")
    assert refusal_of(life, "accept", SENA) is None


# One step that is wrong in every way; then one reason after the other is taken away.
STRANGER = Actor(person="p-omar")
AUDITOR = Actor(person="p-aude", roles=(Role.AUDITOR,))
WRONG_CODE: dict[str, Any] = {"code": "magic", "expected_version": 99}


def test_404_comes_first() -> None:
    refused = refusal_of(closed(), "resolve", STRANGER, **WRONG_CODE)
    assert isinstance(refused, TicketNotFound)
    assert str(refused) == "there is no ticket INC-7K3M9Q2M that you may see"


def test_403_comes_before_412() -> None:
    refused = refusal_of(closed(), "resolve", AUDITOR, **WRONG_CODE)
    assert isinstance(refused, NotPermitted)
    assert str(refused) == "you may not resolve on INC-7K3M9Q2M: it takes another role"
    assert refused.details() == {}


def test_412_comes_before_409() -> None:
    refused = refusal_of(closed(), "resolve", ALL, **WRONG_CODE)
    assert isinstance(refused, StaleVersion)
    assert str(refused) == "INC-7K3M9Q2M is at version 4, not 99: read it again"


def test_409_comes_before_422() -> None:
    refused = refusal_of(closed(), "resolve", ALL, code="magic", expected_version=4)
    assert isinstance(refused, StepRefused)


def test_422_comes_last() -> None:
    life = working()
    refused = refusal_of(life, "resolve", ALL, code="magic", expected_version=2)
    assert isinstance(refused, InvalidFact)
    assert refusal_of(life, "resolve", ALL, expected_version=2) is None


def test_a_refused_step_changes_nothing() -> None:
    life = closed()
    before = life.ticket.model_copy(deep=True)
    with pytest.raises(StepRefused):
        life.take("03-03 12:00", "resolve", ALL)
    assert life.ticket == before


def test_every_step_has_a_body_in_these_tests() -> None:
    assert set(BODIES) == set(STEP_NAMES)


def test_a_reopening_comes_too_late_from_the_fourteenth_day_on() -> None:
    life = closed()
    instant = at("03-16 09:50")
    check(life.ticket, life.rules, make_step("reopen", ROSA), instant - timedelta(seconds=1))
    with pytest.raises(StepRefused, match="has passed: open a new ticket"):
        check(life.ticket, life.rules, make_step("reopen", ROSA), instant)


def test_a_reopening_that_comes_too_late_is_not_offered_in_the_same_breath() -> None:
    life = closed()
    with pytest.raises(StepRefused) as refused:
        check(life.ticket, life.rules, make_step("reopen", ROSA), at("03-20 12:00"))
    assert refused.value.allowed_steps == ()


def test_a_late_reopening_is_refused_before_its_instant_is_looked_at() -> None:
    life = closed()
    taken = make_step("reopen", ROSA, at=at("03-10 12:00"))
    with pytest.raises(StepRefused):
        check(life.ticket, life.rules, taken, at("03-20 12:00"))


def test_why_a_step_was_refused_is_told_without_what_later_code_may_offer() -> None:
    refused = refusal_of(closed(), "resolve")
    assert isinstance(refused, StepRefused)
    assert "allowed now: reopen" in str(refused)
    assert refused.why == "INC-7K3M9Q2M: resolve is not possible while it is closed"
    assert InvalidFact("until", "must lie in the future").why == "must lie in the future"
