"""Whom a role around a ticket means, and who is never told."""

from datetime import timedelta
from typing import Any

import pytest

from activities.people import resolve
from desk.ladder import Whom
from store.organisation import Group, Organisation, Person
from tests.activities.town import MEMBERS, Life, make_organisation, make_person, order
from tests.builders import NOW, make_ticket


def found(
    whom: Whom, town: Organisation | None = None, around: str | None = None, **ticket: Any
) -> list[str]:
    people = resolve(town or make_organisation(), make_ticket(**ticket), whom, around)
    return [person.id for person in people]


@pytest.mark.parametrize(
    ("whom", "ticket", "people"),
    [
        (Whom.REQUESTER, {}, ["p-rosa"]),
        (Whom.ASSIGNEE, {"assignee": "p-finn"}, ["p-finn"]),
        (Whom.ASSIGNEE, {"group": "workplace-2"}, ["p-sena"]),
        (Whom.ASSIGNEE, {}, ["p-fay", "p-finn"]),
        (Whom.ASSIGNEE, {"assignee": "p-gone"}, ["p-fay", "p-finn"]),
        (Whom.GROUP, {"assignee": "p-finn"}, ["p-fay", "p-finn"]),
        (Whom.DUTY, {"duty": "p-fay"}, ["p-fay"]),
        (Whom.DUTY, {"duty": "p-gone"}, ["p-fay", "p-finn"]),
        (Whom.DUTY, {"group": "workplace-2"}, ["p-sena"]),
        (Whom.DUTY, {"group": "workplace-2", "duty": "p-finn", "assignee": "p-fay"}, ["p-sena"]),
        (Whom.LEAD, {}, ["p-lena"]),
        (Whom.LEAD, {"group": "engineering-3", "assignee": "p-sena"}, ["p-maya"]),
        (Whom.MANAGER, {}, ["p-max"]),
        (Whom.MANAGER, {"group": "workplace-2", "assignee": "p-finn"}, ["p-maya"]),
        (Whom.MANAGER, {"group": "engineering-3", "assignee": "p-sena"}, ["p-maya"]),
    ],
)
def test_a_role_means_the_first_place_that_gives_anybody(
    whom: Whom, ticket: dict[str, Any], people: list[str]
) -> None:
    assert found(whom, **ticket) == people


@pytest.mark.parametrize("whom", [Whom.GROUP, Whom.DUTY, Whom.LEAD, Whom.MANAGER])
def test_a_group_without_anybody_gives_nobody(whom: Whom) -> None:
    assert found(whom, around="engineering-3") == []
    assert found(whom, around="no-such-group") == []


def test_the_group_that_had_the_ticket_then_is_asked() -> None:
    now_elsewhere = {"group": "workplace-2", "assignee": "p-sena", "duty": "p-sena"}
    town = make_organisation()
    ticket = make_ticket(**now_elsewhere)
    assert [p.id for p in resolve(town, ticket, Whom.LEAD, "service-desk")] == ["p-lena"]
    then = resolve(town, ticket, Whom.ASSIGNEE, "service-desk")
    assert [p.id for p in then] == ["p-fay", "p-finn"]


def test_the_managers_of_the_members_are_the_last_resort_and_named_once() -> None:
    town = make_organisation(
        Group(id="service-desk", name="Service Desk", line=1, lead="p-omar"),
    )
    assert found(Whom.MANAGER, town) == ["p-max"]


def test_the_manager_of_the_requester_is_never_told() -> None:
    town = make_organisation(members_of={**MEMBERS, "engineering-3": ()})
    assert found(Whom.MANAGER, town, around="engineering-3") == []


def test_nobody_is_told_of_a_confidential_ticket_that_they_may_not_see() -> None:
    secret = {"confidential": True, "group": "workplace-2", "assignee": None}
    ticket = make_ticket(**secret)
    town = make_organisation()
    assert [p.id for p in resolve(town, ticket, Whom.LEAD, "service-desk")] == []
    assert [p.id for p in resolve(town, ticket, Whom.GROUP, "service-desk")] == []
    assert [p.id for p in resolve(town, ticket, Whom.LEAD)] == ["p-sena"]
    assert [p.id for p in resolve(town, ticket, Whom.REQUESTER)] == ["p-rosa"]
    assert [p.id for p in resolve(town, ticket, Whom.MANAGER)] == ["p-maya"]


def test_a_lead_who_may_not_see_the_ticket_gives_way_to_the_manager() -> None:
    assert found(Whom.LEAD, confidential=True, assignee="p-finn") == ["p-max"]


def test_an_inactive_requester_is_not_told() -> None:
    town = make_organisation(make_person("p-rosa", active=False))
    assert found(Whom.REQUESTER, town) == []


def approvers(life: Life, *people: Person) -> list[str]:
    town = make_organisation(*people)
    return [person.id for person in resolve(town, life.ticket, Whom.APPROVERS)]


def test_those_who_may_decide_now_are_the_approvers() -> None:
    life = order()
    assert approvers(life) == ["p-boss"]
    assert approvers(life.step("p-boss", "delegate", to="p-omar")) == ["p-boss", "p-omar"]
    assert approvers(life.step("p-omar", "approve")) == ["p-frida"]
    assert approvers(life.wait(NOW + timedelta(days=3))) == ["p-frida", "p-max", "p-maya"]
    assert approvers(life.step("p-max", "approve")) == []


def test_who_has_decided_ordered_or_gets_it_is_no_approver() -> None:
    life = order("application-access", wanted_for="p-sena", answers={})
    assert approvers(life) == ["p-max", "p-maya"]
    life = order("application-access", answers={})
    assert approvers(life) == ["p-boss", "p-sena"]
    assert approvers(life.step("p-sena", "approve")) == ["p-boss"]
    gone = make_person("p-boss", active=False)
    assert approvers(life, gone) == []


def test_nobody_approves_an_incident() -> None:
    assert found(Whom.APPROVERS) == []
