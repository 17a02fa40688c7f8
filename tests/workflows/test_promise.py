"""Whose promise is asked for: who chose an item for somebody is named with it."""

from desk.ticket import Kind
from tests.desk.lives import FINN, Life, make_step
from tests.desk.test_becoming import ORDERS
from workflows.promise import after


def test_whoever_makes_it_an_order_is_named_so_that_nobody_asks_them() -> None:
    step = make_step("become", FINN, **{**ORDERS, "kind": Kind.REQUEST}).step
    whose = after(Life().ticket, step, FINN.person)
    assert (whose.requester, whose.ordered_by) == ("p-rosa", FINN.person)


def test_nobody_is_named_where_no_item_is_chosen() -> None:
    whose = after(Life().ticket, make_step("adopt", FINN).step, FINN.person)
    assert whose.ordered_by is None
    assert "ordered_by" not in whose.model_dump()
