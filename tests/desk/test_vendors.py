"""Third line outside: asked, answered, recalled, given up, and over with the ticket."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk import clock as clocks
from desk.adoption import carry_calendars
from desk.contract import contract_of, promised_by
from desk.errors import InvalidFact, NotPermitted, StepRefused, TicketNotFound
from desk.events import Breached, RungFired, WaitOver
from desk.ladder import Ladder
from desk.people import Actor
from desk.record import canonical
from desk.rules import allowed_steps
from desk.terms import Terms
from desk.ticket import OPEN, Status, Ticket, WaitFor
from desk.vendor import actor_of, clock_of, of_actor, of_clock, told_by
from desk.vendor_events import VendorEnded, VendorUnreached, WithVendor
from desk.vendors import unreached, with_contracts
from tests.desk.contracts import HOUR, make_contract
from tests.desk.lives import DAY, FINN, PIA, ROSA, Life, at, make_rules, said
from tests.desk.orders import Request, make_item, task
from tests.desk.test_life_property import FEW
from tests.desk.test_why import reasons, why_of

NOT_CHASED = VendorUnreached(
    vendor="acme", reason="it answered 404", message="chased", cause="answered", code=404
)
ACME, BOLTS = Actor(person="vendor:acme"), Actor(person="vendor:bolts")


def with_acme(**changes: Any) -> Life:
    """Accepted by finn, and with acme since ten o'clock on a monday."""
    rules = with_contracts(make_rules(), (make_contract(**changes),))
    life = Life("03-02 09:00", rules=rules).take("03-02 09:30", "accept")
    return life.take("03-02 10:00", "hand_to_vendor")


def ended(life: Life) -> list[str]:
    return [what.how for what in life.happened(VendorEnded)]


def test_a_vendor_is_asked_under_its_contract_and_its_clock_runs_in_its_own_hours() -> None:
    life = with_acme()
    asked = life.happened(WithVendor)[0]
    assert (asked.vendor, asked.contract, asked.length) == ("acme", "acme-2026", 8 * HOUR)
    assert asked.due is not None
    assert said(asked.due) == "03-03 10:00"
    assert life.ticket.status is Status.IN_PROGRESS
    assert life.told()["vendor_asked", "vendor"] == 1
    note = next(note for note in life.notices if note.template == "vendor_asked")
    assert note.vendor == "acme"
    assert note.key.endswith("/vendor_asked/vendor:acme")
    assert all(event.internal for event in life.events if event.id == note.events[0])


def test_the_final_answer_stops_the_clock_and_tells_the_assignee() -> None:
    life = with_acme().take("03-02 12:00", "vendor_reply", ACME, reference="A-7")
    assert ended(life) == ["answered"]
    assert life.happened(VendorEnded)[0].reference == "A-7"
    assert life.ticket.vendors == ()
    assert life.states()["uc_acme"] == "met"
    assert life.told()["vendor_replied", "assignee"] == 1
    assert life.ticket.status is Status.IN_PROGRESS


def test_an_answer_that_is_not_final_leaves_the_vendor_at_work() -> None:
    life = with_acme().take("03-02 12:00", "vendor_reply", ACME, reference="A-7", final=False)
    life.take("03-02 12:30", "vendor_reply", FINN, final=False)
    assert ended(life) == []
    assert life.ticket.vendors[0].reference == "A-7"
    assert life.states()["uc_acme"] == "running"


def test_a_recalled_vendor_is_told_so_and_may_be_asked_again_with_a_new_clock() -> None:
    life = with_acme().take("03-02 12:00", "recall")
    assert ended(life) == ["recalled"]
    assert life.told()["vendor_recalled", "vendor"] == 1
    life.take("03-02 13:00", "hand_to_vendor")
    assert [clock.target for clock in life.ticket.clocks].count("uc_acme") == 1
    assert life.clock("uc_acme").marks[0].at == at("03-02 13:00")


def test_the_ladder_chases_the_vendor_and_tells_the_desk() -> None:
    life = with_acme(gives_up_after=None).live_until("03-20 18:00")
    fired = [(what.rung, what.nth) for what in life.happened(RungFired) if of_clock(what.target)]
    assert fired == [("75%", 0), *(("100%", nth) for nth in range(6))]
    assert [what.target for what in life.happened(Breached)].count("uc_acme") == 1
    assert life.told()["vendor_chased", "vendor"] == 7
    assert ended(life) == []


def test_after_so_much_time_nobody_waits_and_assignee_lead_and_vendor_hear_of_it() -> None:
    life = with_acme(pauses=True).live_until("03-20 18:00")
    assert ended(life) == ["gave_up"]
    gave_up = next(event for event in life.events if isinstance(event.what, VendorEnded))
    assert said(gave_up.at) == "03-09 10:00"
    told = life.told()
    assert told["vendor_gave_up", "assignee"] == told["vendor_gave_up", "lead"] == 1
    assert told["vendor_over", "vendor"] == 1
    assert life.happened(WaitOver)[0].because == "vendor"
    assert life.states()["uc_acme"] == "breached"
    assert clocks.stopped(life.clock("uc_acme"))


def test_where_the_contract_pauses_the_customers_clocks_wait_and_the_vendors_runs() -> None:
    life = with_acme(pauses=True)
    assert (life.ticket.status, life.ticket.waiting_for) == (Status.WAITING, WaitFor.VENDOR)
    states = life.states()
    assert states["resolution"] == states["ola_1"] == "paused"
    assert states["uc_acme"] == "running"
    life.take("03-02 12:00", "vendor_reply")
    assert life.ticket.status is Status.IN_PROGRESS
    assert life.states()["resolution"] == "running"


def test_a_contract_pauses_whatever_the_rules_say_of_waits_for_vendors() -> None:
    rules = with_contracts(make_rules(pausing=()), (make_contract(pauses=True),))
    life = Life("03-02 09:00", rules=rules).take("03-02 09:30", "accept")
    life.take("03-02 10:00", "hand_to_vendor").take("03-02 11:00", "assign", group="workplace-2")
    assert life.states()["ola_2"] == life.states()["resolution"] == "paused"


def test_a_wait_of_ours_never_pauses_the_vendor_and_its_end_never_ends_our_wait() -> None:
    life = Life("03-02 09:00").take("03-02 09:30", "accept").take("03-02 09:40", "wait")
    life.rules = with_contracts(life.rules, (make_contract(pauses=True),))
    life.take("03-02 10:00", "hand_to_vendor")
    assert life.ticket.waiting_for is WaitFor.REQUESTER
    assert life.states()["uc_acme"] == "running"
    life.take("03-02 12:00", "recall")
    assert life.ticket.waiting_for is WaitFor.REQUESTER


def test_a_wait_for_two_vendors_is_over_with_the_second() -> None:
    both = (make_contract(pauses=True), make_contract("bolts", pauses=True))
    life = Life("03-02 09:00", rules=with_contracts(make_rules(), both))
    life.take("03-02 09:30", "accept").take("03-02 10:00", "hand_to_vendor")
    life.take("03-02 10:10", "hand_to_vendor", vendor="bolts").take("03-02 11:00", "vendor_reply")
    assert life.ticket.status is Status.WAITING
    life.take("03-02 11:30", "vendor_reply", vendor="bolts")
    assert life.ticket.waiting_for is None


@pytest.mark.parametrize("ending", ["resolve", "cancel"])
def test_with_the_ticket_it_is_over_for_every_vendor_each_told_once(ending: str) -> None:
    rules = with_contracts(make_rules(), (make_contract(), make_contract("bolts")))
    life = Life("03-02 09:00", rules=rules)
    life.take("03-02 10:00", "hand_to_vendor").take("03-02 10:10", "hand_to_vendor", vendor="bolts")
    life.take("03-02 11:00", ending)
    assert ended(life) == ["over", "over"]
    assert life.ticket.vendors == ()
    over = {note.key for note in life.notices if note.template == "vendor_over"}
    assert len(over) == 2
    life.pass_until("03-20 11:00")
    assert life.told()["vendor_chased", "vendor"] == 0


def test_a_request_is_handed_over_while_it_is_fulfilled_and_let_go_when_it_is_not_wanted() -> None:
    life = Request("03-02 09:00")
    with pytest.raises(StepRefused):
        life.take("03-02 09:10", "hand_to_vendor", FINN)
    life = Request(item=make_item(approvals=()))
    life.take("03-02 10:00", "hand_to_vendor", FINN)
    life.take("03-02 11:00", "withdraw", ROSA)
    assert ended(life) == ["over"]


def test_a_machine_that_ends_a_request_ends_the_vendors_work() -> None:
    life = Request(
        item=make_item(approvals=(), tasks=(task("account", "directory", machine=True),))
    )
    life.take("03-02 10:00", "hand_to_vendor", FINN)
    life.answer("03-02 11:00", "account")
    assert life.ticket.status is Status.RESOLVED
    assert ended(life) == ["over"]


def test_each_vendor_works_on_a_ticket_once_at_a_time() -> None:
    with pytest.raises(InvalidFact, match="already"):
        with_acme().take("03-02 11:00", "hand_to_vendor")


@pytest.mark.parametrize("step", ["vendor_reply", "recall"])
def test_who_was_not_asked_is_neither_heard_nor_recalled(step: str) -> None:
    with pytest.raises(InvalidFact, match="acme"):
        with_acme().take("03-02 11:00", step, vendor="bolts")
    with pytest.raises(StepRefused):
        Life("03-02 09:00").take("03-02 11:00", step)


def test_a_vendor_answers_for_itself_alone_and_does_nothing_else() -> None:
    life = with_acme()
    assert allowed_steps(ACME, life.ticket) == ("vendor_reply",)
    with pytest.raises(NotPermitted):
        life.take("03-02 11:00", "resolve", ACME)
    with pytest.raises(TicketNotFound):
        life.take("03-02 11:00", "vendor_reply", BOLTS)
    both = with_contracts(life.rules, (make_contract("bolts"),))
    life.rules = both
    life.take("03-02 11:00", "hand_to_vendor", vendor="bolts")
    with pytest.raises(InvalidFact, match="own name"):
        life.take("03-02 11:10", "vendor_reply", BOLTS)


def test_a_vendor_that_is_done_does_not_see_the_ticket_any_more() -> None:
    life = with_acme().take("03-02 11:00", "vendor_reply", ACME)
    with pytest.raises(TicketNotFound):
        life.take("03-02 12:00", "vendor_reply", ACME)


def test_a_change_of_priority_gives_the_vendor_the_target_of_the_new_one() -> None:
    life = with_acme().take("03-02 11:00", "classify", impact="high", urgency="high")
    assert clocks.length(life.clock("uc_acme")) == 2 * HOUR


def test_other_rules_keep_the_contracts_that_the_ticket_is_under() -> None:
    life = with_acme()
    other = with_contracts(make_rules(policy_version="v2"), life.rules.contracts)
    life.take("03-02 11:00", "adopt", PIA, rules=other)
    assert life.clock("uc_acme").marks[-1].kind == "start"
    assert life.rules.target(life.ticket.priority, "uc_acme") is not None


def test_a_renewed_contract_with_other_hours_leaves_what_was_measured_as_it_was() -> None:
    life = with_acme().take("03-02 12:00", "recall")
    spent = clocks.elapsed(life.clock("uc_acme"), life.rules.calendars, at("03-02 18:00"))
    longer = make_contract().calendar.model_copy(
        update={"shifts": make_contract().calendar.shifts[:2]}
    )
    renewed = with_contracts(life.rules, (make_contract(id="acme-2027", calendar=longer),))
    ticket, terms = carry_calendars(life.ticket, life.rules, renewed)
    clock = next(clock for clock in ticket.clocks if clock.target == "uc_acme")
    assert clocks.elapsed(clock, terms.calendars, at("03-02 18:00")) == spent == 2 * HOUR
    assert len(terms.contracts) == 1


def test_a_vendor_that_cannot_be_told_is_news_to_assignee_and_lead() -> None:
    life = with_acme(pauses=True)
    life.take_in(unreached(life.ticket, life.rules, NOT_CHASED, None, at("03-02 10:05")))
    assert life.happened(VendorUnreached) == [NOT_CHASED]
    assert ended(life) == []
    told = life.told()
    assert told["vendor_unreached", "assignee"] == told["vendor_unreached", "lead"] == 1


def test_a_ticket_that_no_vendor_had_is_written_as_it_always_was() -> None:
    life = Life("03-02 09:00")
    assert b"vendor" not in canonical(life.ticket)
    plain = Terms.model_validate({**dict(life.rules), "contracts": ()})
    assert b"contracts" not in canonical(plain)
    assert b'"vendor"' not in canonical(life.notices[0])


def test_a_ticket_and_terms_with_vendors_are_read_back_as_they_were_written() -> None:
    life = with_acme()
    assert Ticket.model_validate_json(canonical(life.ticket)) == life.ticket
    assert Terms.model_validate_json(canonical(life.rules)) == life.rules


@pytest.mark.parametrize(
    ("changes", "why_not"),
    [
        ({"targets": {"P1": timedelta(hours=1)}}, "no target for P2, P3, P4"),
        ({"gives_up_after": 16 * HOUR}, "more than"),
        ({"ladder": Ladder(name="other", rungs=())}, "the vendor's own"),
        ({"until": "soon"}, "until"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(changes: dict[str, Any], why_not: str) -> None:
    with pytest.raises(ValidationError, match=why_not):
        make_contract(**changes)


def test_names_around_a_vendor_lead_there_and_back() -> None:
    assert (clock_of("acme"), actor_of("acme")) == ("uc_acme", "vendor:acme")
    assert (of_clock("uc_acme"), of_clock("resolution")) == ("acme", None)
    assert (of_actor("vendor:acme"), of_actor("p-1"), of_actor(None)) == ("acme", None, None)
    assert told_by("INC-1/u1.0/vendor_asked/vendor:acme/acme") == "acme"
    assert told_by("INC-1/u1.0/vendor_replied/assignee/p-1") is None
    assert contract_of((), "acme") is None
    assert promised_by((), next(iter(make_contract().targets)), "uc_acme") is None
    assert make_contract().until == date(2026, 12, 31)


def rules_of(life: Life, kind: str) -> list[str | None]:
    return [
        reason.rule if reason else None
        for event, reason in reasons(life)
        if event.what.event == kind
    ]


CONTRACT = "organisation.vendors.acme.contracts.acme-2026"


def test_what_a_contract_decides_names_it_as_the_rule() -> None:
    life = with_acme(pauses=True).live_until("03-20 18:00")
    assert rules_of(life, "with_vendor") == rules_of(life, "vendor_ended") == [CONTRACT]
    assert CONTRACT in rules_of(life, "breached")
    assert why_of(life, "with_vendor").facts["pauses"] == "yes"
    assert why_of(life, "vendor_ended").facts == {"gives_up_after": "40 h"}
    assert rules_of(life, "wait_over") == ["step.hand_to_vendor"]
    fired = [rule for rule in rules_of(life, "rung_fired") if rule and "vendor" in rule]
    assert fired[0] == "ladders.vendor.75%"
    steps = [reason for event, reason in reasons(life) if event.what.event == "step"]
    assert steps[-1] is not None
    assert steps[-1].rule == "step.hand_to_vendor"
    assert steps[-1].facts["resolution_clock"] == "pause"


def test_the_end_of_a_vendors_work_is_explained_where_no_person_ended_it() -> None:
    assert rules_of(with_acme().take("03-02 12:00", "resolve"), "vendor_ended") == ["step.resolve"]
    assert rules_of(with_acme().take("03-02 12:00", "recall"), "vendor_ended") == [None]
    life = with_acme()
    life.take_in(unreached(life.ticket, life.rules, NOT_CHASED, None, at("03-02 10:05")))
    assert rules_of(life, "vendor_unreached") == ["organisation.vendors.acme"]
    life.pass_until("03-20 18:00")
    life.rules = life.rules.model_copy(update={"contracts": ()})
    assert why_of(life, "vendor_ended").facts == {"gives_up_after": "40 h"}
    assert rules_of(life, "breached").count(CONTRACT) == 1


STEPS = (
    "hand_to_vendor", "vendor_reply", "recall", "resolve", "reopen", "cancel", "wait", "resume",
    "classify", "hand_off", "adopt",
)  # fmt: skip
MOVES = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.sampled_from(["acme", "bolts"]),
        st.sampled_from([timedelta(), HOUR, DAY, 8 * DAY]),
    ),
    min_size=2,
    max_size=14,
)


@FEW
@given(MOVES, st.booleans(), st.booleans())
def test_no_clock_of_a_vendor_runs_that_does_not_work_on_an_open_ticket(
    moves: list[tuple[str, str, timedelta]], first: bool, second: bool
) -> None:
    both = (make_contract(pauses=first), make_contract("bolts", pauses=second, gives_up_after=None))
    life = Life("03-02 09:00", rules=with_contracts(make_rules(), both))
    now = life.ticket.opened_at
    for step, vendor, gap in moves:
        now += gap
        mine = step in ("hand_to_vendor", "vendor_reply", "recall")
        fields = {"vendor": vendor} if mine else {}
        who = {"adopt": PIA}.get(step, FINN)
        rules = with_contracts(make_rules(policy_version="v2"), both) if step == "adopt" else None
        try:
            life.take(now, step, who, rules=rules, **fields)
        except (InvalidFact, StepRefused):
            life.pass_until(now)
        running = {c.target for c in life.ticket.clocks if of_clock(c.target) and clocks.running(c)}
        assert running == {clock_of(one.vendor) for one in life.ticket.vendors}
        assert not running or life.ticket.status in OPEN
        paused = [c.target for c in life.ticket.clocks if of_clock(c.target) and clocks.paused(c)]
        assert paused == []
        held = any(one.pauses for one in life.ticket.vendors)
        customers = [c for c in life.ticket.clocks if c.target.startswith(("resolution", "ola_"))]
        assert not (held and any(map(clocks.running, customers)))
        assert not held or life.ticket.status is Status.WAITING
