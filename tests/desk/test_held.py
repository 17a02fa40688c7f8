"""A contract that pauses holds the customer's clocks until its vendor is done; no other does."""

from datetime import timedelta
from typing import Any

import pytest

from desk.errors import InvalidFact, StepRefused
from desk.events import Event, RungFired, WaitOver
from desk.order import Phase
from desk.rules import allowed_steps
from desk.ticket import Status, Ticket, WaitFor
from desk.vendor import is_held
from desk.vendor_events import VendorEnded, WithVendor
from desk.vendors import with_contracts
from desk.why import why
from tests.desk.contracts import HOUR, make_contract
from tests.desk.lives import FINN, ROSA, Life, at, make_rules
from tests.desk.orders import Request, make_item, task
from tests.desk.test_becoming import INCIDENT, become_request
from tests.desk.test_why import grounds, reasons, why_of

HELD = with_contracts(make_rules(), (make_contract(pauses=True),))
UNHELD = make_rules()
TO_VENDOR = (Status.WAITING, WaitFor.VENDOR)


def accepted(rules: Any = HELD) -> Life:
    return Life("03-02 09:00", rules=rules).take("03-02 09:30", "accept")


def stands(life: Life) -> tuple[Status, WaitFor | None]:
    return (life.ticket.status, life.ticket.waiting_for)


def whole(life: Life) -> str:
    """How the clock of the whole ticket stands."""
    return life.states()["resolution"]


def test_the_requesters_answer_leaves_it_waiting_for_the_vendor() -> None:
    life = accepted().take("03-02 09:40", "wait").take("03-02 10:00", "hand_to_vendor")
    life.take("03-02 11:00", "comment", ROSA)
    assert stands(life) == TO_VENDOR
    assert life.states()["resolution"] == life.states()["ola_1"] == "paused"
    assert [over.because for over in life.happened(WaitOver)] == ["answer"]
    life.take("03-02 12:00", "vendor_reply")
    assert (life.ticket.status, whole(life)) == (Status.IN_PROGRESS, "running")
    assert [over.because for over in life.happened(WaitOver)] == ["answer", "vendor"]


def test_a_wait_that_pauses_nothing_is_paused_by_the_contract_and_runs_again_after_it() -> None:
    life = accepted().take("03-02 09:40", "wait", wait_for="change", until=at("03-20 12:00"))
    assert whole(life) == "running"
    life.take("03-02 10:00", "hand_to_vendor")
    assert (stands(life), whole(life)) == ((Status.WAITING, WaitFor.CHANGE), "paused")
    life.take("03-02 12:00", "recall")
    assert (stands(life), whole(life)) == ((Status.WAITING, WaitFor.CHANGE), "running")
    assert life.happened(WaitOver) == []


def test_a_wait_that_is_said_meanwhile_pauses_and_its_date_ends_it_into_one_for_the_vendor() -> (
    None
):
    life = accepted().take("03-02 10:00", "hand_to_vendor")
    life.take("03-02 10:30", "wait", wait_for="change", until=at("03-03 12:00"))
    assert whole(life) == "paused"
    life.live_until("03-03 12:00")
    assert (stands(life), whole(life)) == (TO_VENDOR, "paused")
    assert life.ticket.wait_until is None
    assert life.happened(WaitOver)[-1].because == "date"


def test_a_rung_that_hands_it_to_the_next_line_takes_the_wait_along() -> None:
    life = Life("03-02 09:00", rules=HELD).take("03-02 10:00", "hand_to_vendor")
    life.live_until("03-03 09:00")
    assert "100%" in [what.rung for what in life.happened(RungFired) if what.target == "response"]
    assert life.ticket.group == "workplace-2"
    assert stands(life) == TO_VENDOR
    assert (whole(life), life.states()["ola_2"]) == ("paused", "paused")
    assert life.happened(WaitOver) == []


def test_a_person_who_hands_it_off_takes_the_wait_along() -> None:
    life = accepted().take("03-02 10:00", "hand_to_vendor").take("03-02 11:00", "hand_off")
    assert life.ticket.group == "network-3"
    assert (stands(life), whole(life), life.states()["ola_3"]) == (TO_VENDOR, "paused", "paused")


def test_nobody_resumes_what_a_vendor_holds_but_by_recalling_it() -> None:
    life = accepted().take("03-02 10:00", "hand_to_vendor")
    assert "resume" not in allowed_steps(FINN, life.ticket)
    with pytest.raises(StepRefused, match=r"waits for acme.*recall it first"):
        life.take("03-02 11:00", "resume")
    life.take("03-02 11:10", "wait", wait_for="requester").take("03-02 11:20", "resume")
    assert (stands(life), whole(life)) == (TO_VENDOR, "paused")
    life.take("03-02 12:00", "recall")
    assert (life.ticket.status, whole(life)) == (Status.IN_PROGRESS, "running")


def test_to_hand_over_is_no_answer_to_the_requester_and_a_word_to_them_is() -> None:
    life = Life("03-02 09:00", rules=HELD).take("03-02 10:00", "hand_to_vendor")
    assert (life.states()["response"], whole(life)) == ("running", "paused")
    life.take("03-02 10:30", "comment")
    assert (life.states()["response"], whole(life)) == ("met", "paused")


def test_where_no_contract_pauses_a_wait_for_the_vendor_pauses_nothing_and_ends_with_it() -> None:
    life = accepted(UNHELD).take("03-02 10:00", "hand_to_vendor")
    life.take("03-02 10:10", "wait", wait_for="vendor")
    assert (stands(life), whole(life)) == (TO_VENDOR, "running")
    life.take("03-02 12:00", "vendor_reply")
    assert (life.ticket.status, life.ticket.waiting_for) == (Status.IN_PROGRESS, None)
    assert life.happened(WaitOver)[-1].because == "vendor"


def test_a_wait_for_a_vendor_that_was_not_asked_here_is_its_contracts_once_it_is() -> None:
    life = accepted(UNHELD).take("03-02 09:40", "wait", wait_for="vendor")
    assert whole(life) == "paused"
    life.take("03-02 10:00", "hand_to_vendor")
    assert (stands(life), whole(life)) == (TO_VENDOR, "running")


def test_of_two_vendors_the_one_that_pauses_decides_and_with_it_the_wait_is_over() -> None:
    both = (make_contract(pauses=True), make_contract("bolts"))
    life = accepted(with_contracts(make_rules(), both)).take("03-02 10:00", "hand_to_vendor")
    life.take("03-02 10:10", "hand_to_vendor", vendor="bolts")
    assert whole(life) == "paused"
    life.take("03-02 11:00", "vendor_reply")
    assert (life.ticket.status, whole(life)) == (Status.IN_PROGRESS, "running")
    assert [vendor.vendor for vendor in life.ticket.vendors] == ["bolts"]


def test_a_ticket_with_a_vendor_at_work_becomes_nothing_else_before_it_is_recalled() -> None:
    life = accepted().take("03-02 09:40", "hand_to_vendor")
    with pytest.raises(InvalidFact, match="acme works on it: recall it first"):
        become_request(life)
    life.take("03-02 09:50", "recall")
    become_request(life)
    assert stands(life) == (Status.APPROVING, None)
    assert [what.how for what in life.happened(VendorEnded)] == ["recalled"]
    ordered = Request(item=make_item(approvals=(), tasks=(task("buy", "service-desk"),)))
    ordered.take("03-02 10:00", "hand_to_vendor", FINN)
    with pytest.raises(InvalidFact, match="acme works on it"):
        ordered.take("03-02 11:00", "become", rules=HELD, **INCIDENT)


def test_a_task_that_begins_while_a_vendor_works_is_held_too() -> None:
    first, then = task("buy", "service-desk"), task("ship", "service-desk", after=("buy",))
    life = Request(item=make_item(approvals=(), tasks=(first, then)))
    life.rules = with_contracts(life.rules, (make_contract(pauses=True),))
    life.take("03-02 10:00", "wait", FINN, wait_for="change").take(
        "03-02 10:10", "hand_to_vendor", FINN
    )
    life.take("03-02 11:00", "complete", FINN, task="buy")
    assert life.order.phase is Phase.FULFILMENT
    assert {state for target, state in life.states().items() if target.endswith("ship")} == {
        "paused"
    }


@pytest.mark.parametrize("pauses", [True, False])
def test_a_ticket_is_held_by_the_contracts_of_those_who_work_on_it(pauses: bool) -> None:
    life = accepted(with_contracts(make_rules(), (make_contract(pauses=pauses),)))
    assert not is_held(life.ticket.vendors)
    life.take("03-02 10:00", "hand_to_vendor")
    assert is_held(life.ticket.vendors) is pauses
    assert Ticket.model_validate_json(life.ticket.model_dump_json()) == life.ticket


def evidence(life: Life, until: int) -> list[dict[str, Any] | None]:
    return [reason.model_dump() if reason else None for _, reason in reasons(life)[:until]]


def test_what_is_said_of_one_hand_over_stays_whatever_contract_a_later_one_has() -> None:
    life = accepted().take("03-02 10:00", "hand_to_vendor").live_until("03-20 18:00")
    assert [what.how for what in life.happened(VendorEnded)] == ["gave_up"]
    told = len(life.events)
    before = evidence(life, told)
    changed: dict[str, Any] = {"gives_up_after": 90 * HOUR, "pauses": False}
    life.rules = with_contracts(life.rules, (make_contract(id="acme-2027", **changed),))
    life.take("03-23 09:00", "hand_to_vendor")
    assert evidence(life, told) == before
    assert why_of(life, "vendor_ended").facts == {"gives_up_after": "40 h"}
    asked = [what.gives_up_after for what in life.happened(WithVendor)]
    assert asked == [timedelta(hours=40), timedelta(hours=90)]


def test_a_hand_over_that_does_not_say_when_nobody_waits_is_explained_without() -> None:
    life = accepted().take("03-02 10:00", "hand_to_vendor").live_until("03-20 18:00")

    def older(event: Event) -> Event:
        if not isinstance(event.what, WithVendor):
            return event
        what = event.what.model_copy(update={"gives_up_after": None})
        assert "gives_up_after" not in what.model_dump_json()
        return event.model_copy(update={"what": what})

    place = [isinstance(event.what, VendorEnded) for event in life.events].index(True)
    before = [older(event) for event in life.events[:place]]
    reason = why(life.events[place], before, grounds(life))
    assert reason is not None
    assert (reason.facts, "its time" in reason.words) == ({}, True)
