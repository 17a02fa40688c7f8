"""The catalogue in force, held against what is offered; an item that is changed changes here."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from desk.catalogue import Approver, ByGroup, ByManager, ByRole, Item
from desk.errors import PolicyError
from desk.ladder import Whom
from desk.model import Frozen
from desk.people import Role
from desk.terms import Terms
from desk.ticket import Priority
from policies import forms, in_force
from policies.catalogue import ITEMS, NEW_LAPTOP
from policies.in_force import CATALOGUE, IN_FORCE, every_ladder, terms_for
from policies.words import EVERYBODY, all_of, at_least, group, hours, item, one_of, role, task

HOUR = timedelta(hours=1)
ORGANISATION = yaml.safe_load(Path("examples/organisation.yaml").read_text("utf-8"))
GOOD: dict[str, dict[str, Any]] = {
    "new-laptop": {
        "model": "light, 13 inch", "keyboard": "German", "needed_by": "2026-04-01", "why": "Old",
    },
    "application-access": {
        "application": "ERP", "rights": "read", "until": "2026-12-31", "why": "Month end",
    },
    "new-starter": {
        "full_name": "Ada Byron", "starts_on": "2026-04-01", "job": "Analyst", "team": "Engines",
        "place": "Berlin",
    },
    "password-reset": {"account": "VPN"},
    "software-licence": {"program": "Visio", "computer": "NB-4711", "why": "Plans"},
    "guest-wifi": {
        "guest": "Ada Byron", "company": "Engines", "e_mail": "ada@example.org",
        "day": "2026-04-01",
    },
}  # fmt: skip
FORMS: dict[str, type[Frozen]] = {
    "new-laptop": forms.NewLaptop,
    "application-access": forms.ApplicationAccess,
    "new-starter": forms.NewStarter,
    "password-reset": forms.PasswordReset,
    "software-licence": forms.SoftwareLicence,
    "guest-wifi": forms.GuestWifi,
}


def test_these_items_are_offered() -> None:
    assert list(CATALOGUE) == list(GOOD)
    assert [CATALOGUE[key].key for key in CATALOGUE] == list(CATALOGUE)


@pytest.mark.parametrize("key", GOOD)
def test_each_form_is_the_schema_of_its_class_and_takes_good_answers(key: str) -> None:
    form = FORMS[key]
    assert CATALOGUE[key].form == form.model_json_schema()
    assert set(GOOD[key]) <= form.model_validate(GOOD[key]).model_fields_set
    with pytest.raises(ValidationError, match="not permitted"):
        form.model_validate({**GOOD[key], "colour": "red"})
    for missing in CATALOGUE[key].form["required"]:  # type: ignore[union-attr]
        with pytest.raises(ValidationError, match="Field required"):
            form.model_validate({k: v for k, v in GOOD[key].items() if k != missing})


@pytest.mark.parametrize("key", GOOD)
def test_each_question_has_words_and_each_answer_a_bound(key: str) -> None:
    form: dict[str, Any] = CATALOGUE[key].form
    assert form["additionalProperties"] is False
    for name, question in form["properties"].items():
        assert question["title"] != name
        bounds = {"enum", "maxLength", "maximum", "const"} & set(question)
        assert bounds or question.get("format") == "date" or question["type"] == "boolean", name


def test_a_name_is_one_line_and_an_address_is_one() -> None:
    wifi: dict[str, Any] = CATALOGUE["guest-wifi"].form
    formats = {name: question.get("format") for name, question in wifi["properties"].items()}
    assert formats == {
        "guest": "single-line", "company": "single-line", "e_mail": "email", "day": "date",
        "days": None,
    }  # fmt: skip
    for broken in ("Ada\nByron", "Ada\tByron", "Ada\x07", "Ada\u2028Byron"):
        with pytest.raises(ValidationError, match="guest"):
            forms.GuestWifi.model_validate({**GOOD["guest-wifi"], "guest": broken})


def test_a_date_is_a_date() -> None:
    laptop = forms.NewLaptop.model_validate(GOOD["new-laptop"])
    assert laptop.needed_by == date(2026, 4, 1)
    with pytest.raises(ValidationError, match="needed_by"):
        forms.NewLaptop.model_validate({**GOOD["new-laptop"], "needed_by": "soon"})


@pytest.mark.parametrize(
    ("key", "stages", "price"),
    [
        ("new-laptop", [("line manager", 1, 1), ("budget", 1, 1)], "1,200 EUR"),
        ("application-access", [("access", 2, 2)], None),
        ("new-starter", [("hiring", 2, 3)], "2,300 EUR"),
        ("password-reset", [], None),
        ("software-licence", [("line manager", 1, 1)], "320 EUR a year"),
        ("guest-wifi", [("visit", 1, 2)], None),
    ],
)
def test_how_many_of_whom_approve_what_at_which_price(
    key: str, stages: list[tuple[str, int, int]], price: str | None
) -> None:
    entry = CATALOGUE[key]
    assert [(s.key, s.needs, len(s.approvers)) for s in entry.approvals] == stages
    assert entry.price == price
    assert (entry.cost_centre is None) == (price is None)


def test_a_password_is_reset_within_minutes_at_any_hour_by_itself() -> None:
    reset = CATALOGUE["password-reset"]
    assert reset.approvals == ()
    assert (reset.target.length, reset.target.calendar) == (timedelta(minutes=30), "always")
    assert [task.does for task in reset.tasks] == ["reset_password"]


def test_a_seat_is_reserved_by_itself_and_given_back() -> None:
    seat = CATALOGUE["software-licence"].task("seat")
    assert (seat.does, seat.undoes) == ("reserve_licence", "release_licence")


def test_nobody_waits_for_a_visit_that_nobody_approved_in_time() -> None:
    assert CATALOGUE["guest-wifi"].approval("visit").on_time_out == "reject"
    others = [s for i in ITEMS if i.key != "guest-wifi" for s in i.approvals]
    assert {stage.on_time_out for stage in others} == {"escalate"}


def test_somebody_new_needs_eight_tasks_of_four_groups_and_only_leads_order_them() -> None:
    starter = CATALOGUE["new-starter"]
    assert starter.may_order == (Role.LEAD, Role.MANAGER)
    assert len(starter.tasks) == 8
    assert {task.group.id for task in starter.tasks} == {
        "service-desk", "workplace-2", "network-2", "security-2",
    }  # fmt: skip
    assert {task.key for task in starter.tasks if not task.after} == {
        "account", "badge", "laptop", "desk",
    }  # fmt: skip
    assert {task.key for task in starter.tasks if task.undoes} == {"account", "access", "licence"}
    assert starter.task("welcome").after == ("badge", "access", "set-up", "desk")


def test_everything_else_can_be_ordered_by_everybody_but_the_import() -> None:
    for entry in ITEMS:
        if entry.key != "new-starter":
            assert set(entry.may_order) == set(Role) - {Role.IMPORT}


def test_every_group_and_approver_is_in_the_demonstration() -> None:
    lines = {entry["id"]: entry["line"] for entry in ORGANISATION["groups"]}
    roles = {role for entry in ORGANISATION["people"] for role in entry["roles"]}
    for entry in ITEMS:
        for named in (entry.group, *(part.group for part in entry.tasks)):
            assert lines[named.id] == named.line
        for approver in _approvers(entry):
            match approver:
                case ByGroup(group=id):
                    assert id in lines
                case ByRole(role=needed):
                    assert needed in roles
                case _:
                    assert isinstance(approver, ByManager)


def _approvers(entry: Item) -> Iterator[Approver]:
    for stage in entry.approvals:
        yield from (*stage.approvers, stage.escalate_to)


def test_whoever_orders_in_the_demonstration_has_a_manager_to_approve_it() -> None:
    managers = {entry["email"]: entry.get("manager") for entry in ORGANISATION["people"]}
    assert managers["rosa@example.org"] == "nora@example.org"
    assert managers["omar@example.org"] == "hugo@example.org"


@pytest.mark.parametrize("entry", ITEMS, ids=lambda entry: entry.key)
def test_the_terms_of_a_request_promise_the_same_at_every_priority(entry: Item) -> None:
    terms = terms_for(item=entry)
    for priority in Priority:
        promised = {k: v for k, v in terms.targets[priority].items() if k != "next_response"}
        assert promised == entry.targets()
    used = {target.ladder for own in terms.targets.values() for target in own.values()}
    assert set(terms.ladders) == used
    assert Terms.model_validate_json(terms.model_dump_json()) == terms
    assert terms.item == entry


def test_the_terms_of_an_incident_know_nothing_of_the_catalogue() -> None:
    assert IN_FORCE.item is None
    assert set(IN_FORCE.ladders) & {"approval", "task", "fulfilment"} == set()
    assert '"item"' not in IN_FORCE.model_dump_json()


def test_an_item_with_a_ladder_that_there_is_not_gives_no_terms() -> None:
    steep = NEW_LAPTOP.model_copy(
        update={"target": NEW_LAPTOP.target.model_copy(update={"ladder": "steep"})}
    )
    with pytest.raises(ValidationError, match="there is no ladder 'steep'"):
        terms_for(item=steep)


def test_the_version_follows_from_the_catalogue_too(monkeypatch: pytest.MonkeyPatch) -> None:
    cheaper = NEW_LAPTOP.model_copy(update={"price": "1,100 EUR"})
    monkeypatch.setattr(in_force, "ITEMS", (cheaper, *ITEMS[1:]))
    assert in_force._versioned().policy_version != IN_FORCE.policy_version
    monkeypatch.setattr(in_force, "ITEMS", ITEMS)
    assert in_force._versioned().policy_version == IN_FORCE.policy_version


def test_two_items_of_one_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "ITEMS", (*ITEMS, NEW_LAPTOP))
    with pytest.raises(PolicyError, match="two items have the same key"):
        in_force._catalogue()


def test_an_approval_is_told_at_half_and_at_the_end_and_then_not_for_ever() -> None:
    half, over = every_ladder()["approval"].rungs
    assert [a.whom for a in half.actions] == [Whom.APPROVERS]  # type: ignore[union-attr]
    assert [a.whom for a in over.actions] == [Whom.APPROVERS, Whom.LEAD]  # type: ignore[union-attr]
    for ladder in every_ladder().values():
        assert sum(rung.firings() for rung in ladder.rungs) <= 20


def test_an_item_reads_as_it_is_said() -> None:
    desk = group("service-desk", line=1)
    made = item(
        "key", "A key", "To the front door.",
        form=forms.PasswordReset,
        approvals=[
            one_of("one", role(Role.LEAD), within=hours(1)),
            all_of("all", role(Role.LEAD), role(Role.MANAGER), within=hours(2)),
            at_least(1, "some", role(Role.LEAD), role(Role.MANAGER), within=hours(3)),
        ],
        tasks=[task("cut", "Cut it", desk, within=hours(4))],
        within=hours(5),
        group=desk,
    )  # fmt: skip
    assert [stage.needs for stage in made.approvals] == [1, 2, 1]
    assert made.targets()["approval_all"].length == 2 * HOUR
    assert {target.ladder for target in made.targets().values()} == {
        "approval", "task", "fulfilment",
    }  # fmt: skip
    assert made.may_order == EVERYBODY


def test_a_stage_that_can_never_be_given_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs more than its approvers"):
        at_least(2, "x", role(Role.LEAD), within=hours(1))


def test_tasks_that_wait_for_each_other_are_refused() -> None:
    desk = group("service-desk", line=1)
    ring = [
        task("a", "A", desk, within=hours(1), after=["b"]),
        task("b", "B", desk, within=hours(1), after=["a"]),
    ]
    with pytest.raises(ValidationError, match="tasks wait for each other: a after b after a"):
        item("x", "X", "X", form=forms.GuestWifi, tasks=ring, within=hours(1), group=desk)
