"""The rules in force, held against what the desk promises; a rule that is changed changes here."""

from datetime import date, timedelta

import pytest

from desk.calendar import Holiday, Shift, around_the_clock
from desk.ladder import HandToNextLine, Ladder, Rung, Tell, Whom
from desk.record import terms_digest
from desk.terms import Terms
from desk.ticket import Level, Priority, WaitFor
from desk.working_time import working_day
from policies.in_force import IN_FORCE, terms_for

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
P1, P2, P3, P4 = Priority
RULES = IN_FORCE


def rung(ladder: str, key: str) -> Rung:
    return next(rung for rung in RULES.ladders[ladder].rungs if rung.key == key)


def told(ladder: str, key: str) -> list[Whom]:
    return [action.whom for action in rung(ladder, key).actions if isinstance(action, Tell)]


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        ("high", "high", P1),
        ("high", "medium", P2),
        ("medium", "high", P2),
        ("medium", "medium", P3),
        ("high", "low", P3),
        ("low", "high", P3),
        ("medium", "low", P4),
        ("low", "medium", P4),
        ("low", "low", P4),
    ],
)
def test_impact_and_urgency_give_the_priority(
    impact: str, urgency: str, priority: Priority
) -> None:
    assert RULES.priority(Level(impact), Level(urgency)) is priority


def test_what_is_not_said_is_taken_for_medium() -> None:
    assert (RULES.default_impact, RULES.default_urgency) == (Level.MEDIUM, Level.MEDIUM)


@pytest.mark.parametrize(
    ("priority", "calendar", "response", "resolution"),
    [
        (P1, "always", 15 * MINUTE, 4 * HOUR),
        (P2, "office", 30 * MINUTE, 8 * HOUR),
        (P3, "office", 2 * HOUR, 24 * HOUR),
        (P4, "office", 4 * HOUR, 50 * HOUR),
    ],
)
def test_how_soon_somebody_answers_and_it_is_resolved(
    priority: Priority, calendar: str, response: timedelta, resolution: timedelta
) -> None:
    targets = RULES.targets[priority]
    assert {target.calendar for target in targets.values()} == {calendar}
    assert targets["response"].length == response
    assert targets["resolution"].length == resolution


@pytest.mark.parametrize("priority", Priority)
def test_each_priority_promises_every_target_with_its_ladder(priority: Priority) -> None:
    targets = RULES.targets[priority]
    assert set(targets) == {
        "response", "resolution", "next_response", "ola_1", "ola_2", "ola_3",
    }  # fmt: skip
    for name in ("response", "resolution", "next_response"):
        assert targets[name].ladder == name.replace("_", " ")
    assert all(
        targets[name].length < targets["resolution"].length
        for name in targets
        if name != "resolution"
    )


def test_the_more_pressing_the_sooner() -> None:
    for name in RULES.targets[P1]:
        lengths = [RULES.targets[priority][name].length for priority in Priority]
        assert lengths == sorted(lengths)
        assert len(set(lengths)) == 4


def test_the_office_works_ten_hours_from_monday_to_friday_in_berlin() -> None:
    office = RULES.calendars["office"]
    assert office.zone == "Europe/Berlin"
    assert [shift.day for shift in office.shifts] == ["mon", "tue", "wed", "thu", "fri"]
    assert working_day(office) == 10 * HOUR
    assert date(2027, 1, 1) in {holiday.date for holiday in office.holidays}
    assert working_day(RULES.calendars["always"]) == 24 * HOUR


@pytest.mark.parametrize(
    ("category", "groups"),
    [
        ("hardware", ("service-desk", "workplace-2", "engineering-3")),
        ("software", ("service-desk", "workplace-2", "engineering-3")),
        ("network", ("service-desk", "network-2", "network-3")),
        ("access", ("service-desk", "security-2", "security-3")),
        ("security", ("service-desk", "security-2", "security-3")),
    ],
)
def test_a_category_goes_to_a_group_of_each_line(category: str, groups: tuple[str, ...]) -> None:
    for line, name in enumerate(groups, start=1):
        group = RULES.routing.group(category, line)
        assert group is not None
        assert (group.id, group.line) == (name, line)


def test_these_are_all_the_categories() -> None:
    assert set(RULES.routing.categories) == {
        "hardware", "software", "network", "access", "security",
    }  # fmt: skip


def test_what_has_no_category_goes_to_the_default_of_each_line() -> None:
    groups = [RULES.routing.group(None, line) for line in (1, 2, 3)]
    assert [group.id for group in groups if group] == [
        "service-desk", "workplace-2", "engineering-3",
    ]  # fmt: skip


def test_there_is_no_fourth_line() -> None:
    assert RULES.routing.group("network", 4) is None


@pytest.mark.parametrize("ladder", ["response", "resolution"])
def test_half_tells_the_assignee_three_quarters_the_lead(ladder: str) -> None:
    assert [rung.key for rung in RULES.ladders[ladder].rungs] == ["50%", "75%", "100%"]
    assert told(ladder, "50%") == [Whom.ASSIGNEE]
    assert Whom.LEAD in told(ladder, "75%")


@pytest.mark.parametrize("ladder", ["response", "resolution"])
def test_a_missed_target_goes_to_the_next_line_and_the_manager(ladder: str) -> None:
    actions = rung(ladder, "100%").actions
    assert HandToNextLine() in actions
    assert Tell(whom=Whom.MANAGER) in actions


@pytest.mark.parametrize("ladder", ["response", "resolution"])
def test_then_each_working_hour_five_times_and_then_each_working_day(ladder: str) -> None:
    hourly, daily = rung(ladder, "100%").then
    assert (hourly.every, hourly.times) == (HOUR, 5)
    assert hourly.actions == (Tell(whom=Whom.LEAD),)
    assert (daily.every, daily.times) == ("working_day", 10)
    assert daily.actions == (Tell(whom=Whom.MANAGER),)


def test_no_ladder_goes_on_for_ever() -> None:
    for ladder in RULES.ladders.values():
        assert sum(rung.firings() for rung in ladder.rungs) <= 20


def test_an_answer_that_is_owed_is_told_to_the_group() -> None:
    assert told("next response", "100%") == [Whom.GROUP]


def test_closure() -> None:
    closure = RULES.closure
    assert closure.codes == ("fixed", "workaround", "guidance", "no_fault_found", "duplicate")
    assert (closure.remind_after_working_days, closure.close_after_working_days) == (2, 5)
    assert closure.calendar == "office"
    assert closure.reopen_for == timedelta(days=14)


def test_every_wait_stops_the_clocks() -> None:
    assert set(RULES.pausing) == set(WaitFor)


def test_the_version_follows_from_the_content() -> None:
    assert RULES.policy_version.startswith("v-")
    assert len(RULES.policy_version) == 12
    assert terms_for() is RULES


def test_rules_travel_as_json() -> None:
    assert Terms.model_validate_json(RULES.model_dump_json()) == RULES


def test_a_customers_own_calendar_takes_the_place_of_the_offices() -> None:
    own = around_the_clock("northwind", "America/New_York")
    terms = terms_for(own)
    assert terms.calendars["office"].shifts == own.shifts
    assert terms.calendars["office"].zone == "America/New_York"
    assert terms.calendars["office"].name == "office"
    assert terms.calendars["always"] == RULES.calendars["always"]
    assert terms.policy_version == RULES.policy_version
    assert terms_digest(terms) != terms_digest(RULES)
    assert RULES.calendars["office"].zone == "Europe/Berlin"


def test_a_customers_own_calendar_counts_with_its_own_hours() -> None:
    early = RULES.calendars["office"].model_copy(
        update={"name": "early", "shifts": (Shift(day="mon", start="06:00", end="10:00"),)}
    )
    assert working_day(terms_for(early).calendars["office"]) == 4 * HOUR
    assert working_day(RULES.calendars["office"]) == 10 * HOUR


def test_every_ladder_that_there_is_is_used_by_a_target() -> None:
    used = {target.ladder for own in RULES.targets.values() for target in own.values()}
    assert set(RULES.ladders) == used - {None}
    assert all(isinstance(ladder, Ladder) for ladder in RULES.ladders.values())


def test_each_holiday_has_a_name_and_is_a_weekday() -> None:
    for holiday in RULES.calendars["office"].holidays:
        assert isinstance(holiday, Holiday)
        assert holiday.name
        assert holiday.date.weekday() < 5, holiday
