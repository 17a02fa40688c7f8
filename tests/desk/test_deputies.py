"""Who decides for somebody who is away: on what they are asked by name, and on nothing else."""

import pytest

from desk.access import Part, may_note_absence, plays
from desk.catalogue import ByGroup, ByPerson, ByRole
from desk.errors import NotPermitted, StepRefused
from desk.people import Actor, Role
from desk.record import canonical
from desk.ticket import Status, Ticket
from tests.desk.lives import ROSA
from tests.desk.orders import FAY, FRED, MAX, Request
from tests.desk.test_approving import ABC, A, B, C, asked


def standing(*absentees: Actor, person: str = "p-d", **changes: object) -> Actor:
    """Somebody who stands for others."""
    absent = tuple(one.person for one in absentees)
    fields = {"person": person, "roles": (Role.REQUESTER,), "stands_for": absent, **changes}
    return Actor.model_validate(fields)


D = standing(A)


def may_decide(actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor has a place in the stage that is asked for."""
    return plays(actor, Part.APPROVER, ticket)


def test_a_deputy_decides_for_somebody_who_is_away_and_it_says_so() -> None:
    life = asked(1).take("03-02 10:00", "approve", D)
    assert life.ticket.status is Status.IN_PROGRESS
    (decided,) = life.order.decisions
    assert (decided.person, decided.instead_of) == ("p-d", "p-a")


def test_who_stands_for_nobody_asked_does_not_even_find_it() -> None:
    life = asked(1)
    assert not may_decide(standing(FRED), life.ticket)
    assert may_decide(D, life.ticket)


def test_a_deputy_has_the_place_that_was_passed_to_the_absentee() -> None:
    life = asked(1, ByPerson(person=C.person))
    life.take("03-02 10:00", "delegate", C, to=A.person).take("03-02 10:10", "approve", D)
    assert life.order.decisions[0].instead_of == A.person


def test_a_deputy_has_no_place_of_a_group_or_role_of_the_absentee() -> None:
    life = asked(1, ByGroup(group="finance"), ByRole(role=Role.MANAGER))
    assert not may_decide(standing(FAY, MAX), life.ticket)


def test_a_deputy_decides_once_in_a_stage_for_whomever() -> None:
    both = standing(A, B)
    life = asked(2).take("03-02 10:00", "approve", both)
    with pytest.raises(StepRefused, match="you approved it already"):
        life.take("03-02 10:10", "approve", both)
    life.take("03-02 10:20", "approve", C)
    assert life.ticket.status is Status.IN_PROGRESS


def test_nobody_decides_for_who_has_decided_already() -> None:
    life = asked(2, ByPerson(person=A.person), ByGroup(group="finance"), ByPerson(person=B.person))
    heard = A.model_copy(update={"groups": ("finance",)})
    life.take("03-02 10:00", "delegate", A, to="p-x").take("03-02 10:05", "approve", heard)
    life.take("03-02 10:10", "ask", Actor(person="p-x"))
    assert not may_decide(D, life.ticket)


def test_the_requester_is_no_deputy_for_their_own_request() -> None:
    life = asked(1)
    with pytest.raises(NotPermitted):
        life.take("03-02 10:00", "approve", ROSA.model_copy(update={"stands_for": (A.person,)}))


def test_a_deputy_of_the_requester_has_no_place_of_theirs() -> None:
    life = asked(1, ByPerson(person=ROSA.person), ByPerson(person=A.person))
    assert not may_decide(standing(ROSA), life.ticket)
    assert may_decide(standing(ROSA, A), life.ticket)


def test_where_people_may_decide_for_themselves_their_deputy_may_too() -> None:
    life = asked(1, ByPerson(person=ROSA.person), own=True)
    assert life.take("03-02 10:00", "approve", standing(ROSA)).order.decisions


def test_their_own_place_comes_first_and_is_left_to_others_when_they_need_it() -> None:
    deputy = standing(A, groups=("finance",))
    life = asked(2, ByPerson(person=A.person), ByGroup(group="finance"))
    life.take("03-02 10:00", "approve", deputy)
    assert [slot.decided and slot.decided.instead_of for slot in life.order.slots] == [None, None]
    assert life.order.slots[1].decided
    life.take("03-02 10:10", "approve", FAY)
    assert [one.instead_of for one in life.order.decisions] == ["p-a", None]
    assert life.ticket.status is Status.IN_PROGRESS


def test_a_deputy_decides_for_whom_it_was_escalated_to_by_name() -> None:
    life = asked(1, escalate_to=ByPerson(person=MAX.person)).pass_until("03-05 12:00")
    life.take("03-05 12:10", "approve", standing(MAX))
    assert life.order.decisions[0].instead_of == MAX.person


def test_a_deputy_asks_and_passes_it_on_too() -> None:
    life = asked(1, ABC[0]).take("03-02 10:00", "ask", D)
    assert life.order.asked_by == "p-d"
    life.take("03-02 10:05", "delegate", D, to="p-y")
    assert life.order.slots[0].delegate == "p-y"


def test_nobody_who_stands_for_nobody_is_written_as_before() -> None:
    assert b"stands_for" not in canonical(A)
    life = asked(1).take("03-02 10:00", "approve", A)
    assert b"instead_of" not in canonical(life.ticket)
    assert b"behalf" not in canonical(life.ticket)


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (A, True),
        (B, True),
        (C, False),
        (Actor(person="p-adam", roles=(Role.ADMIN,)), True),
        (Actor(person="p-max", roles=(Role.MANAGER, Role.AUDITOR)), False),
    ],
)
def test_an_absence_is_noted_by_the_person_their_manager_or_an_admin(
    actor: Actor, may: bool
) -> None:
    assert may_note_absence(actor, A.person, B.person) is may
    assert not may_note_absence(C, None, None)


def standing_in_finance(needs: int = 2, *others: str) -> Request:
    """D has approved for a, who is away; a is of finance too, whose place is open."""
    places = [ByPerson(person=A.person), *(ByGroup(group=group) for group in ("finance", *others))]
    return asked(needs, *places)


def test_who_was_spoken_for_is_heard_and_does_not_decide_again() -> None:
    life = standing_in_finance().take("03-02 10:00", "approve", D)
    with pytest.raises(StepRefused, match="approved in your place already, on 2026-03-02 09:00"):
        life.take("03-02 10:10", "approve", A.model_copy(update={"groups": ("finance",)}))
    life.take("03-02 10:20", "approve", FAY)
    assert life.ticket.status is Status.IN_PROGRESS


def test_nobody_is_spoken_for_twice() -> None:
    life = standing_in_finance().take("03-02 10:00", "delegate", A, to="p-x")
    life.take("03-02 10:05", "approve", D)
    assert not may_decide(standing(A, person="p-e"), life.ticket)


def test_nobody_is_moved_to_speak_for_who_decides_by_themselves() -> None:
    life = standing_in_finance(3, "workplace-2")
    life.take("03-02 10:00", "approve", standing(A, groups=("finance",)))
    life.take("03-02 10:10", "approve", A.model_copy(update={"groups": ("workplace-2",)}))
    assert not may_decide(FAY, life.ticket)
    assert [one.instead_of for one in life.order.decisions] == [None, None]


def test_two_are_not_both_moved_to_speak_for_one() -> None:
    named = ByPerson(person=MAX.person)
    groups = [ByGroup(group=group) for group in ("finance", "workplace-2", "porters")]
    life = asked(3, *groups, escalate_to=named).pass_until("03-05 12:00")
    for who, group in (("p-d", "finance"), ("p-e", "workplace-2")):
        life.take("03-05 12:10", "approve", standing(MAX, person=who, groups=(group,)))
    spare = Actor(person="p-g", groups=("finance",))
    life.take("03-05 12:20", "approve", spare)
    assert [one.instead_of for one in life.order.decisions].count(MAX.person) == 1
