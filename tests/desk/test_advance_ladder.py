"""Rungs and breaches: each once, in order, at its instant, whenever somebody looks at the clock."""

from datetime import datetime, timedelta

import pytest

from desk.advance import advance, catch_up
from desk.clock import Fired
from desk.deadlines import ladder_of, next_due
from desk.events import Breached, RungFired
from desk.ladder import Call, Ladder, Rung, Tell, Whom
from desk.terms import Target, Terms
from desk.ticket import Priority, Status
from tests.desk.lives import (
    ADAM,
    FINN,
    HOUR,
    LADDERS,
    MINUTE,
    RULES,
    SENA,
    Life,
    at,
    make_rules,
    rung,
)

FRIDAY = [
    "03-06 18:00 response 50%",
    "03-09 08:30 response 75%",
    "03-09 09:00 response breached",
    "03-09 09:00 response 100%",
    "03-09 09:00 to workplace-2 by rung",
    "03-09 10:00 response 100%+1",
    "03-09 11:00 response 100%+2",
    "03-09 12:00 response 100%+3",
    "03-09 13:00 response 100%+4",
    "03-09 14:00 response 100%+5",
    "03-10 14:00 response 100%+6",
    "03-11 14:00 response 100%+7",
    "03-12 14:00 response 100%+8",
]
"""A P3 of friday 17:00 that nobody answers, worked out by hand: two office hours to answer."""


def rules_with(
    target: str, ladder: Ladder | None, hours: float = 2, calendar: str = "office"
) -> Terms:
    """The rules, with one target of P3 as said; no group owes anything, and no other ladder."""
    kept = {
        name: each.model_copy(update={"ladder": None})
        for name, each in RULES.targets[Priority.P3].items()
        if not name.startswith("ola_")
    }
    length = hours * HOUR
    kept[target] = Target(length=length, calendar=calendar, ladder=ladder.name if ladder else None)
    ladders = {**LADDERS, **({ladder.name: ladder} if ladder else {})}
    return make_rules(targets={**RULES.targets, Priority.P3: kept}, ladders=ladders)


def of(life: Life, target: str) -> list[str]:
    return [line for line in life.story() if f" {target} " in line or "by rung" in line]


def unanswered() -> Life:
    only = rules_with("response", LADDERS["response"])
    return Life("03-06 17:00", only)


def test_every_rung_at_its_instant_over_a_weekend() -> None:
    life = unanswered().live_until("04-30 12:00")
    assert of(life, "response") == FRIDAY


def test_the_whole_of_it_in_one_jump_has_the_same_instants_and_says_how_late() -> None:
    life = unanswered().pass_until("03-13 09:00")
    told = [line.partition(",") for line in of(life, "response")]
    assert [line for line, _, _ in told] == FRIDAY
    assert told[0][2] == " 6 days, 15:00:00 late"
    assert told[-1][2] == " 19:00:00 late"


def test_a_rung_over_easter_and_the_change_of_clocks() -> None:
    life = Life("03-27 17:00", rules_with("response", LADDERS["response"], 22)).live_until(
        "04-08 18:00"
    )
    # 22 hours: one on friday, ten on monday and tuesday, one on wednesday; in summer time then.
    assert of(life, "response")[2:8] == [
        "04-01 09:00 response breached",
        "04-01 09:00 response 100%",
        "04-01 09:00 to workplace-2 by rung",
        "04-01 10:00 response 100%+1",
        "04-01 11:00 response 100%+2",
        "04-01 12:00 response 100%+3",
    ]
    # Once a working day, with Good Friday and Easter Monday free.
    assert of(life, "response")[-3:] == [
        "04-02 14:00 response 100%+6",
        "04-07 14:00 response 100%+7",
        "04-08 14:00 response 100%+8",
    ]


def test_nothing_due_is_the_very_same_ticket() -> None:
    life = unanswered()
    outcome = advance(life.ticket, life.rules, at("03-06 17:59"))
    assert outcome.ticket is life.ticket
    assert (outcome.events, outcome.notices) == ((), ())
    assert catch_up(life.ticket, life.rules, at("03-06 17:59")).ticket is life.ticket


def test_a_rung_is_due_at_its_instant_and_not_a_microsecond_before() -> None:
    life = unanswered()
    instant = at("03-06 18:00")
    early = advance(life.ticket, life.rules, instant - timedelta(microseconds=1))
    assert early.events == ()
    assert len(advance(life.ticket, life.rules, instant).events) == 1


def test_looking_twice_fires_nothing_twice() -> None:
    life = unanswered().pass_until("03-09 09:30")
    many = len(life.events)
    assert len(life.pass_until("03-09 09:30").events) == many


def test_a_firing_says_what_it_did_and_why() -> None:
    life = unanswered().pass_until("03-09 09:10")
    fired = life.happened(RungFired)[-1]
    assert (fired.target, fired.ladder, fired.rung, fired.nth, fired.percent) == (
        "response", "response", "100%", 0, 100,
    )  # fmt: skip
    assert (fired.due, fired.target_due) == (at("03-09 09:00"), at("03-09 09:00"))
    assert (fired.late_by, fired.policy_version) == (10 * MINUTE, "v1")
    assert fired.actions == LADDERS["response"].rungs[-1].actions
    event = next(event for event in life.events if event.what is fired)
    assert (event.actor, event.via, event.internal) == (None, "desk", True)
    assert life.clock("response").fired[-1] == Fired(rung="100%", times=1)


def test_a_breach_says_what_was_missed() -> None:
    life = unanswered().pass_until("03-09 09:10")
    (breached,) = life.happened(Breached)
    assert (breached.target, breached.group, breached.length) == ("response", None, 2 * HOUR)
    assert (breached.due, breached.late_by) == (at("03-09 09:00"), 10 * MINUTE)
    assert life.clock("response").breached_at == at("03-09 09:00")


def test_who_is_told_is_told_of_the_firing_and_in_the_group_that_had_it() -> None:
    life = unanswered().pass_until("03-09 10:00")
    escalations = [note for note in life.notices if note.template == "escalation"]
    assert [(note.whom, note.group) for note in escalations] == [
        (Whom.ASSIGNEE, "service-desk"),
        (Whom.LEAD, "service-desk"),
        (Whom.MANAGER, "service-desk"),
        (Whom.LEAD, "workplace-2"),
    ]
    fired = {event.id: event.what for event in life.events}
    assert all(isinstance(fired[note.events[0]], RungFired) for note in escalations)
    assert len({note.key for note in life.notices}) == len(life.notices)


def test_an_accepted_ticket_climbs_the_response_no_further() -> None:
    life = unanswered().live_until("03-09 08:40").take("03-09 08:50", "accept")
    life.live_until("04-30 12:00")
    assert of(life, "response") == FRIDAY[:2]


def test_a_breach_without_a_ladder_is_still_an_event() -> None:
    life = Life("03-06 17:00", rules_with("response", None)).live_until("03-09 12:00")
    assert of(life, "response") == ["03-09 09:00 response breached"]
    assert ladder_of(life.ticket, life.rules, life.clock("response")) is None


def test_a_target_that_is_no_longer_promised_has_no_ladder() -> None:
    life = unanswered()
    own = {k: v for k, v in life.rules.targets[Priority.P3].items() if k != "next_response"}
    rules = life.rules.model_copy(update={"targets": {**life.rules.targets, Priority.P3: own}})
    strange = life.clock("response").model_copy(update={"target": "next_response"})
    assert ladder_of(life.ticket, rules, strange) is None


def test_at_the_last_line_the_rung_fires_and_the_ticket_stays() -> None:
    life = Life("03-02 09:00", category="phones").take("03-02 09:10", "hand_off", line=2)
    life.live_until("03-02 11:00")
    assert life.story()[-1] == "03-02 11:00 response 100%"
    assert (life.ticket.group, life.ticket.bounces) == ("workplace-2", 0)
    assert life.told()["escalation", "manager"] == 1


def test_each_ladder_hands_it_one_line_further() -> None:
    life = Life("03-02 09:00").live_until("03-04 09:00")
    assert [line for line in life.story() if "by rung" in line] == [
        "03-02 11:00 to workplace-2 by rung",
        "03-04 09:00 to engineering-3 by rung",
    ]


def test_a_rung_that_hands_on_gives_the_next_group_its_own_time() -> None:
    life = Life("03-02 09:00").live_until("03-02 11:00")
    ola = life.clock("ola_2")
    assert (ola.group, ola.marks[0].at) == ("workplace-2", at("03-02 11:00"))


def test_a_rung_may_call_by_name_and_tell_the_group() -> None:
    calling = Ladder(
        name="call",
        rungs=(Rung(key="c", percent=50, actions=(Call(name="page"), Tell(whom=Whom.GROUP))),),
    )
    life = Life("03-06 17:00", rules_with("response", calling)).live_until("03-06 18:00")
    (fired,) = life.happened(RungFired)
    assert fired.actions[0] == Call(name="page")
    assert life.told()["escalation", "group"] == 1


def test_row_14_a_warning_that_is_past_when_the_clock_goes_on_fires_once() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept").take("03-02 10:00", "wait")
    # P2 has eight hours; one is spent, so nothing of it is passed while it waits ...
    life.take("03-03 09:00", "classify", impact="high", urgency="medium")
    life.take("03-04 09:00", "resume").live_until("03-04 12:00")
    assert of(life, "resolution") == ["03-04 12:00 resolution 50%"]
    # ... and a warning that was passed before the wait does not come again after it.
    life.take("03-04 12:30", "wait").take("03-05 09:00", "resume").live_until("03-05 10:30")
    assert of(life, "resolution") == ["03-04 12:00 resolution 50%", "03-05 10:30 resolution 75%"]


def test_row_14_a_warning_that_a_shorter_target_puts_before_the_wait_fires_at_once() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept").take("03-02 15:00", "wait")
    life.take("03-03 09:00", "classify", impact="high", urgency="medium")
    # Six of eight hours were spent before the wait: half and three quarters are passed.
    passed = [
        "03-03 09:00 resolution 50%, 20:00:00 late",
        "03-03 09:00 resolution 75%, 18:00:00 late",
    ]
    assert of(life, "resolution") == passed
    life.take("03-04 09:00", "resume").live_until("03-04 11:00")
    assert of(life, "resolution")[:3] == [*passed, "03-04 11:00 resolution breached"]


def test_rows_6_and_8_a_target_used_up_before_the_wait_is_missed_and_not_met() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept").take("03-02 15:00", "wait")
    life.take("03-03 09:00", "classify", impact="high", urgency="high")
    # Six hours were spent, and a P1 has four.
    assert "03-03 09:00 resolution breached, 20:00:00 late" in of(life, "resolution")
    life.take("03-03 10:00", "resolve")
    assert life.states()["resolution"] == "breached"


def test_row_15_after_an_outage_everything_fires_in_order_in_one_version() -> None:
    life = Life("03-02 09:00")
    mark, version = len(life.events), life.ticket.version
    life.pass_until("03-03 12:00")
    instants = [event.at for event in life.events[mark:]]
    assert instants == sorted(instants)
    assert [event.index for event in life.events[mark:]] == list(range(len(instants)))
    assert {event.version for event in life.events[mark:]} == {version + 1}
    assert len({event.id for event in life.events}) == len(life.events)
    assert all(fired.late_by == at("03-03 12:00") - fired.due for fired in life.happened(RungFired))


@pytest.mark.parametrize(
    ("opened", "hours", "due"),
    [
        pytest.param("03-06 16:00", 2, "03-06 18:00", id="at-the-end-of-a-shift"),
        pytest.param("03-06 18:00", 2, "03-09 10:00", id="from-the-end-of-a-shift"),
        pytest.param("03-09 08:00", 10, "03-09 18:00", id="a-whole-day"),
        pytest.param("03-07 12:00", 0, "03-07 12:00", id="zero"),
    ],
)
def test_row_17_the_exact_instant(opened: str, hours: float, due: str) -> None:
    life = Life(opened, rules_with("response", LADDERS["response"], hours)).live_until(due)
    assert f"{due} response breached" in life.story()
    assert f"{due} response 100%" in life.story()


def test_row_17_a_target_of_nothing_fires_all_its_rungs_in_order_at_once() -> None:
    life = Life("03-09 09:00", rules_with("response", LADDERS["response"], 0)).live_until(
        "03-09 09:00"
    )
    assert of(life, "response") == [
        "03-09 09:00 response breached",
        "03-09 09:00 response 50%",
        "03-09 09:00 response 75%",
        "03-09 09:00 response 100%",
        "03-09 09:00 to workplace-2 by rung",
    ]


def test_late_by_is_whole_seconds() -> None:
    life = unanswered().pass_until(at("03-06 18:00") + timedelta(seconds=90, microseconds=999_999))
    assert life.happened(RungFired)[0].late_by == timedelta(seconds=90)


def test_what_is_missed_at_one_instant_is_missed_before_a_rung_moves_the_ticket() -> None:
    """P4: the response and the first group's time may end together; both were missed."""
    own = dict(RULES.targets[Priority.P3])
    own["ola_1"] = own["ola_1"].model_copy(update={"length": own["response"].length})
    rules = make_rules(targets={**RULES.targets, Priority.P3: own})
    life = Life("03-02 09:00", rules).live_until("03-02 11:00")
    assert {breached.target for breached in life.happened(Breached)} == {"response", "ola_1"}


def test_a_given_past_is_caught_up_version_by_version_without_a_message() -> None:
    life = Life("03-06 17:00", clock="given", actor=ADAM).pass_until("03-09 09:00")
    assert [event.version for event in life.events[3:]] == [2, 3, 4, 4, 4]
    assert [line.partition(",")[0] for line in life.story()[3:]] == FRIDAY[:5]
    assert all(fired.late_by == timedelta() for fired in life.happened(RungFired))
    assert life.notices == []


def test_a_given_past_tells_a_target_that_was_past_as_late_as_a_real_one() -> None:
    lives = []
    for clock, by in (("real", FINN), ("given", ADAM)):
        life = Life("03-02 09:00", clock=clock).live_until("03-02 10:10")
        when: datetime | None = at("03-02 10:10") if clock == "given" else None
        life.take("03-02 10:10", "classify", by, impact="high", urgency="high", at=when)
        lives.append(life.story())
    assert lives[0] == lives[1]


def test_next_response_climbs_its_own_ladder_each_time_anew() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "comment")
    for day in ("03", "04"):
        life.take(f"03-{day} 09:00", "comment", SENA.model_copy(update={"person": "p-rosa"}))
        life.live_until(f"03-{day} 13:30").take(f"03-{day} 14:00", "comment")
    assert [line for line in life.story() if " next_response " in line] == [
        "03-03 13:00 next_response breached",
        "03-03 13:00 next_response 100%",
        "03-04 13:00 next_response breached",
        "03-04 13:00 next_response 100%",
    ]


def test_a_rung_after_the_target_fires_by_its_percent() -> None:
    late = Ladder(name="late", rungs=(rung(150, Whom.LEAD), rung(1000, Whom.MANAGER)))
    life = Life("03-02 09:00", rules_with("response", late)).live_until("03-20 12:00")
    assert of(life, "response") == [
        "03-02 11:00 response breached",
        "03-02 12:00 response 150%",
        "03-04 09:00 response 1000%",
    ]


def test_when_nothing_is_left_to_fire_nothing_is_due() -> None:
    life = Life("03-02 09:00").live_until("12-31 12:00")
    assert next_due(life.ticket, RULES) is None
    assert life.ticket.status is Status.NEW
