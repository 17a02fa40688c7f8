"""Moving a running ticket to other rules: what was measured and what was told stays so."""

from typing import Any

import pytest

from desk.adoption import carry_calendars, same_promise
from desk.apply import needs_terms
from desk.calendar import Calendar, Holiday
from desk.clock import Clock, due, elapsed, length
from desk.events import Adopted, Breached, Prioritised, RungFired
from desk.ladder import Ladder, Whom
from desk.terms import Terms
from desk.ticket import Level, Priority, Ticket, WaitFor
from tests.desk.lives import (
    HOUR,
    LADDERS,
    OFFICE,
    PIA,
    RULES,
    Life,
    at,
    make_rules,
    make_step,
    rung,
)
from tests.desk.oracle import BERLIN, weekly

WEDNESDAY_OFF = Holiday.model_validate({"date": "2026-03-04", "name": "Works outing"})
OUTING = OFFICE.model_copy(update={"holidays": (*OFFICE.holidays, WEDNESDAY_OFF)})
NIGHT = Calendar(name="office", zone=BERLIN, shifts=weekly("18:00-08:00"))


def newer(version: str = "v2", **changes: Any) -> Terms:
    return make_rules(policy_version=version, **changes)


def in_office(calendar: Calendar, version: str = "v2") -> Terms:
    return newer(version, calendars={**RULES.calendars, "office": calendar})


def with_length(priority: Priority, target: str, hours: float) -> Terms:
    own = RULES.targets[priority]
    changed = own[target].model_copy(update={"length": hours * HOUR})
    return newer(targets={**RULES.targets, priority: {**own, target: changed}})


def working() -> Life:
    return Life("03-02 09:00").take("03-02 09:30", "accept")


def due_of(life: Life, target: str = "resolution") -> object:
    return due(life.clock(target), life.rules.calendars)


def test_adopting_is_in_the_timeline_with_both_versions() -> None:
    life = working().take("03-02 10:00", "adopt", PIA, rules=newer())
    adopted = life.happened(Adopted)
    assert [(a.before, a.policy_version) for a in adopted] == [("v1", "v2")]
    assert life.ticket.policy_version == "v2"
    assert life.story()[-2:] == ["03-02 10:00 adopt", "03-02 10:00 adopted"]
    assert all(event.internal for event in life.events[-2:])


def test_without_adopting_a_ticket_keeps_the_rules_it_was_opened_with() -> None:
    life = working().take("03-02 10:00", "classify")
    assert life.ticket.policy_version == "v1"
    assert life.happened(Adopted) == []


def test_a_new_length_counts_what_was_spent() -> None:
    life = working().take(
        "03-02 12:00", "adopt", PIA, rules=with_length(Priority.P3, "resolution", 6)
    )
    assert due_of(life) == at("03-02 15:00")


def test_a_new_length_that_is_past_is_missed_at_once() -> None:
    rules = with_length(Priority.P3, "resolution", 2)
    life = working()
    mark = len(life.events)
    life.take("03-02 12:00", "adopt", PIA, rules=rules)
    assert life.story(mark) == [
        "03-02 12:00 adopt",
        "03-02 12:00 adopted",
        "03-02 12:00 resolution 50%, 2:00:00 late",
        "03-02 12:00 resolution 75%, 1:30:00 late",
        "03-02 12:00 resolution breached, 1:00:00 late",
        "03-02 12:00 resolution 100%, 1:00:00 late",
        "03-02 12:00 to workplace-2 by rung",
        "03-02 12:00 resolution 100%+1",
    ]


def test_a_new_matrix_changes_the_priority() -> None:
    row = dict.fromkeys(Level, Priority.P1)
    rules = newer(matrix=dict.fromkeys(Level, row))
    life = working().take("03-02 09:35", "adopt", PIA, rules=rules)
    assert life.ticket.priority is Priority.P1
    assert life.happened(Prioritised)[-1].policy_version == "v2"
    assert length(life.clock("resolution")) == 4 * HOUR


def test_row_11_time_that_was_measured_is_not_counted_anew() -> None:
    """Until wednesday noon the office worked; the outing was entered too late for that."""
    life = working().take("03-04 08:30", "adopt", PIA, rules=in_office(OUTING))
    spent = elapsed(life.clock("resolution"), life.rules.calendars, at("03-04 08:30"))
    assert spent == 9 * HOUR + 10 * HOUR + HOUR / 2
    # Half an hour is left of the 20, and from now on wednesday is free.
    assert due_of(life) == at("03-05 08:30")


def test_row_11_another_calendar_counts_from_the_adoption_on() -> None:
    life = working().take("03-02 19:00", "adopt", PIA, rules=in_office(NIGHT))
    # Nine hours of monday are spent, eleven are left: the night is now working time.
    assert due_of(life) == at("03-03 06:00")


def test_a_calendar_that_did_not_change_is_carried_by_its_name() -> None:
    life = working()
    ticket, rules = carry_calendars(life.ticket, RULES, newer())
    assert (ticket, rules) == (life.ticket, newer())


def test_a_calendar_that_changed_stays_for_what_it_measured() -> None:
    ticket, rules = carry_calendars(working().ticket, RULES, in_office(OUTING))
    assert rules.calendars["office@v1"] == OFFICE
    assert rules.calendars["office"] == OUTING
    assert {mark.calendar for clock in ticket.clocks for mark in clock.marks} == {
        "office@v1", None,
    }  # fmt: skip


def test_a_calendar_that_is_gone_from_the_rules_stays_for_what_it_measured() -> None:
    targets = {
        priority: {
            name: target.model_copy(update={"calendar": "always"}) for name, target in own.items()
        }
        for priority, own in RULES.targets.items()
    }
    closure = RULES.closure.model_copy(update={"calendar": "always"})
    always = {"always": RULES.calendars["always"]}
    rules = newer(targets=targets, calendars=always, closure=closure)
    life = working().take("03-02 12:00", "adopt", PIA, rules=rules)
    # Three of 20 hours are spent; from noon on it is always working time.
    assert due_of(life) == at("03-03 05:00")


def test_adopting_often_forgets_no_measure() -> None:
    """Each calendar counts for the days on which it was in force, through many changes."""
    early = Calendar(name="office", zone=BERLIN, shifts=weekly("08:00-12:00"))
    life = working()
    life.take("03-02 12:00", "adopt", PIA, rules=in_office(early, "v2"))
    life.take("03-03 12:00", "adopt", PIA, rules=in_office(OFFICE, "v3"))
    life.take("03-03 14:00", "adopt", PIA, rules=in_office(early, "v4"))
    spent = elapsed(life.clock("resolution"), life.rules.calendars, at("03-04 12:00"))
    # monday 9-12, tuesday 8-12, tuesday 12-14, wednesday 8-12
    assert spent == (3 + 4 + 2 + 4) * HOUR


def test_two_calendars_of_one_version_are_told_apart() -> None:
    """A change of service may bring another calendar under the very same version."""
    early = Calendar(name="office", zone=BERLIN, shifts=weekly("08:00-12:00"))
    life = working()
    for hour, (service, calendar) in enumerate(
        [("mail", early), ("web", OUTING), ("files", NIGHT)], start=10
    ):
        rules = in_office(calendar, "v1")
        life.take(f"03-02 {hour}:00", "classify", service=service, rules=rules)
    spent = elapsed(life.clock("resolution"), life.rules.calendars, at("03-02 20:00"))
    # the office 9-10, the morning shift 10-11, the outing's office 11-12, the night from 18
    assert spent == 5 * HOUR
    assert len(life.happened(Adopted)) == 3, "each is another promise, so each is in the timeline"


def test_a_ticket_may_adopt_as_often_as_a_year_has_weeks() -> None:
    life = working()
    for week in range(52):
        calendar = OUTING if week % 2 else OFFICE
        rules = in_office(calendar, f"v-{week:010}")
        when = at("03-02 10:00") + week * HOUR / 100
        life.take(when, "adopt", PIA, rules=rules)
    assert Ticket.model_validate_json(life.ticket.model_dump_json()) == life.ticket
    assert Terms.model_validate_json(life.rules.model_dump_json()) == life.rules


def test_row_20_a_ladder_that_changed_on_the_way_fires_what_is_new_and_nothing_twice() -> None:
    steeper = Ladder(
        name="resolution",
        rungs=(rung(25, Whom.GROUP), *LADDERS["resolution"].rungs[:1], rung(60, Whom.LEAD)),
    )
    rules = newer(ladders={**LADDERS, "resolution": steeper})
    life = working().live_until("03-03 09:30")
    assert [fired.rung for fired in life.happened(RungFired)] == ["50%"]
    mark = len(life.events)
    life.take("03-03 09:30", "adopt", PIA, rules=rules).live_until("03-10 12:00")
    # 25 % were passed at 14:00 on monday; 60 % are twelve hours, on tuesday at 11:00.
    assert life.story(mark) == [
        "03-03 09:30 adopt",
        "03-03 09:30 adopted",
        "03-03 09:30 resolution 25%, 19:30:00 late",
        "03-03 11:00 resolution 60%",
        "03-04 09:00 resolution breached",
    ]
    assert life.happened(RungFired)[-1].policy_version == "v2"


def test_row_20_a_ladder_that_is_gone_fires_nothing_but_the_target_is_still_missed() -> None:
    own = RULES.targets[Priority.P3]
    bare = own["resolution"].model_copy(update={"ladder": None})
    rules = newer(targets={**RULES.targets, Priority.P3: {**own, "resolution": bare}})
    life = working().take("03-02 10:00", "adopt", PIA, rules=rules).live_until("03-13 12:00")
    assert life.happened(RungFired) == []
    assert "resolution" in [breached.target for breached in life.happened(Breached)]


def test_a_ticket_that_waits_adopts_and_waits_on() -> None:
    life = (
        working()
        .take("03-02 10:00", "wait")
        .take("03-03 10:00", "adopt", PIA, rules=with_length(Priority.P3, "resolution", 6))
    )
    assert (life.ticket.waiting_for, life.states()["resolution"]) == (
        WaitFor.REQUESTER, "paused",
    )  # fmt: skip
    life.take("03-04 10:00", "resume")
    assert due_of(life) == at("03-04 15:00")


@pytest.mark.parametrize(
    ("step", "fields", "needed"),
    [
        ("adopt", {}, True),
        ("classify", {"service": "web"}, True),
        ("classify", {"service": "mail"}, False),
        ("classify", {}, False),
        ("comment", {}, False),
    ],
)
def test_adopting_and_a_change_of_service_need_terms(
    step: str, fields: dict[str, Any], needed: bool
) -> None:
    ticket = Life("03-02 09:00", service="mail").ticket
    assert needs_terms(ticket, make_step(step, **fields)) is needed


def test_a_new_service_moves_the_ticket_to_its_rules() -> None:
    life = working().take("03-02 10:00", "classify", service="web", rules=newer())
    assert [(a.before, a.policy_version) for a in life.happened(Adopted)] == [("v1", "v2")]


def test_a_promise_is_compared_by_what_it_says() -> None:
    assert same_promise(RULES, make_rules())
    assert not same_promise(RULES, newer())
    assert not same_promise(RULES, in_office(OUTING, "v1"))
    assert not same_promise(RULES, newer("v1", calendars={**RULES.calendars, "night": NIGHT}))


def test_a_calendar_that_was_only_carried_along_is_no_other_promise() -> None:
    life = working().take("03-02 10:00", "adopt", PIA, rules=in_office(OUTING))
    assert life.rules != in_office(OUTING)
    assert same_promise(life.rules, in_office(OUTING))
    assert not same_promise(life.rules, RULES)


def test_marks_without_a_calendar_are_carried_as_they_are() -> None:
    life = working().take("03-02 10:00", "wait")
    ticket, _ = carry_calendars(life.ticket, RULES, in_office(OUTING))
    before, after = life.clock("resolution"), clock_of(ticket, "resolution")
    assert [mark.kind for mark in after.marks] == [mark.kind for mark in before.marks]
    assert after.marks[1:] == before.marks[1:]


def clock_of(ticket: Ticket, target: str) -> Clock:
    return next(clock for clock in ticket.clocks if clock.target == target)
