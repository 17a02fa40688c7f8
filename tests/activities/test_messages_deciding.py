"""What those who decide are told in somebody's place, of a stage that lapses, and of its end."""

from datetime import timedelta
from typing import Any

import pytest

from activities.people import resolve
from desk.ladder import Whom
from desk.people import Role
from store.organisation import Group, Organisation, Person
from tests.activities.test_messages_requests import HOUR, told
from tests.activities.town import Life, make_organisation, make_person, only, order
from tests.builders import NOW

WIFI = {"guest": "Carl Gauss", "company": "Curves", "e_mail": "c@example.org", "day": "2026-04-01"}


def wifi() -> Life:
    """The boss, or anybody of the service desk, has to approve it, or it is rejected by time."""
    return order("guest-wifi", answers=WIFI)


def left(*above: Person, manager: str | None = None, **changes: Any) -> Organisation:
    return make_organisation(
        make_person("p-boss", active=False, manager=manager), *above, **changes
    )


def asked(life: Life, town: Organisation) -> set[str | None]:
    return {m.person for m in told(life, "escalation", town)}


def test_for_an_approver_who_has_left_the_next_manager_above_decides_and_is_reminded() -> None:
    gone = make_person("p-gone", active=False, manager="p-lena")
    town = left(gone, manager="p-gone")
    reminder = only(told(order().wait(NOW + 8 * HOUR), "escalation", town))
    assert (reminder.person, reminder.decides is not None) == ("p-lena", True)
    assert "You decide in the place of Boss Muster, who is not here any more." in reminder.body


@pytest.mark.parametrize("above", [None, "p-boss", "p-nobody"])
def test_without_anybody_above_managers_decide_for_who_has_left(above: str | None) -> None:
    assert asked(order().wait(NOW + 8 * HOUR), left(manager=above)) == {"p-max", "p-maya"}


def test_nobody_decides_for_who_has_left_on_what_they_want_themselves() -> None:
    nobody = [make_person(person) for person in ("p-max", "p-maya")]
    town = left(*nobody, manager="p-rosa")
    life = order().wait(NOW + 8 * HOUR)
    assert {m.state for m in told(life, "escalation", town)} == {"nobody"}
    alert = only(told(life, "nobody", town))
    assert alert.person == "p-sena"


def test_whoever_wants_it_themselves_gives_way_to_who_is_above_them() -> None:
    rosa = make_person("p-rosa", manager="p-lena")
    assert asked(order().wait(NOW + 8 * HOUR), left(rosa, manager="p-rosa")) == {"p-lena"}
    assert asked(order().wait(NOW + 8 * HOUR), left(manager="p-rosa")) == {"p-max", "p-maya"}


def test_a_decision_for_who_has_left_says_so() -> None:
    life = order()
    life.town = left(manager="p-lena")
    life.step("p-lena", "approve")
    assert life.ticket.order is not None
    assert [d.instead_of for d in life.ticket.order.decisions] == ["p-boss"]
    body = only(told(life, "approval_asked")).body
    assert "Lena Muster approved it for Boss Muster on Mon 2 Mar 2026" in body


def test_a_withdrawal_is_told_to_who_decides_for_somebody_who_has_left() -> None:
    over = told(order().step("p-rosa", "withdraw"), "approval_over", left(manager="p-lena"))
    assert {m.person for m in over} == {"p-lena"}


def test_a_withdrawal_is_told_to_a_group_that_was_asked_but_not_to_who_has_decided() -> None:
    group = Group(id="finance", name="Finance", line=2, lead="p-frida")
    members = {"finance": ("p-frida", "p-omar", "p-rosa", "p-gone")}
    town = make_organisation(group, members_of=members)
    life = order().step("p-boss", "approve").step("p-rosa", "withdraw")
    over = told(life, "approval_over", town)
    assert {m.person for m in over} == {"p-frida", "p-omar"}
    assert not told(life, "approval_over", make_organisation(members_of={}))


def test_a_withdrawal_is_told_to_those_of_a_role_that_were_asked() -> None:
    life = order().wait(NOW.replace(day=4)).step("p-rosa", "withdraw")
    assert {m.person for m in told(life, "approval_over")} == {"p-boss", "p-max", "p-maya"}
    assert {m.person for m in told(life) if m.state == "nobody"} == set()


def test_a_reminder_says_in_whose_place_one_decides() -> None:
    life = order().step("p-boss", "delegate", to="p-omar").wait(NOW + 8 * HOUR)
    words = "You decide in the place of Boss Muster, who has passed it on to you."
    bodies = {m.person: m.body for m in told(life, "escalation")}
    assert words in bodies["p-omar"]
    assert words not in bodies["p-boss"]


def test_a_delegate_reads_who_has_passed_it_on_and_the_requester_for_whom_was_decided() -> None:
    life = order("software-licence").step("p-boss", "delegate", to="p-omar")
    asking = only(told(life))
    assert "You decide in the place of Boss Muster, who has passed it on to you." in asking.body
    decided = only(told(life.step("p-omar", "reject", reason="No."), "rejected"))
    assert "Omar Muster rejected it for Boss Muster on Mon 2 Mar 2026" in decided.body


def test_who_was_to_decide_in_anothers_place_hears_that_it_was_passed_on_again() -> None:
    life = order().step("p-boss", "delegate", to="p-omar").step("p-boss", "delegate", to="p-fay")
    over = only(told(life, "approval_over"))
    assert over.person == "p-omar"
    assert "passed on to somebody\nelse, so you need not decide any more." in over.body
    assert "not wanted" not in over.body


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_is_asked_reads_that_silence_rejects_and_how_many_are_needed(language: str) -> None:
    town = make_organisation(make_person("p-boss", language=language))
    asking = next(m for m in told(wifi(), "approval_asked", town) if m.person == "p-boss")
    reminder = next(
        m for m in told(wifi().wait(NOW + 5 * HOUR), "escalation", town) if m.person == "p-boss"
    )
    english = language == "en"
    many = "One of the 2 who are asked has to approve it."
    assert (many if english else "Von den 2 Gefragten muss nur einer zustimmen.") in asking.body
    silent = "the request is rejected" if english else "ist die Anfrage abgelehnt"
    assert silent in asking.body
    assert silent in reminder.body
    assert silent not in only(told(order(), "approval_asked")).body


def test_all_who_are_asked_are_needed_or_so_many_of_them() -> None:
    access = order("application-access", answers={"application": "ERP", "rights": "read"})
    body = next(m.body for m in told(access, "approval_asked") if m.person == "p-boss")
    assert "All 2 who are asked have to approve it." in body
    starter = order("new-starter", by="p-lena", requester="p-lena")
    body = told(starter, "approval_asked")[0].body
    assert "2 of the 3 who are asked have to approve it." in body


def test_the_next_approver_reads_what_was_asked_and_answered() -> None:
    life = order().step("p-boss", "ask", text="Why that one?")
    life.step("p-rosa", "comment", text="It is light.").step("p-boss", "approve")
    body = only(told(life, "approval_asked")).body
    assert "Boss Muster asked on Mon 2 Mar 2026, 10:01 (Europe/Berlin):\n\n> Why that one?" in body
    assert "The answer:\n\n> It is light." in body


def test_an_answer_reaches_those_who_decide_when_whoever_asked_has_left() -> None:
    life = order().step("p-boss", "ask", text="Why?").step("p-rosa", "comment", text="It is light.")
    found = told(life, "answered", left(manager="p-lena"))
    assert {m.person for m in found} == {"p-lena"}
    assert "You decide in the place of Boss Muster" in only(found).body
    assert "The answer to a question of Boss Muster: New laptop" in only(found).subject
    assert "This is the answer to what Boss Muster asked on Mon" in only(found).body


def test_approvers_of_an_order_that_is_told_later_are_those_of_that_instant() -> None:
    life = order()
    town = left(manager="p-lena").on(life.ticket)
    found = resolve(town, life.ticket, Whom.APPROVERS, at=NOW + timedelta(hours=1))
    assert [person.id for person in found] == ["p-lena"]
    assert Role.LEAD in found[0].roles


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_was_asked_hears_that_nothing_is_ordered_where_it_becomes_an_incident(
    language: str,
) -> None:
    town = make_organisation(make_person("p-boss", language=language))
    life = order().become("p-finn", kind="incident", reason="It is broken.")
    over = only(told(life, "approval_over", town))
    assert over.person == "p-boss"
    words = "It goes on as a report" if language == "en" else "Sie geht als Meldung weiter"
    assert words in over.body
    assert "/tickets/" not in over.body


def test_a_withdrawal_is_not_told_to_whoever_of_a_role_has_decided() -> None:
    life = order("application-access", answers={"application": "ERP", "rights": "read"})
    life.wait(NOW.replace(day=5)).step("p-max", "approve").step("p-rosa", "withdraw")
    people = {m.person for m in told(life, "approval_over")}
    assert "p-maya" in people
    assert "p-max" not in people
