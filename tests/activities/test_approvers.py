"""Who decides on a request: approvers that the rules name, as the people there are now."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.approvers import Deciding
from activities.promise import Promise
from activities.shapes import TermsFor
from desk.catalogue import Approval, Approver, ByGroup, ByPerson, ByRole
from desk.errors import InvalidFact
from desk.people import Role
from desk.ticket import Priority
from policies.catalogue import NEW_LAPTOP
from policies.in_force import CATALOGUE, IN_FORCE, terms_for
from policies.words import MANAGER_OF_REQUESTER, all_of, hours, one_of, person
from store.import_organisation import import_organisation
from store.organisation import Directory, Organisation, Person
from tests.activities.town import MEMBERS, make_organisation, make_person

DEMONSTRATION = Path("examples/organisation.yaml")
FINANCE = ByGroup(group="finance")
MANAGERS = ByRole(role=Role.MANAGER)


def resolved(
    stage: Approval,
    town: Organisation | None = None,
    requester: str = "p-rosa",
    wanted_for: str | None = None,
) -> Approval:
    item = NEW_LAPTOP.model_copy(update={"approvals": (stage,)})
    deciding = Deciding(town or make_organisation(), requester, wanted_for or requester)
    return deciding.resolve(item).approvals[0]


def asked(stage: Approval, *people: Person, **who: str) -> list[str]:
    """Those who are asked, by id or by what they are."""

    def name(approver: Approver) -> str:
        return next(str(value) for key, value in approver if key != "by")

    town = make_organisation(*people)
    return [name(approver) for approver in resolved(stage, town, **who).approvers]


def manager(**changes: Any) -> Approval:
    return one_of("x", MANAGER_OF_REQUESTER, within=hours(1), **changes)


def test_who_chose_it_for_somebody_is_not_asked() -> None:
    item = NEW_LAPTOP.model_copy(update={"approvals": (manager(),)})
    town = make_organisation(make_person("p-rosa", manager="p-finn"))
    deciding = Deciding(town, "p-rosa", "p-rosa", ordered_by="p-finn")
    assert deciding.resolve(item).approvals[0].approvers == (ByPerson(person="p-max"),)
    own = NEW_LAPTOP.model_copy(update={"approvals": (manager(own=True),)})
    assert deciding.resolve(own).approvals[0].approvers == (ByPerson(person="p-finn"),)


def test_the_manager_is_that_of_whom_it_is_for() -> None:
    assert asked(manager()) == ["p-boss"]
    assert asked(manager(), wanted_for="p-sena") == ["p-maya"]


def test_a_person_is_named_by_address_in_the_rules_and_by_id_in_the_terms() -> None:
    stage = one_of("x", person("Lena@example.org"), within=hours(1))
    assert resolved(stage).approvers == (ByPerson(person="p-lena"),)


@pytest.mark.parametrize("wanted_for", ["p-rosa", "p-lena"])
def test_nobody_decides_on_what_they_ordered_or_get_themselves(wanted_for: str) -> None:
    stage = one_of("x", person("lena@example.org"), within=hours(1))
    requester = "p-rosa" if wanted_for == "p-lena" else "p-lena"
    assert asked(stage, requester=requester, wanted_for=wanted_for) == ["p-max"]


def test_the_rules_can_let_people_decide_for_themselves() -> None:
    stage = one_of("x", person("lena@example.org"), within=hours(1), own=True)
    assert asked(stage, requester="p-lena") == ["p-lena"]


def test_who_has_left_gives_way_to_their_manager_and_theirs() -> None:
    boss = make_person("p-boss", active=False, manager="p-gone")
    gone = make_person("p-gone", active=False, manager="p-max")
    assert asked(manager(), boss, gone) == ["p-max"]


@pytest.mark.parametrize("above", [None, "p-rosa", "p-boss"])
def test_without_anybody_above_whoever_the_stage_escalates_to_is_asked(above: str | None) -> None:
    boss = make_person("p-boss", active=False, manager=above)
    assert asked(manager(), boss) == ["manager"]
    unknown = one_of("x", person("nobody@example.org"), within=hours(1), escalate_to=FINANCE)
    assert asked(unknown) == ["finance"]


def test_a_group_or_role_in_which_nobody_can_decide_gives_way_too() -> None:
    empty = one_of("x", ByGroup(group="engineering-3"), within=hours(1))
    assert asked(empty) == ["manager"]
    own = one_of("x", FINANCE, within=hours(1))
    assert asked(own, requester="p-frida") == ["manager"]
    assert asked(own) == ["finance"]
    auditors = one_of("x", ByRole(role=Role.AUDITOR), within=hours(1), escalate_to=FINANCE)
    assert asked(auditors) == ["finance"]


def test_who_is_asked_already_is_not_asked_twice() -> None:
    stage = all_of("x", MANAGER_OF_REQUESTER, person("boss@example.org"), within=hours(1))
    boss = make_person("p-boss", manager="p-max")
    assert asked(stage, boss) == ["p-boss", "p-max"]


def test_whom_a_stage_escalates_to_is_somebody_who_can_decide() -> None:
    stage = one_of("x", FINANCE, within=hours(1), escalate_to=person("gone@example.org"))
    assert resolved(stage).escalate_to == MANAGERS
    stage = one_of("x", FINANCE, within=hours(1), escalate_to=MANAGER_OF_REQUESTER)
    assert resolved(stage).escalate_to == ByPerson(person="p-boss")
    assert MEMBERS["finance"] == ("p-frida",)


@pytest.fixture
def promise(sqlite_engine: Engine) -> tuple[Promise, Organisation]:
    import_organisation(sqlite_engine, DEMONSTRATION.read_text("utf-8"), DEMONSTRATION.name)
    directory = Directory(sqlite_engine)
    return Promise(directory), directory.refresh()


def test_the_terms_of_a_request_have_its_item_and_the_ids_of_its_approvers(
    promise: tuple[Promise, Organisation],
) -> None:
    activity, organisation = promise
    rosa, nora = (organisation.person_by_email(f"{n}@example.org") for n in ("rosa", "nora"))
    assert rosa is not None
    assert nora is not None
    whose = TermsFor(customer="northwind", service=None, item="new-laptop", requester=rosa.id)
    terms = activity.resolve_terms(whose)

    assert terms.item is not None
    first, second = terms.item.approvals
    assert first.approvers == (ByPerson(person=nora.id),)
    assert second.approvers == (FINANCE,)
    assert {*terms.targets[Priority.P1]} == {*CATALOGUE["new-laptop"].targets(), "next_response"}
    assert terms.policy_version == IN_FORCE.policy_version


def test_a_request_counts_in_the_calendar_of_its_customer(
    promise: tuple[Promise, Organisation],
) -> None:
    activity, organisation = promise
    omar = organisation.person_by_email("omar@example.org")
    assert omar is not None
    whose = TermsFor(customer="harbour", service=None, item="new-laptop", requester=omar.id)
    assert activity.resolve_terms(whose).calendars["office"].zone == "America/New_York"


def test_an_incident_has_the_terms_that_it_always_had(
    promise: tuple[Promise, Organisation],
) -> None:
    terms = promise[0].resolve_terms(TermsFor(customer="northwind", service=None))
    assert terms == terms_for() == IN_FORCE


def test_an_item_that_is_not_in_the_catalogue_any_more_is_refused_for_good(
    promise: tuple[Promise, Organisation],
) -> None:
    whose = TermsFor(customer="northwind", service=None, item="fax-machine", requester="p-rosa")
    with pytest.raises(ApplicationError, match="no 'fax-machine' any more") as refused:
        promise[0].resolve_terms(whose)
    assert refused.value.non_retryable
    assert refused.value.type == "InvalidFact"
    assert refused.value.details == ({"field": "item"},)


def test_who_is_asked_already_gives_way_to_another_and_not_to_themselves() -> None:
    boss = make_person("p-boss", manager=None)
    twice = all_of(
        "x", MANAGER_OF_REQUESTER, person("boss@example.org"), within=hours(1),
        escalate_to=person("boss@example.org"),
    )  # fmt: skip
    assert asked(twice, boss) == ["p-boss", "manager"]
    to_lena = twice.model_copy(update={"escalate_to": ByPerson(person="lena@example.org")})
    assert asked(to_lena, boss) == ["p-boss", "p-lena"]
    thrice = to_lena.model_copy(update={"approvers": (*twice.approvers, *twice.approvers[1:])})
    assert asked(thrice, boss) == ["p-boss", "p-lena", "p-max"]


def test_an_order_that_nobody_could_approve_is_refused() -> None:
    alone = make_organisation(make_person("p-maya", Role.MANAGER, active=False))
    for who in ({"requester": "p-max"}, {"requester": "p-max", "wanted_for": "p-lena"}):
        for stage in (manager(), manager(on_time_out="reject")):
            with pytest.raises(InvalidFact, match=r"\(x\).* nobody may decide") as no:
                resolved(stage, alone, **who)
            assert no.value.field == "item"
    assert resolved(manager(own=True), alone, "p-max").approvers == (MANAGERS,)


def test_an_order_that_too_few_could_approve_is_refused() -> None:
    alone = make_organisation(make_person("p-maya", Role.MANAGER, active=False))
    twice = all_of("x", MANAGER_OF_REQUESTER, ByRole(role=Role.MANAGER), within=hours(1))
    with pytest.raises(InvalidFact, match=r"2 of those who are asked .* only 1 may decide"):
        resolved(twice, alone, "p-lena")
    assert len(resolved(twice, None, "p-lena").approvers) == 2


def test_whom_it_escalates_to_may_be_the_one_who_can_still_approve() -> None:
    # Nobody but Frida is in finance, and nobody decides twice.
    twice = all_of("x", FINANCE, FINANCE, within=hours(1))
    assert len(resolved(twice).approvers) == 2
    with pytest.raises(InvalidFact, match="only 1 may decide"):
        resolved(twice.model_copy(update={"on_time_out": "reject"}))


def test_the_refusal_of_such_an_order_is_for_good(
    promise: tuple[Promise, Organisation],
) -> None:
    activity, organisation = promise
    max_ = organisation.person_by_email("max@example.org")
    assert max_ is not None
    whose = TermsFor(
        customer="service-provider", service=None, item="software-licence", requester=max_.id
    )
    with pytest.raises(ApplicationError, match="could never be approved") as refused:
        activity.resolve_terms(whose)
    assert (refused.value.non_retryable, refused.value.type) == (True, "InvalidFact")
