"""Whose place a decision takes, so that as many as can decide do, and on which answers."""

import pytest

from desk.catalogue import ByGroup, ByPerson, ByRole
from desk.errors import InvalidFact
from desk.people import Actor, Role
from desk.rules import allowed_steps
from desk.ticket import Status
from tests.desk.lives import FINN, ROSA
from tests.desk.orders import FAY, MAX
from tests.desk.test_approving import A, B, C, asked, deciders


def test_who_was_passed_a_place_keeps_their_own() -> None:
    life = asked(2, ByPerson(person=A.person), ByPerson(person=MAX.person))
    life.take("03-02 10:00", "delegate", A, to=B.person).take("03-02 10:10", "approve", MAX)
    assert deciders(life) == ["p-a", "p-b"]
    life.take("03-02 10:20", "approve", B)
    assert life.ticket.status is Status.IN_PROGRESS


def test_somebody_of_a_group_with_a_role_leaves_the_group_to_the_others() -> None:
    both = Actor(person="p-both", roles=(Role.MANAGER,), groups=("finance",))
    life = asked(2, ByGroup(group="finance"), ByRole(role=Role.MANAGER))
    life.take("03-02 10:00", "approve", both).take("03-02 10:10", "approve", FAY)
    assert life.ticket.status is Status.IN_PROGRESS


def test_a_place_is_not_passed_to_who_has_one_or_has_decided() -> None:
    life = asked(3).take("03-02 10:00", "approve", A).take("03-02 10:05", "delegate", B, to="p-x")
    for taken in (A.person, C.person, "p-x"):
        with pytest.raises(InvalidFact, match="is asked already, or has decided"):
            life.take("03-02 10:10", "delegate", B, to=taken)


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_nobody_decides_on_answers_that_they_have_not_read(step: str) -> None:
    life = asked(1).take("03-02 10:00", "amend", ROSA)
    for form in (None, 1, 3):
        with pytest.raises(InvalidFact, match="read them again, and give form 2") as refused:
            life.take("03-02 10:10", step, A, form=form)
        assert refused.value.field == "form"
    assert life.take("03-02 10:10", step, A, form=2).order.decisions
    with pytest.raises(InvalidFact, match="give form 1"):
        asked(1).take("03-02 10:00", step, A, form=2)


def test_a_question_ends_by_its_answer_and_not_by_an_agent() -> None:
    life = asked(1).take("03-02 10:00", "ask", A)
    assert "resume" not in allowed_steps(FINN, life.ticket)


def test_other_answers_are_another_wish_and_the_same_ones_the_same() -> None:
    life = asked(1)
    before = life.order.wish
    assert life.take("03-02 10:00", "amend", ROSA, answers={"model": "other"}).order.wish != before
    again = life.take("03-02 10:10", "amend", ROSA, answers={"model": "large"})
    assert (again.order.form, again.order.wish) == (3, before)
