"""What a vendor at work hears beside its hand-over, and what is kept of what it says and hears."""

from typing import Any

import pytest

from desk import clock as clocks
from desk.clock import Mark
from desk.errors import InvalidFact, StepRefused
from desk.events import WaitOver
from desk.ticket import Status
from desk.vendor import message_of
from desk.vendor_events import VendorEnded, VendorUnreached, WithVendor
from desk.vendors import unreached, with_contracts
from tests.desk.contracts import HOUR, make_contract
from tests.desk.lives import PIA, Life, at, make_rules
from tests.desk.test_vendors import ACME, ended, with_acme
from tests.desk.test_why import why_of

URGENT: dict[str, Any] = {"impact": "high", "urgency": "high"}


def never_asked(**changes: object) -> VendorUnreached:
    fields = {"vendor": "acme", "reason": "it answered 404", "message": "asked"}
    return VendorUnreached.model_validate({**fields, "cause": "answered", "code": 404, **changes})


def letters(life: Life) -> list[str]:
    """What vendors are told, in order."""
    return [note.template for note in life.notices if note.vendor is not None]


def test_more_is_said_to_a_vendor_at_work_and_its_clock_runs_on_as_it_did() -> None:
    life = with_acme()
    before = life.clock("uc_acme")
    life.take("03-02 11:00", "tell_vendor")
    assert letters(life) == ["vendor_asked", "vendor_told"]
    assert life.clock("uc_acme") == before
    assert life.events[-1].internal
    assert len(life.ticket.vendors) == 1


def test_who_hands_over_twice_reads_how_more_is_said() -> None:
    with pytest.raises(InvalidFact, match="tell_vendor says more"):
        with_acme().take("03-02 11:00", "hand_to_vendor")


def test_nothing_is_said_to_a_vendor_that_is_not_at_work() -> None:
    with pytest.raises(StepRefused):
        Life("03-02 09:00").take("03-02 10:00", "tell_vendor")
    with pytest.raises(InvalidFact, match="those who do: acme"):
        with_acme().take("03-02 11:00", "tell_vendor", vendor="bolts")


def test_each_vendor_whose_time_a_step_moves_is_told_and_no_other() -> None:
    flat = dict.fromkeys(make_contract().targets, 5 * HOUR)
    both = (make_contract(), make_contract("bolts", targets=flat))
    life = Life("03-02 09:00", rules=with_contracts(make_rules(), both))
    life.take("03-02 10:00", "hand_to_vendor").take("03-02 10:05", "hand_to_vendor", vendor="bolts")
    life.take("03-02 11:00", "classify", **URGENT)
    told = [note.vendor for note in life.notices if note.template == "vendor_retargeted"]
    assert told == ["acme"]
    life.take("03-02 11:30", "classify", **URGENT).take("03-02 11:40", "accept")
    assert letters(life).count("vendor_retargeted") == 1


def test_a_vendor_hears_its_new_time_before_it_is_chased_by_it() -> None:
    life = with_acme().take("03-02 15:00", "classify", **URGENT)
    assert letters(life)[:3] == ["vendor_asked", "vendor_retargeted", "vendor_chased"]


def test_rules_that_are_adopted_move_no_vendor_unless_they_move_its_time() -> None:
    life = with_acme()
    same = with_contracts(make_rules(policy_version="v2"), life.rules.contracts)
    life.take("03-02 11:00", "adopt", PIA, rules=same)
    assert letters(life) == ["vendor_asked"]


def test_after_a_word_that_was_not_the_last_it_is_the_last_that_did_not_come() -> None:
    life = with_acme().take("03-02 12:00", "vendor_reply", ACME, final=False)
    assert life.ticket.vendors[0].heard == at("03-02 12:00")
    life.live_until("03-20 18:00")
    assert [what.heard for what in life.happened(VendorEnded)] == [at("03-02 12:00")]
    reason = why_of(life, "vendor_ended")
    assert reason.words == "no last word came within 40 h of working time"
    assert reason.facts["heard"] == "2026-03-02T11:00:00Z"
    silent = why_of(with_acme().live_until("03-20 18:00"), "vendor_ended")
    assert silent.words == "no answer came within 40 h of working time"


def test_a_vendor_that_could_not_even_be_asked_does_not_hold_the_customers_clocks() -> None:
    life = with_acme(pauses=True)
    said_at, version = life.ticket.vendors[0].since, life.ticket.version
    life.take_in(unreached(life.ticket, life.rules, never_asked(), said_at, at("03-02 10:05")))
    assert (life.ticket.status, life.ticket.vendors) == (Status.IN_PROGRESS, ())
    assert life.ticket.version == version + 1
    states = life.states()
    assert (states["resolution"], states["uc_acme"]) == ("running", "dropped")
    assert ended(life) == ["unreached"]
    assert [over.because for over in life.happened(WaitOver)] == ["vendor"]
    assert why_of(life, "vendor_ended").rule == "organisation.vendors.acme"
    assert life.told()["vendor_unreached", "lead"] == 1
    assert "vendor_over" not in letters(life)
    life.take("03-02 11:00", "hand_to_vendor")


def test_a_vendor_that_has_said_something_was_asked_whatever_its_webhook_says() -> None:
    life = with_acme(pauses=True)
    said_at = life.ticket.vendors[0].since
    life.take("03-02 10:04", "vendor_reply", ACME, final=False)
    life.take_in(unreached(life.ticket, life.rules, never_asked(), said_at, at("03-02 10:05")))
    assert ended(life) == []
    assert len(life.ticket.vendors) == 1


def test_what_an_earlier_hand_over_was_not_told_ends_no_later_one() -> None:
    life = with_acme(pauses=True)
    said_at = life.ticket.vendors[0].since
    life.take("03-02 11:00", "recall").take("03-02 12:00", "hand_to_vendor")
    life.take_in(unreached(life.ticket, life.rules, never_asked(), said_at, at("03-02 12:05")))
    assert ended(life) == ["recalled"]
    assert len(life.ticket.vendors) == 1
    told = never_asked(message="told")
    now = life.ticket.vendors[0].since
    life.take_in(unreached(life.ticket, life.rules, told, now, at("03-02 12:06")))
    assert len(life.ticket.vendors) == 1


@pytest.mark.parametrize("ending", ["recall", "resolve", "cancel"])
def test_the_clock_of_a_vendor_that_did_not_answer_is_not_met(ending: str) -> None:
    life = with_acme().take("03-02 12:00", ending)
    clock = life.clock("uc_acme")
    assert (clocks.state(clock), clocks.stopped(clock)) == ("dropped", True)
    assert clock.marks[-1] == Mark(kind="stop", at=at("03-02 12:00"), dropped=True)
    assert clocks.state(clocks.resume(clock, at("03-02 13:00"))) == "running"
    assert life.states()["response"] != "dropped"


def test_a_target_that_was_missed_stays_missed_when_the_vendor_is_recalled() -> None:
    life = with_acme().live_until("03-03 12:00").take("03-03 12:00", "recall")
    assert life.states()["uc_acme"] == "breached"


@pytest.mark.parametrize("pauses", [True, False])
def test_who_asked_for_it_sees_that_it_waits_for_a_vendor_where_it_does(pauses: bool) -> None:
    life = with_acme(pauses=pauses)
    event = next(event for event in life.events if isinstance(event.what, WithVendor))
    assert event.internal is not pauses


def test_what_is_told_is_known_by_the_key_of_its_message() -> None:
    assert message_of("INC-1/u1.0/vendor_asked/vendor:acme/acme") == "asked"
